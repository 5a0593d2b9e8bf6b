"""How one API hands its port over to the next one without a refused or broken connection.

Both listen on the same address by SO_REUSEPORT, and each serving process has a listening socket of its own.
The kernel would spread new connections over all of them, and reset those that still wait in the queue of one
that closes. So the new processes have it choose among themselves; the old ones then have nothing new coming,
and may take their time with what they have.
"""

from __future__ import annotations

import ctypes
import ipaddress
import socket
import struct
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from barbican_like.http.edge.connections import idle_seconds, own_sockets

_ATTACH: Final = 51  # SO_ATTACH_REUSEPORT_CBPF (asm-generic/socket.h)
_DETACH: Final = 68  # SO_DETACH_REUSEPORT_BPF, from Linux 5.3
_LISTENS: Final = "0A"  # TCP_LISTEN in /proc/net/tcp
_INSTRUCTION: Final = struct.Struct("=HBBI")  # struct sock_filter (linux/filter.h)
_RANDOM: Final = 0xFFFFF000 + 56  # SKF_AD_OFF + SKF_AD_RANDOM


def listeners(address: str, port: int) -> int:
    """How many sockets of this machine listen at an address."""
    wanted = _as_in_proc(address, port)
    found = 0
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            rows = (row.split() for row in Path("/proc/net", table).read_text().splitlines()[1:])
            found += sum(1 for row in rows if row[1] == wanted and row[3] == _LISTENS)
    return found


def take_over(port: int, older: int, newer: int) -> None:
    """Have new connections come to the ``newer`` last of all listening sockets, and not to those before.

    :param older: how many listened before; they are the first in the kernel's list.
    """
    program = (
        (0x20, 0, 0, _RANDOM),  # a random number
        (0x94, 0, 0, newer),  # modulo
        (0x04, 0, 0, older),  # plus
        (0x16, 0, 0, 0),  # is the position of the socket; of one that is not there, the kernel chooses itself
    )
    instructions = ctypes.create_string_buffer(b"".join(_INSTRUCTION.pack(*one) for one in program))
    value = struct.pack("@HP", len(program), ctypes.addressof(instructions))
    with ExitStack() as opened:
        for listening in own_sockets(opened, port, listening=True):
            listening.setsockopt(socket.SOL_SOCKET, _ATTACH, value)


def spread_evenly(port: int) -> None:
    """Have the kernel choose among all listening sockets again."""
    with ExitStack() as opened:
        for listening in own_sockets(opened, port, listening=True):
            with suppress(OSError):  # another process has done it for all
                listening.setsockopt(socket.SOL_SOCKET, _DETACH, 0)


def is_listening(port: int) -> bool:
    """Whether this process takes connections."""
    with ExitStack() as opened:
        return any(True for _ in own_sockets(opened, port, listening=True))


def is_spoken_to(port: int, quiet_seconds: float) -> bool:
    """Whether any connection of this process has been used within the last seconds."""
    with ExitStack() as opened:
        for connection in own_sockets(opened, port, listening=False):
            with suppress(OSError):  # it has just been closed by the caller
                if idle_seconds(connection) < quiet_seconds:
                    return True
    return False


def _as_in_proc(address: str, port: int) -> str:
    """An address as /proc/net/tcp has it: words of four bytes, each as this machine's numbers are."""
    packed = ipaddress.ip_address(address).packed
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words) + f":{port:04X}"
