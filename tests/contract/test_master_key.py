"""The master key's file: made private, read only when it is private, never overwritten."""

import base64
import os
import stat
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.crypto.keyring import ensure_first_term, open_keyring
from barbican_like.plugin.crypto.master_key import FileMasterKey, create_file
from tests.support.fabric import MASTER
from tests.support.threads import at_once

KEY = bytes(range(32))
STORE = "simple_crypto"


def written(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """A file as somebody made it."""
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_new_key_is_private_random_and_loads(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask; 32 bytes in base64; what one load seals another opens."""
    before = os.umask(0)
    try:
        files = [tmp_path / name for name in ("one", "two")]
        for file in files:
            create_file(file)
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    keys = {base64.b64decode(file.read_bytes(), validate=False) for file in files}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 2
    sealed = FileMasterKey.load(files[0]).seal(b"term", b"context")
    assert FileMasterKey.load(files[0]).unseal(sealed, b"context") == b"term"
    with pytest.raises(IntegrityFailure):
        FileMasterKey.load(files[1]).unseal(sealed, b"context")


def test_an_existing_file_is_never_touched(tmp_path: Path) -> None:
    """Be it a key, anything else, or a link that leads nowhere."""
    file = written(tmp_path / "master.key", b"anything")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    for path in (file, link):
        with pytest.raises(ConfigurationError, match="exists already"):
            create_file(path)
    assert file.read_bytes() == b"anything"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """Its folder does not exist."""
    with pytest.raises(ConfigurationError, match="cannot be written"):
        create_file(tmp_path / "missing" / "master.key")


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_private_file_loads(tmp_path: Path, mode: int) -> None:
    """With or without blanks at its ends, as editors leave them."""
    encoded = base64.b64encode(KEY)
    for number, content in enumerate((encoded, encoded + b"\n", b" " + encoded + b"\r\n\n")):
        path = written(tmp_path / f"key-{number}", content, mode)
        sealed = FileMasterKey(KEY).seal(b"term", b"context")
        assert FileMasterKey.load(path).unseal(sealed, b"context") == b"term"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o700, 0o601])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The line says the mode and what to do, and holds nothing of the key."""
    path = written(tmp_path / "master.key", base64.b64encode(KEY), mode)
    with pytest.raises(ConfigurationError, match=f"mode {mode:04o}.*chmod 600") as caught:
        FileMasterKey.load(path)
    assert base64.b64encode(KEY).decode() not in caught.value.message


def test_a_missing_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Restore it, or make one."""
    with pytest.raises(ConfigurationError, match="restore it, or make one with barbican-manage"):
        FileMasterKey.load(tmp_path / "master.key")


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"not base64!", base64.b64encode(KEY[:31]), base64.b64encode(KEY + b"x"), KEY, b"A" * 5000],
    ids=["empty", "blank", "text", "31 bytes", "33 bytes", "raw", "long"],
)
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """Exactly 32 bytes in base64."""
    path = written(tmp_path / "master.key", content)
    with pytest.raises(ConfigurationError, match="is not 32 bytes in base64"):
        FileMasterKey.load(path)


def test_processes_that_start_at_once_on_an_empty_keyring_share_one_term(database: Database) -> None:
    """Six of them: one writes the first term, all open the same."""

    def start(_: int) -> bytes:
        with UnitOfWork(database) as uow:
            ensure_first_term(MASTER, uow, STORE)
            uow.commit()
        with Reading(database) as view:
            keyring = open_keyring(MASTER, view, STORE)
        assert keyring.current == 1
        return keyring.terms[1].secret

    assert len(set(at_once(6, start))) == 1
