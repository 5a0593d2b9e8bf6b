"""What systemd is told, and that nobody else speaks for the supervisor."""

import os
import socket
from pathlib import Path

from barbican_like.contexts.systemd import Systemd


def test_it_is_told_that_all_is_up_and_twice_a_period_that_it_lives(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        manager.settimeout(5)
        environment = {
            "NOTIFY_SOCKET": str(tmp_path / "n"),
            "WATCHDOG_USEC": "4000000",
            "WATCHDOG_PID": str(os.getpid()),
        }
        systemd = Systemd(environment)
        assert environment == {}
        systemd.tell("READY=1")
        assert manager.recv(100) == b"READY=1"
        systemd.turn(10.0)
        assert manager.recv(100) == b"WATCHDOG=1"
        assert systemd.next_time() == 12.0
        systemd.turn(11.0)
        assert systemd.next_time() == 12.0


def test_without_systemd_nothing_is_due() -> None:
    assert Systemd({}).next_time() == float("inf")
    of_another = {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}
    assert Systemd(of_another).next_time() == float("inf")
