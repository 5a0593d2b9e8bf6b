"""What listens on a port of this machine, as the kernel shows it: whoever that is, and whoever started it."""

from __future__ import annotations

import socket
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_LISTEN: Final = "0A"  # TCP_LISTEN (include/net/tcp_states.h)
_WORD: Final = 4


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A process that can take connections at an address."""

    address: str  # such as 127.0.0.1, or 0.0.0.0 for every one of this machine
    port: int
    pid: int | None  # None: another user's, which is not shown to us
    name: str | None  # as the kernel has it, at most 15 characters

    def as_json(self) -> dict[str, object]:
        """The fields for ``status --json``."""
        return asdict(self)


def listeners_on(port: int) -> list[Listener]:
    """All that listens on a TCP port, by address and process; none where the kernel is not Linux."""
    found = dict(_sockets(port))
    if not found:
        return []
    owners = _owners(found)
    listeners = []
    for inode, address in sorted(found.items(), key=lambda item: item[1]):
        pids: list[int | None] = [*sorted(owners[inode])]
        for pid in pids or [None]:
            name = None if pid is None else _name(pid)
            listeners.append(Listener(address=address, port=port, pid=pid, name=name))
    return listeners


def _sockets(port: int) -> Iterator[tuple[str, str]]:
    """The listening sockets of a port: each one's inode and address."""
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):  # not Linux, or a kernel without IPv6
            for line in (_PROC / "net" / table).read_text().splitlines()[1:]:
                _, local, _, state, *more = line.split()
                address, _, number = local.partition(":")
                if state == _LISTEN and int(number, 16) == port:
                    yield more[5], _decoded(address)


def _decoded(text: str) -> str:
    """An address as proc(5) has it: words of 32 bits, each in the order of bytes of this machine."""
    raw = bytes.fromhex(text)
    words = [raw[at : at + _WORD] for at in range(0, len(raw), _WORD)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, packed)


def _owners(inodes: Mapping[str, str]) -> dict[str, set[int]]:
    """The processes that have each socket open."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners: dict[str, set[int]] = defaultdict(set)
    for folder in _PROC.glob("[0-9]*/fd"):
        with suppress(OSError):  # another user's, or gone meanwhile
            for file in folder.iterdir():
                with suppress(OSError):
                    inode = wanted.get(str(file.readlink()))
                    if inode is not None:
                        owners[inode].add(int(folder.parent.name))
    return owners


def _name(pid: int) -> str | None:
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return None
