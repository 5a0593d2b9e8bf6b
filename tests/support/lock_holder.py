"""A process that works with the writer lock, as another process of the product does.

``hold PATH``: takes the lock, says ``held``, and keeps it until it is killed or its input ends.
``count PATH FILE TIMES``: adds one to the number in FILE that often, each time under the lock.
"""

import sys
from pathlib import Path

from barbican_like.model.writer_lock import WriterLock


def main(verb: str, path: str, *rest: str) -> None:
    """Do what the arguments say."""
    lock = WriterLock(Path(path), 30.0)
    if verb == "hold":
        with lock:
            sys.stdout.write("held\n")
            sys.stdout.flush()
            sys.stdin.read()
        return
    file, times = rest
    for _ in range(int(times)):
        with lock:
            add_one(Path(file))


def add_one(file: Path) -> None:
    """Read, add, write: two that do this at once lose one."""
    number = int(file.read_text() or 0)
    file.write_text(str(number + 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
