"""The password file: what is refused at the start, and what a change later on does."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.middleware.htpasswd import PasswordFile
from tests.integration.filters.conftest import Htpasswd, line

STORED = "$2b$04$Q7KNPJHuClSWETDZ81iELeTdsz1y9u9yHK3BLpnRnfvR8xdojbQJa"  # right
GOOD = f"alice:{STORED}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alice", "line 1: only bcrypt"),
        ("alice:", "line 1: only bcrypt"),
        ("alice:hunter2", "line 1: only bcrypt"),
        ("alice:{SHA}hunter2", "line 1: only bcrypt"),
        ("alice:$apr1$hunter2$hunter2hunter2hunter2h", "line 1: only bcrypt"),
        (f"alice:{STORED[:-1]}", "line 1: only bcrypt"),
        (f"alice:{STORED}x", "line 1: only bcrypt"),
        (f"alice:$2b$31{STORED[6:]}", "line 1: only bcrypt"),
        (f":{STORED}", "line 1: a name has"),
        (f"{'x' * 256}:{STORED}", "line 1: a name has"),
        (f"alice:{STORED}:", "line 1: a project has"),
        (f"alice:{STORED}:Alice from accounting", "line 1: a project has"),
        (f"alice:{STORED}::admin", "line 1: a project has"),
        (f"alice:{STORED}:a:", "line 1: roles are"),
        (f"alice:{STORED}:a:member,", "line 1: roles are"),
        (f"alice:{STORED}:a:member, reader", "line 1: roles are"),
        (f"alice:{STORED}:a:member:hunter2", "line 1: roles are"),
        (f"# comment\n\nalice:{STORED}\nalice:{STORED}", "line 4: this name has a line already"),
    ],
)
def test_a_wrong_line_is_refused_at_the_start(htpasswd: Htpasswd, text: str, said: str) -> None:
    """By its number; nothing of the line itself is shown, for it may be a password."""
    htpasswd.write(text)
    with pytest.raises(ConfigurationError) as caught:
        PasswordFile(htpasswd.path)
    assert f"[api] htpasswd_file {htpasswd.path} {said}" in caught.value.message
    assert "hunter2" not in caught.value.message
    assert "accounting" not in caught.value.message
    assert STORED[7:] not in caught.value.message


@pytest.mark.parametrize(
    ("more", "roles"),
    [
        ("", {"member", "reader"}),
        (":team", {"member", "reader"}),
        (":team:admin", {"admin"}),
        (":team:Member,vault-keeper,key.manager", {"member", "vault-keeper", "key.manager"}),
    ],
)
def test_the_fourth_field_says_the_roles(htpasswd: Htpasswd, more: str, roles: set[str]) -> None:
    """Without it they are those of somebody who works in the project, and never an admin's."""
    htpasswd.write(GOOD + more)
    assert PasswordFile(htpasswd.path).users().by_name["alice"].roles == roles


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666, 0o664])
def test_a_file_that_others_may_write_to_is_refused(htpasswd: Htpasswd, mode: int) -> None:
    htpasswd.write(GOOD)
    htpasswd.path.chmod(mode)
    with pytest.raises(ConfigurationError, match="may be written by others: run chmod go-w"):
        PasswordFile(htpasswd.path)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_that_others_may_read_is_taken(htpasswd: Htpasswd, mode: int) -> None:
    """A web server may have to read the same file."""
    htpasswd.write(GOOD)
    htpasswd.path.chmod(mode)
    assert list(PasswordFile(htpasswd.path).users().by_name) == ["alice"]


def test_what_is_no_readable_file_is_refused(tmp_path: Path) -> None:
    """None at all, a folder, bytes that are no text; a pipe is not waited for."""
    (tmp_path / "latin").write_bytes(b"b\xf8b:x")
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("none", "No such file"),
        ("", "is not a file"),
        ("pipe", "is not a file"),
        ("latin", "is not UTF-8"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            PasswordFile(tmp_path / name)


def test_hashes_are_in_no_repr(htpasswd: Htpasswd) -> None:
    htpasswd.write(GOOD)
    assert "$2b$" not in repr(PasswordFile(htpasswd.path).users())


def test_an_unchanged_file_is_read_once(htpasswd: Htpasswd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later on only its time, size and inode are looked at."""
    htpasswd.write(GOOD)
    htpasswd.age()
    file = PasswordFile(htpasswd.path)
    users = file.users()
    monkeypatch.setattr(Path, "read_text", lambda *_: pytest.fail("read again"))
    assert file.users() is users


def test_a_second_change_within_one_tick_of_the_clock_counts(htpasswd: Htpasswd) -> None:
    """The same time, size and inode, but another line: a young file is read each time."""
    htpasswd.write(GOOD)
    before = htpasswd.path.stat()
    file = PasswordFile(htpasswd.path)
    htpasswd.write(line("bobby", "right"))
    os.utime(htpasswd.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert htpasswd.path.stat().st_size == before.st_size
    assert list(file.users().by_name) == ["bobby"]


def test_a_file_that_was_moved_into_its_place_counts(htpasswd: Htpasswd) -> None:
    """As editors save: another inode, the old time and size."""
    htpasswd.write(GOOD)
    htpasswd.age()
    file = PasswordFile(htpasswd.path)
    before = htpasswd.path.stat()
    other = htpasswd.path.with_name("other")
    other.write_text(line("bobby", "right") + "\n")
    other.chmod(0o600)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(htpasswd.path)
    assert list(file.users().by_name) == ["bobby"]


def test_a_line_that_becomes_wrong_shuts_out_its_user_only(
    htpasswd: Htpasswd, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged once, by its number."""
    htpasswd.write(GOOD)
    file = PasswordFile(htpasswd.path)
    htpasswd.write("bob:hunter2", GOOD)
    with caplog.at_level(logging.ERROR):
        assert [list(file.users().by_name) for _ in range(3)] == [["alice"]] * 3
    assert len(caplog.records) == 1
    assert f"htpasswd.ignored reason=[api] htpasswd_file {htpasswd.path} line 1: only bcrypt" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_file_that_is_away_or_opened_to_others_lets_nobody_in(
    htpasswd: Htpasswd, caplog: pytest.LogCaptureFixture
) -> None:
    """Until it is right again; then everybody is back."""
    htpasswd.write(GOOD)
    file = PasswordFile(htpasswd.path)
    htpasswd.path.chmod(0o666)
    assert not file.users().by_name
    htpasswd.path.chmod(0o600)
    assert list(file.users().by_name) == ["alice"]
    htpasswd.path.unlink()
    assert not file.users().by_name
    assert not file.users().by_name
    htpasswd.write(GOOD)
    htpasswd.path.chmod(0o600)
    assert list(file.users().by_name) == ["alice"]
    assert len(caplog.records) == 2
