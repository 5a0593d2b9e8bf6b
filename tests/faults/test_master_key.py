"""The master key or the keyring is not the right one: no process starts, and each says why in one line."""

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.instance import Instance
from tests.faults.ledger import Ledger

WORDS = "the owl flies at noon"


@dataclass(frozen=True)
class Used:
    """A data folder that holds one secret."""

    data: Path
    secret: str


@pytest.fixture(scope="module")
def used(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Used:
    """A data folder in which a text was stored."""
    instance = Instance.make(tmp_path_factory.mktemp("used"), template=template)
    with instance, instance.client() as client:
        instance.api()
        return Used(instance.data, client.store(WORDS))


@pytest.fixture
def instance(used: Used, tmp_path: Path) -> Iterator[Instance]:
    """An instance on a copy of that folder."""
    with Instance.make(tmp_path, template=used.data) as made:
        yield made


@pytest.fixture
def ledger(instance: Instance) -> Iterator[Ledger]:
    """Its database."""
    with Ledger(instance.database_url) as opened:
        yield opened


def refusals(instance: Instance, *commands: str) -> list[str]:
    """What processes say that must not start (by default a worker): one line each, with exit code 2."""
    started = {command: instance.launch(command) for command in commands or ("worker",)}
    lines = []
    for command, process in started.items():
        assert process.exit_code() == 2, process.said()
        (line,) = process.said().strip().splitlines()
        assert line.startswith(f"barbican-{command}: ")
        lines.append(line)
    return lines


def require_intact(instance: Instance, secret: str) -> None:
    """With everything as it was the API starts and gives the text back."""
    instance.api()
    with instance.client() as client:
        assert client.payload(secret).content.decode() == WORDS


def write_key(path: Path, content: bytes) -> None:
    """Overwrite the key's file, which only its owner may read."""
    path.write_bytes(content)
    path.chmod(0o600)


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "another key": (
        lambda path: write_key(path, base64.b64encode(os.urandom(32))),
        "it is not this database's master key",
    ),
    "a key cut short": (
        lambda path: write_key(path, base64.b64encode(os.urandom(31))),
        "is not 32 bytes in base64",
    ),
    "no base64": (lambda path: write_key(path, b"\xff" * 44), "is not 32 bytes in base64"),
    "an empty file": (lambda path: write_key(path, b""), "is not 32 bytes in base64"),
    "a file that others may read": (lambda path: path.chmod(0o644), "chmod 600"),
    "no file": (Path.unlink, "No such file"),
}


@pytest.mark.parametrize(("change", "text"), FILES.values(), ids=FILES)
def test_a_wrong_master_key_file_is_refused(
    instance: Instance, change: Callable[[Path], None], text: str
) -> None:
    """A worker ends with one line that names the file's fault and shows nothing of its content."""
    path = instance.data / "master.key"
    change(path)
    content = path.read_bytes().decode("latin-1").strip() if path.exists() else ""
    for line in refusals(instance):
        assert text in line
        assert not content or content not in line


def test_the_true_master_key_put_back_opens_everything(instance: Instance, used: Used) -> None:
    """Neither API nor worker starts with a wrong key, or changes anything: with the true one all is there."""
    path = instance.data / "master.key"
    true_key = path.read_bytes()
    write_key(path, base64.b64encode(os.urandom(32)))
    refusals(instance, "api", "worker")
    write_key(path, true_key)
    require_intact(instance, used.secret)


def flip_term(ledger: Ledger) -> None:
    """Flip a bit of the keyring's first term."""
    ((sealed,),) = ledger.rows("select sealed from keyring_terms where term = 1")
    altered = bytes(sealed[:-1]) + bytes([sealed[-1] ^ 1])
    assert ledger.change("update keyring_terms set sealed = :to", to=altered) == 1


def truncate_term(ledger: Ledger) -> None:
    """Cut the keyring's first term."""
    ((sealed,),) = ledger.rows("select sealed from keyring_terms where term = 1")
    assert ledger.change("update keyring_terms set sealed = :to", to=bytes(sealed[:60])) == 1


def renumber_term(ledger: Ledger) -> None:
    """Put the first term's key in a second term's place too."""
    columns = "sealed, created_at from keyring_terms"
    assert ledger.change(f"insert into keyring_terms select 'simple_crypto', 2, {columns}") == 1


def move_to_another_deployment(ledger: Ledger) -> None:
    """Change the id that all seals are bound to."""
    assert ledger.change("update deployment set id = '11111111-2222-4333-8444-555555555555'") == 1


@pytest.mark.parametrize("change", [flip_term, truncate_term, renumber_term, move_to_another_deployment])
def test_an_altered_keyring_is_refused(
    instance: Instance, ledger: Ledger, change: Callable[[Ledger], None]
) -> None:
    """A keyring that the master key does not open as it was sealed stops every start with one line."""
    change(ledger)
    assert all("does not open term" in line for line in refusals(instance))


def test_a_lost_keyring_is_refused_and_nothing_made_in_its_place(
    instance: Instance, ledger: Ledger, used: Used
) -> None:
    """With project keys in the database an empty keyring is a loss: a fresh one would hide it."""
    ((sealed, created),) = ledger.rows("select sealed, created_at from keyring_terms")
    forget_keyring(ledger)
    assert all("the keyring is empty" in line for line in refusals(instance, "api", "worker"))
    assert ledger.count("keyring_terms") == 0
    put_back = "insert into keyring_terms values ('simple_crypto', 1, :sealed, :created)"
    assert ledger.change(put_back, sealed=sealed, created=created) == 1
    require_intact(instance, used.secret)


def forget_keyring(ledger: Ledger) -> None:
    """Remove every term, as a partial restore of a backup does."""
    with ledger.without_foreign_keys() as execute:
        execute("delete from keyring_terms")
