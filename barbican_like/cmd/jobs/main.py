"""barbican-jobs: parse, ask the server, print, and tell by the exit code how it went."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from barbican_like.cmd.jobs import completion, showing
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import CommandFailed, Exit
from barbican_like.cmd.jobs.login import login
from barbican_like.cmd.jobs.places import Sites
from barbican_like.cmd.jobs.service import Service
from barbican_like.cmd.jobs.words import Words

_WIDE = 100_000  # columns: no line of the help is broken


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, see ``exits.py``."""
    given = Words().parser.parse_args(arguments)
    if given.run is None:
        print(_completion(), end="")
        return Exit.DONE
    try:
        service = Service(login(given, os.environ))
        code: Exit = given.run(Desk(given=given, service=service, sites=Sites(service)))
        sys.stdout.flush()
    except CommandFailed as error:
        print(f"barbican-jobs: {showing.safe(error)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    return code


def _completion() -> str:
    wide = Words(width=_WIDE)
    helps = {name: parser.format_help() for name, parser in wide.commands.items()}
    return completion.script(wide.parser.format_help(), helps)


if __name__ == "__main__":
    sys.exit(main())
