"""What every command does around its work: parse, set up the log, end with one clear line."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Final

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.common import log
from barbican_like.common.errors import BarbicanError, ConfigurationError, Overloaded

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def run(
    prog: str,
    arguments: Sequence[str] | None,
    work: Callable[[cfg.ConfigOpts], int],
    conf: cfg.ConfigOpts | None = None,
) -> int:
    """Parse ``arguments`` and do ``work``.

    What an operator must change is one line and exit code 2; what may be well later, such as a full
    disk, is one line and exit code 1.
    """
    try:
        parsed = rooms.load(sys.argv[1:] if arguments is None else arguments, conf, prog=prog)
        log.configure(debug=parsed.debug)
        return work(parsed)
    except ConfigurationError as error:
        _complain(prog, error)
        return 2
    except Overloaded as error:
        _complain(prog, error)
        return 1


def _complain(prog: str, error: BarbicanError) -> None:
    print(f"{prog}: {log.redact(' '.join(error.message.split()))}", file=sys.stderr)


def forbid_core_dumps() -> None:
    """A core file would hold keys."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """Have the kernel end this process once the one that started it has ended, in whatever way (Linux)."""
    parent = multiprocessing.parent_process()
    if parent is None or sys.platform != "linux":
        return
    failed = ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if failed:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent.pid:  # it ended before it could be noticed
        os.kill(os.getpid(), signal.SIGKILL)
