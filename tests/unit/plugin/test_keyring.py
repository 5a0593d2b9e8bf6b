"""The keyring: terms sealed by the master key, project keys wrapped by terms."""

from dataclasses import replace
from typing import Any

import pytest

from barbican_like.common import clock, ids
from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.model.models import KeyringTerm, ProjectKey
from barbican_like.plugin.crypto import keyring as module
from barbican_like.plugin.crypto.keyring import Keyring, ensure_first_term, id_bytes
from barbican_like.plugin.crypto.master_key import FileMasterKey

MASTER = FileMasterKey(bytes(range(32)))
DEPLOYMENT = "1f8f5d5c-6a5e-4d0e-9d3b-0c2f5a1d7e11"
STORE = "simple_crypto"
SECRET = bytes(range(32, 64))


class MemoryTerms:
    """Stands where the repositories of projects and terms stand."""

    def __init__(self, deployment: str = DEPLOYMENT) -> None:
        self.deployment = deployment
        self.rows: list[KeyringTerm] = []
        self.keys = False

    @property
    def keyring_terms(self) -> Any:
        """The repository of terms."""
        return self

    @property
    def project_keys(self) -> Any:
        """The repository of project keys."""
        return self

    def exist(self, store: str) -> bool:
        """Whether there is a project key."""
        return self.keys

    @property
    def projects(self) -> Any:
        """The repository of projects."""
        return self

    def deployment_id(self) -> str:
        """The deployment's id."""
        return self.deployment

    def all(self, store: str) -> list[KeyringTerm]:
        """Every term."""
        return self.rows

    def add(self, store: str, term: int, sealed: bytes) -> bool:
        """Write one."""
        self.rows.append(KeyringTerm(store=store, term=term, sealed=sealed, created_at=clock.now()))
        return True


def terms(deployment: str = DEPLOYMENT) -> list[KeyringTerm]:
    """A keyring of one term, as it rests."""
    memory: Any = MemoryTerms(deployment)
    ensure_first_term(MASTER, memory, STORE)
    return list(memory.rows)


def wrapped(keyring: Keyring, project_id: str = "project") -> ProjectKey:
    """A project's key, as it rests."""
    key_id = ids.new_id()
    term, sealed = keyring.wrap(key_id, project_id, SECRET)
    return ProjectKey(id=key_id, project_id=project_id, store=STORE, term=term, wrapped=sealed)


def test_an_empty_keyring_gets_one_term() -> None:
    """The first time; after that it is left as it is."""
    memory: Any = MemoryTerms()
    for _ in range(2):
        ensure_first_term(MASTER, memory, STORE)
    assert [row.term for row in memory.rows] == [1]


def test_a_keyring_that_lost_its_terms_is_refused() -> None:
    """Project keys without any term are the sign of a damaged table: a new term would hide that."""
    memory: Any = MemoryTerms()
    memory.keys = True
    with pytest.raises(ConfigurationError):
        ensure_first_term(MASTER, memory, STORE)
    assert memory.rows == []


def test_a_project_key_comes_back_with_its_own_id() -> None:
    """The id that its seals carry is the row's."""
    keyring = Keyring.open(MASTER, STORE, DEPLOYMENT, terms())
    row = wrapped(keyring)
    key = keyring.unwrap(row)
    assert (key.id, key.secret) == (id_bytes(row.id), SECRET)
    assert SECRET not in row.wrapped


def test_the_newest_term_wraps_and_older_ones_still_unwrap() -> None:
    """A second term is used at once; keys of the first open as before."""
    rows = terms()
    old = Keyring.open(MASTER, STORE, DEPLOYMENT, rows)
    row = wrapped(old)
    sealed = MASTER.seal(bytes(32), module._term_context(DEPLOYMENT, 2))
    both = Keyring.open(MASTER, STORE, DEPLOYMENT, [*rows, replace(rows[0], term=2, sealed=sealed)])
    assert (both.current, wrapped(both).term) == (2, 2)
    assert both.unwrap(row).secret == SECRET
    with pytest.raises(IntegrityFailure):
        old.unwrap(wrapped(both))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "11111111-1111-4111-8111-111111111111"},
        {"project_id": "another"},
        {"term": 2},
        {"wrapped": b""},
        {"wrapped": bytes(122)},
    ],
    ids=["id", "project", "term", "empty", "zeros"],
)
def test_a_key_that_was_moved_does_not_open(change: dict[str, Any]) -> None:
    """To another id, project or term, or replaced."""
    rows = terms()
    twice = [
        rows[0],
        replace(rows[0], term=2, sealed=MASTER.seal(bytes(32), module._term_context(DEPLOYMENT, 2))),
    ]
    keyring = Keyring.open(MASTER, STORE, DEPLOYMENT, twice)
    row = wrapped(Keyring.open(MASTER, STORE, DEPLOYMENT, rows))
    assert keyring.unwrap(row).secret == SECRET
    with pytest.raises(IntegrityFailure):
        keyring.unwrap(replace(row, **change))


def test_another_deployments_keys_do_not_open() -> None:
    """Even with the same master key and the same terms' secrets."""
    mine = Keyring.open(MASTER, STORE, DEPLOYMENT, terms())
    with pytest.raises(IntegrityFailure):
        Keyring(STORE, "another-deployment", mine.terms).unwrap(wrapped(mine))


@pytest.mark.parametrize("case", ["other master key", "other deployment", "other term number", "altered"])
def test_terms_that_do_not_open_stop_the_start(case: str) -> None:
    """One line for the operator that names the term and holds no key."""
    master = FileMasterKey(bytes(32)) if case == "other master key" else MASTER
    (row,) = terms("another-deployment" if case == "other deployment" else DEPLOYMENT)
    if case == "other term number":
        row = replace(row, term=7)
    if case == "altered":
        row = replace(row, sealed=row.sealed[:-1] + bytes([row.sealed[-1] ^ 1]))
    with pytest.raises(ConfigurationError, match=f"master key does not open term {row.term}"):
        Keyring.open(master, STORE, DEPLOYMENT, [row])


def test_master_keys_have_ids_that_do_not_tell_them() -> None:
    """What a term carries of its master key is a digest of it."""
    (row,) = terms()
    assert bytes(range(16)) not in row.sealed
    assert row.sealed[2:18] != FileMasterKey(bytes(32)).seal(b"", b"")[2:18]
