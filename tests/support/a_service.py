"""A program that behaves as its words say: what a supervisor may meet, without any library of ours.

Words: ready, late=S (ready after so long), exit=CODE, after=S (that exit, so long after it was ready), deaf
(ignores SIGTERM), close (its channel), child and far (a child in its group, and one in a session of its own;
their ids are printed), eat=MIB, updated, say=TEXT.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

WORDS = dict(word.partition("=")[::2] for word in sys.argv[1:])
STARTS = os.environ.get("STARTS")
SLEEPER = "import time; time.sleep(1000)"


def wait_for_end(channel: socket.socket, seconds: float | None) -> str:
    """Until SIGTERM (`term`), the end of the channel (`end`), or the time (`time`)."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    if "deaf" not in WORDS:
        signal.signal(signal.SIGTERM, lambda *_: None)
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        left = None if deadline is None else max(0, deadline - time.monotonic())
        ready, _, _ = select.select([reading, *([channel] if channel.fileno() >= 0 else [])], [], [], left)
        if reading in ready:
            return "term"
        if channel in ready and not channel.recv(65536):
            return "end"
        if deadline is not None and time.monotonic() >= deadline:
            return "time"


def channel_of_the_supervisor() -> socket.socket:
    """The channel, once the supervisor has said hello on it."""
    channel = socket.socket(fileno=int(os.environ["BARBICAN_CHANNEL"]))
    os.set_inheritable(channel.fileno(), False)
    assert b'"hello"' in channel.recv(65536)
    if STARTS:
        with Path(STARTS).open("a") as file:
            file.write(f"{os.getpid()}\n")
    return channel


def say_and_have_children() -> None:
    """What the words want on the standard output, with the ids of the children that they want."""
    if "say" in WORDS:
        sys.stdout.write(WORDS["say"] + "\n")
    for word, apart in (("child", False), ("far", True)):
        if word in WORDS:
            child = subprocess.Popen([sys.executable, "-S", "-c", SLEEPER], start_new_session=apart)
            sys.stdout.write(f"{word} {child.pid}\n")
    sys.stdout.flush()


def speak(channel: socket.socket) -> None:
    """What the words want said on the channel."""
    if "late" in WORDS:
        select.select([], [], [], float(WORDS["late"]))  # what a slow start is
    if "ready" in WORDS or "late" in WORDS:
        channel.send(b'{"word": "ready"}')
    if "updated" in WORDS:
        channel.send(b'{"word": "updated", "items": {"n": 1}}')
    if "close" in WORDS:
        channel.close()


def main() -> int:
    """Behave."""
    if "deaf" in WORDS:  # before it says that it is ready
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel = channel_of_the_supervisor()
    say_and_have_children()
    WORDS["eaten"] = "x" * (int(WORDS.get("eat", 0)) << 20)
    speak(channel)
    code = int(WORDS.get("exit", 0))
    if "exit" in WORDS and "after" not in WORDS:
        return code
    ended = wait_for_end(channel, float(WORDS["after"]) if "after" in WORDS else None)
    return code if ended == "time" else 0


if __name__ == "__main__":
    sys.exit(main())
