"""What is stored is altered or moved behind the product's back: one clear error, never wrong data."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.faults.client import Answer, Client
from tests.faults.conftest import place_named
from tests.faults.instance import Instance
from tests.faults.ledger import Ledger

OURS, OTHERS = "ours", "others"
WORDS = "the owl flies at noon"
OTHER_WORDS = "the fox sleeps at night"
SEALED_BYTES = 90 + len(WORDS)
REFUSAL = "failure seen - please contact site administrator."

#: A byte of each part of a sealed value, see barbican_like/plugin/crypto/envelope.py.
PARTS = {
    "version": 0,
    "algorithm": 1,
    "key id": 2,
    "end of the key id": 17,
    "salt": 18,
    "end of the salt": 41,
    "commitment": 42,
    "end of the commitment": 73,
    "ciphertext": 74,
    "end of the ciphertext": SEALED_BYTES - 17,
    "tag": SEALED_BYTES - 16,
    "end of the tag": SEALED_BYTES - 1,
}


@dataclass(frozen=True)
class Vault:
    """A running API, its database, and one client in each of two projects."""

    instance: Instance
    ledger: Ledger
    ours: Client
    others: Client

    def sealed(self, secret_id: str) -> bytes:
        """A payload as it rests."""
        ((value,),) = self.ledger.rows(
            "select sealed from secret_payloads where secret_id = :secret", secret=secret_id
        )
        return bytes(value)

    def set_payload(self, secret: str, **values: object) -> None:
        """Overwrite columns of a secret's payload row."""
        columns = ", ".join(f"{name} = :{name}" for name in values)
        sql = f"update secret_payloads set {columns} where secret_id = :secret"  # noqa: S608  own names
        assert self.ledger.change(sql, secret=secret, **values) == 1

    def require_refused(self, secret_id: str, client: Client | None = None) -> None:
        """Each way to read the payload gives the one error, and the log nothing that is secret."""
        reader = client or self.ours
        for accept in ("text/plain", "application/octet-stream", "*/*"):
            require_opaque(reader.get(f"/v1/secrets/{secret_id}/payload", Accept=accept))
        for accept in ("text/plain", "application/octet-stream"):  # the way of old, without /payload
            require_opaque(reader.get(f"/v1/secrets/{secret_id}", Accept=accept), "Secret retrieval")
        assert self.intact(self.ours) == WORDS
        require_nothing_leaked(self.instance)

    def intact(self, client: Client) -> str:
        """What a fresh secret of the same project gives back."""
        return client.payload(client.store(WORDS)).content.decode()


def require_opaque(answer: Answer, operation: str = "Secret payload retrieval") -> None:
    """One text for whatever is wrong, in JSON."""
    text = f"{operation} {REFUSAL}"
    assert answer.status == 500, answer
    assert answer.json() == {"code": 500, "title": "Internal Server Error", "description": text}


def require_nothing_leaked(instance: Instance) -> None:
    """No log holds a payload, in any usual spelling, or the master key."""
    logs = instance.logs()
    master = (instance.data / "master.key").read_text().strip()
    hidden = [master, base64.b64decode(master).hex()]
    for words in (WORDS, OTHER_WORDS):
        hidden += [words, words.encode().hex(), base64.b64encode(words.encode()).decode()]
    assert [item for item in hidden if item in logs] == []


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def vault(
    request: pytest.FixtureRequest,
    template: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Vault]:
    """One instance for the module: each test alters secrets of its own only."""
    folder = tmp_path_factory.mktemp("vault")
    with place_named(request.param, folder, template) as place:  # type: ignore[arg-type]
        instance = place.instance()
        with (
            instance,
            Ledger(instance.database_url) as ledger,
            instance.client(OURS) as ours,
            instance.client(OTHERS) as others,
        ):
            instance.api()
            yield Vault(instance, ledger, ours, others)


@pytest.mark.parametrize("position", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("bit", [1, 128])
def test_a_flipped_bit_is_noticed(vault: Vault, position: int, bit: int) -> None:
    """A flipped bit in any part of the sealed value is an error."""
    secret = vault.ours.store(WORDS)
    sealed = bytearray(vault.sealed(secret))
    assert len(sealed) == SEALED_BYTES
    sealed[position] ^= bit
    vault.set_payload(secret, sealed=bytes(sealed))
    vault.require_refused(secret)


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param(lambda _: b"", id="emptied"),
        pytest.param(lambda sealed: sealed[:1], id="one byte left"),
        pytest.param(lambda sealed: sealed[:74], id="header only"),
        pytest.param(lambda sealed: sealed[:89], id="one byte less than the overhead"),
        pytest.param(lambda sealed: sealed[:90], id="the overhead only"),
        pytest.param(lambda sealed: sealed[:-1], id="last byte cut"),
        pytest.param(lambda sealed: sealed[:74] + sealed[75:], id="a byte of the middle cut"),
        pytest.param(lambda sealed: sealed + b"\0", id="a byte more"),
        pytest.param(lambda sealed: bytes(len(sealed)), id="all zeros"),
    ],
)
def test_a_value_of_another_length_is_noticed(vault: Vault, cut: Callable[[bytes], bytes]) -> None:
    """A truncated, extended or blanked value is an error."""
    secret = vault.ours.store(WORDS)
    vault.set_payload(secret, sealed=cut(vault.sealed(secret)))
    vault.require_refused(secret)


