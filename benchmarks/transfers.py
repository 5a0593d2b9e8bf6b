"""Copies of one large file and of many small ones, beside rclone's, over FILE, SFTP, S3 and WEBDAV.

    python -m benchmarks.transfers --mebibytes 256 --files 2000 --rounds 3

Both sides copy from the same folder to the same server, in turns, each time to a new place. Ours is a job
with ``verify=checksum`` and all that is written about it on SQLite; rclone runs as its own program with its
defaults, which compare checksums where the protocol has them. Told are medians, and the ratio of rclone's
seconds to ours.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from benchmarks.support.turns import in_turns, print_table
from tests.support import sshd, web_servers
from tests.support.transfers import Mover, mover, moving

_RCLONE: Final = str(Path(sys.executable).with_name("rclone"))
_PROTOCOLS: Final = ("FILE", "SFTP", "S3", "WEBDAV")
_LONGEST: Final = 3600.0  # seconds for one copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where both sides copy to."""

    site: int
    remote: str  # as rclone names it
    environment: Mapping[str, str]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.transfers", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--mebibytes", type=int, default=1024, metavar="N", help="of the large file")
    parser.add_argument("--files", type=int, default=2000, metavar="N", help="of 4 KiB")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--protocols", nargs="+", default=_PROTOCOLS, choices=_PROTOCOLS)
    given = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "app").mkdir()
        section = "allowed_hosts = 127.0.0.1"
        someone = mover(stack.enter_context(moving(folder / "app", section=section)))
        site, source = someone.folder_site("source")
        _fill(source, given.mebibytes, given.files)
        for protocol in given.protocols:
            place = stack.enter_context(_MAKERS[protocol](folder, someone))
            rows += [
                _row(protocol, what, _sides(someone, site, source, place, what), given.rounds)
                for what in ("large", "small")
            ]
    print_table(("copy", "ours s", "rclone s", "ratio"), rows)


def _fill(source: Path, mebibytes: int, files: int) -> None:
    for folder in ("large", "small"):
        (source / folder).mkdir()
    with (source / "large/file").open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(2**20))
    for number in range(files):
        (source / f"small/{number:05}").write_bytes(os.urandom(4096))


def _row(protocol: str, what: str, sides: Mapping[str, Callable[[], float]], rounds: int) -> tuple[str, ...]:
    found = in_turns(sides, rounds)
    ours, theirs = found["ours"].median, found["rclone"].median
    row = f"{protocol} {what}", f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.2f}x"
    print(*row, file=sys.stderr, flush=True)
    return row


def _sides(
    someone: Mover, site: int, source: Path, place: Place, what: str
) -> Mapping[str, Callable[[], float]]:
    numbers = itertools.count()

    def ours() -> float:
        begun = time.monotonic()
        body: dict[str, Any] = {
            "src_siteid": site,
            "src_filepath": what,
            "dst_siteid": place.site,
            "dst_filepath": f"{what}-{next(numbers)}",
            "extra_opts": {"verify": "checksum"},
        }
        job = someone.ended(someone.post("/copy", body), _LONGEST)
        if job["status"] != "DONE":
            raise SystemExit(f"a job has failed: {job['error']}")
        return time.monotonic() - begun

    def rclone() -> float:
        begun = time.monotonic()
        words = [
            _RCLONE,
            "copy",
            "--config",
            "",
            str(source / what),
            f"{place.remote}/{what}-{next(numbers)}",
        ]
        subprocess.run(words, check=True, env={**os.environ, **place.environment})
        return time.monotonic() - begun

    return {"ours": ours, "rclone": rclone}


@contextmanager
def _file(_folder: Path, someone: Mover) -> Iterator[Place]:
    site, folder = someone.folder_site("target")
    yield Place(site=site, remote=str(folder), environment={})


@contextmanager
def _sftp(folder: Path, someone: Mover) -> Iterator[Place]:
    for name in ("sshd", "over-ssh"):
        (folder / name).mkdir()
    with sshd.running(folder / "sshd") as server:
        target = folder / "over-ssh"
        site = someone.site(
            "ssh",
            f"sftp://127.0.0.1:{server.port}{target}",
            auth="SSH_KEY",
            host_keys=[server.host_key],
        )
        _give(someone, site, server.credential)
        options = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": server.user}
        key = {"KEY_FILE": str(folder / "sshd/user"), "KNOWN_HOSTS_FILE": "none"}
        yield Place(site=site, remote=f"x:{target}", environment=_remote("sftp", options | key))


@contextmanager
def _s3(folder: Path, someone: Mover) -> Iterator[Place]:
    (folder / "s3").mkdir()
    with web_servers.s3(folder / "s3") as server:
        bucket, _ = server.empty()
        site = someone.site("s3", f"{server.url}/{bucket}", "S3", auth="S3_KEY")
        _give(someone, site, server.credential)
        keys = {
            "ACCESS_KEY_ID": server.credential["access_key"],
            "SECRET_ACCESS_KEY": server.credential["secret_key"],
        }
        options = {"PROVIDER": "Rclone", "ENDPOINT": server.url, **keys}
        yield Place(site=site, remote=f"x:{bucket}", environment=_remote("s3", options))


@contextmanager
def _webdav(folder: Path, someone: Mover) -> Iterator[Place]:
    (folder / "webdav").mkdir()
    with web_servers.webdav(folder / "webdav") as server:
        name, _ = server.empty()
        site = someone.site("dav", f"{server.url}/{name}", "WEBDAV", auth="PASSWORD")
        _give(someone, site, server.credential)
        hidden = subprocess.run(
            [_RCLONE, "obscure", server.credential["password"]], check=True, capture_output=True, text=True
        ).stdout.strip()
        options = {"URL": server.url, "USER": server.credential["username"], "PASS": hidden}
        yield Place(site=site, remote=f"x:{name}", environment=_remote("webdav", options))


_MAKERS: Final = {"FILE": _file, "SFTP": _sftp, "S3": _s3, "WEBDAV": _webdav}


def _remote(kind: str, options: Mapping[str, str]) -> dict[str, str]:
    """The environment that describes a remote named x to rclone."""
    return {f"RCLONE_CONFIG_X_{name}": value for name, value in {"TYPE": kind, **options}.items()}


def _give(someone: Mover, site: int, credential: Mapping[str, str]) -> None:
    body = {"payload": orjson.dumps(credential).decode(), "payload_content_type": "text/plain"}
    secret = someone.caller.post("/v1/secrets", body).json["secret_ref"]
    answer = someone.call("PUT", f"/sites/{site}/credential", json={"secret_ref": secret})
    if answer.status_int != 200:
        raise SystemExit(f"no credential can be given: {answer}")


if __name__ == "__main__":
    main()
