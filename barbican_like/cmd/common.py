"""What every command does around its work: parse, set up the log, end with one clear line."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.common import log
from barbican_like.common.errors import BarbicanError, ConfigurationError, Overloaded


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
