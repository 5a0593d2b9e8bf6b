"""``python -m barbican_like.contexts LAUNCH_FILE``: supervise until a signal or a command says to end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from barbican_like.contexts import keeping
from barbican_like.contexts.launch import read_launch
from barbican_like.contexts.supervisor import Supervisor


def main(arguments: list[str]) -> int:
    """Supervise what the launch file says; returns the exit code."""
    launch = read_launch(Path(arguments[0]))
    os.umask(0o077)
    os.chdir(launch.folder)
    try:
        supervisor = Supervisor(launch)
        if launch.pid_file is not None:
            Path(launch.pid_file).write_text(f"{os.getpid()}\n")
        supervisor.run()
    except keeping.AlreadyHeld as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot supervise: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