def test_a_payload_moved_to_another_secret_is_noticed(vault: Vault) -> None:
    """Sealed values of two secrets of one project, exchanged: neither gives the other's text."""
    one, two = vault.ours.store(WORDS), vault.ours.store(OTHER_WORDS)
    first, second = vault.sealed(one), vault.sealed(two)
    vault.set_payload(one, sealed=second)
    vault.set_payload(two, sealed=first)
    vault.require_refused(one)
    vault.require_refused(two)


def test_a_payload_row_moved_to_another_secret_is_noticed(vault: Vault) -> None:
    """The whole row, given to a secret that has none, opens nothing there."""
    one, empty = vault.ours.store(WORDS), vault.ours.post("/v1/secrets", {"name": "empty"}).made
    vault.ledger.change("update secrets set content_type = 'text/plain' where id = :id", id=empty)
    vault.set_payload(one, secret_id=empty)
    vault.require_refused(empty)


def test_a_payload_row_moved_to_another_project_is_noticed(vault: Vault) -> None:
    """Value and key of one project under another project's secret: the other project reads nothing."""
    ours, others = vault.ours.store(WORDS), vault.others.store(OTHER_WORDS)
    ((sealed, key),) = vault.ledger.rows(
        "select sealed, project_key_id from secret_payloads where secret_id = :id", id=ours
    )
    vault.set_payload(others, sealed=sealed, project_key_id=key)
    vault.require_refused(others, vault.others)
    assert vault.ours.payload(ours).content.decode() == WORDS


def test_a_secret_moved_to_another_project_is_noticed(vault: Vault) -> None:
    """A secret whose project is changed does not open for its new project."""
    vault.others.store(OTHER_WORDS)
    secret = vault.ours.store(WORDS)
    move = "update secrets set project_id = (select id from projects where external_id = :to) where id = :id"
    assert vault.ledger.change(move, to=OTHERS, id=secret) == 1
    vault.require_refused(secret, vault.others)


@pytest.mark.parametrize(
    "content_type", ["application/octet-stream", "text/plain; charset=utf-8", "text/html"]
)
def test_a_changed_content_type_is_noticed(vault: Vault, content_type: str) -> None:
    """The media type is sealed with the payload: what was text is not handed out as something else."""
    secret = vault.ours.store(WORDS)
    vault.ledger.change("update secrets set content_type = :to where id = :id", to=content_type, id=secret)
    require_opaque(vault.ours.get(f"/v1/secrets/{secret}/payload", Accept=content_type))
    assert vault.intact(vault.ours) == WORDS
    require_nothing_leaked(vault.instance)


@pytest.mark.parametrize(
    ("column", "value"), [("version", 2), ("store", "no_such_store"), ("project_key_id", None)]
)
def test_a_changed_column_of_the_payload_is_noticed(vault: Vault, column: str, value: object) -> None:
    """Another version, store or key named in the payload's row is an error."""
    secret = vault.ours.store(WORDS)
    vault.set_payload(secret, **{column: value})
    vault.require_refused(secret)


def altered(wrapped: bytes) -> bytes:
    """The same with one bit flipped near its end."""
    return wrapped[:-20] + bytes([wrapped[-20] ^ 4]) + wrapped[-19:]


def test_an_altered_project_key_is_noticed_and_heals_with_its_row(vault: Vault) -> None:
    """Also by processes that hold the key in memory; the true row brings everything back."""
    with vault.instance.client("altered-key") as client:
        secret = client.store(WORDS)
        assert client.payload(secret).content.decode() == WORDS
        key, wrapped = project_key(vault.ledger, "altered-key")
        rewrap(vault.ledger, key, altered(wrapped))
        vault.require_refused(secret, client)
        rewrap(vault.ledger, key, wrapped)
        assert client.payload(secret).content.decode() == WORDS


def test_a_project_key_put_in_place_of_anothers_is_noticed(vault: Vault) -> None:
    """One project's wrapped key in another's row opens nothing."""
    with vault.instance.client("exchanged-key") as client:
        secret = client.store(WORDS)
        vault.others.store(OTHER_WORDS)
        key, wrapped = project_key(vault.ledger, "exchanged-key")
        _, others = project_key(vault.ledger, OTHERS)
        rewrap(vault.ledger, key, others)
        vault.require_refused(secret, client)
        rewrap(vault.ledger, key, wrapped)
        assert client.payload(secret).content.decode() == WORDS


def project_key(ledger: Ledger, project: str) -> tuple[str, bytes]:
    """Id and wrapped value of a project's key."""
    ((key, wrapped),) = ledger.rows(
        "select k.id, k.wrapped from project_keys k join projects p on p.id = k.project_id"
        " where p.external_id = :project",
        project=project,
    )
    return key, bytes(wrapped)


def rewrap(ledger: Ledger, key: str, wrapped: bytes) -> None:
    """Overwrite a project key's wrapped value."""
    assert ledger.change("update project_keys set wrapped = :to where id = :id", to=wrapped, id=key) == 1
