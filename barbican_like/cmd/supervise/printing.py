"""What the operator's commands print."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from barbican_like.cmd.supervise.instance import Instance, Remembered
from barbican_like.cmd.supervise.listening import Listener
from barbican_like.cmd.supervise.processes import Snapshot

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def first_steps(remembered: Remembered) -> list[str]:
    """Lines that can be pasted into a shell, for a client that fits how callers are told apart."""
    address = remembered.address
    barbican = shlex.quote(str(Path(sys.executable).parent / "barbican"))
    if remembered.auth == "keystone":
        return [
            f"{barbican} secret list    # with OS_AUTH_URL, OS_USERNAME ... set",
            f'curl -H "X-Auth-Token: $(openstack token issue -f value -c id)" {address}/v1/secrets',
        ]
    if remembered.auth == "basic":
        return [f"curl -u USER {address}/v1/secrets    # asks for the password; the file says the project"]
    client = f"{barbican} --no-auth --endpoint {address} --os-project-id demo secret"
    return [
        f"{client} store --name greeting --payload hello",
        f"{client} list",
        f"curl -H 'X-Project-Id: demo' {address}/v1/secrets",
    ]


def other_addresses(remembered: Remembered) -> list[str]:
    """Lines that say where those who wait for changes call, and where the page is."""
    page = [] if remembered.page is None else [f"its page at {remembered.page}"]
    return [_live_line(remembered.live), *page]


def _live_line(address: str | None) -> str:
    if address is None:
        return "without a live feed: [live] enable is false"
    socket = "ws" + address.removeprefix("http")
    return f"its live feed at {address}, websockets at {socket}/api/v1/live"


def status_lines(
    instance: Instance, seen: Snapshot, remembered: Remembered | None, listening: Sequence[Listener] = ()
) -> list[str]:
    """`status` for people."""
    where = _where(remembered) if remembered and seen.state != "stopped" else ""
    lines = [f"barbican_like is {seen.state}{where} (data: {instance.data})"]
    if seen.processes:
        lines.append(f"{'ROLE':<16} {'NAME':<18} {'PID':>8} {'STATE':<9} {'AGE':>12}  DETAIL")
    for process in seen.processes:
        pid = "-" if process.pid is None else str(process.pid)
        detail = "" if process.state == "RUNNING" and process.role != "left over" else process.detail
        since = age(process.age_seconds)
        line = f"{process.role:<16} {process.name:<18} {pid:>8} {process.state:<9} {since:>12}  {detail}"
        lines.append(line.rstrip())
    if remembered and seen.state != "stopped":
        heard = {listener.port for listener in listening}
        lines += [f"nothing listens on port {port}" for port in remembered.ports if port not in heard]
    return lines + [_heard(seen, listener) for listener in listening]


def _where(remembered: Remembered) -> str:
    live = "" if remembered.live is None else f", its live feed at {remembered.live}"
    return f" at {remembered.address}{live}"


def _heard(seen: Snapshot, listener: Listener) -> str:
    """What listens, in words: also a process that is none of the instance's."""
    ours = {process.pid: process.name for process in seen.processes}
    host = f"[{listener.address}]" if ":" in listener.address else listener.address
    where = f"{host}:{listener.port} is listened on by"
    if listener.pid is None:
        return f"{where} a process of another user, not of this instance"
    if listener.pid in ours:
        return f"{where} {ours[listener.pid]} (pid {listener.pid})"
    return f"{where} pid {listener.pid} ({listener.name}), not of this instance"


def status_json(
    instance: Instance, seen: Snapshot, remembered: Remembered | None, listening: Sequence[Listener] = ()
) -> str:
    """`status` for programs."""
    up = seen.state != "stopped"
    pids = {process.pid for process in seen.processes if process.pid is not None}
    return json.dumps(
        {
            "state": seen.state,
            "data": str(instance.data),
            "address": remembered.address if remembered and up else None,
            "live": remembered.live if remembered and up else None,
            "auth": remembered.auth if remembered and up else None,
            "processes": [process.as_json() for process in seen.processes],
            "listening": [{**listener.as_json(), "ours": listener.pid in pids} for listener in listening],
        },
        indent=2,
    )


def age(seconds: float | None) -> str:
    """A span of time in its two largest units."""
    if seconds is None:
        return "-"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02} h"
