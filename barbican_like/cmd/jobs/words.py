"""The words of the command line: its commands and options, with their help."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from barbican_like.cmd.jobs import looking, moving, siting
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import MEANINGS, Exit
from barbican_like.cmd.jobs.login import DEFAULT_URL, WAYS
from barbican_like.cmd.jobs.places import place
from barbican_like.workqueue.states import JobStatus, JobType

Command = Callable[[Desk], Exit]

_DESCRIPTION: Final = """\
Lists, copies, removes and renames files between sites, and looks after the jobs that do so.

A place is SITE:PATH. SITE is the name or the id of a site (barbican-jobs sites); PATH starts at
the site's root with /x, at its home with ~/x, else at its default path."""
_ENVIRONMENT: Final = """environment:
  BARBICAN_ENDPOINT, BARBICAN_AUTH, BARBICAN_PROJECT, BARBICAN_USERNAME, BARBICAN_PASSWORD
  OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_PROJECT_ID, OS_PROJECT_NAME, OS_USER_DOMAIN_NAME,
  OS_PROJECT_DOMAIN_NAME, OS_TOKEN, OS_CACERT, OS_AUTH_TYPE (none, http_basic, password)"""
_SHELLS: Final = ("bash",)
_MOST_PARTS: Final = 3  # job, element, attempt


class Parser(argparse.ArgumentParser):
    """A parser whose help is laid out as it is written; abbreviations of options are refused."""

    def __init__(self, width: int | None = None, **words: object) -> None:
        def layout(prog: str) -> argparse.HelpFormatter:
            return argparse.RawDescriptionHelpFormatter(prog, max_help_position=32, width=width)

        super().__init__(formatter_class=layout, allow_abbrev=False, **words)  # type: ignore[arg-type]


class Words:
    """The parser of ``barbican-jobs``.

    :param width: of its help; None: the terminal's.
    """

    def __init__(self, width: int | None = None) -> None:
        codes = "\n".join(f"  {code.value:<4} {meaning}" for code, meaning in MEANINGS.items())
        self.parser = Parser(
            width=width,
            prog="barbican-jobs",
            description=_DESCRIPTION,
            epilog=f"exit codes:\n{codes}\n\n{_ENVIRONMENT}",
        )
        _login(self.parser)
        self._width = width
        self._commands = self.parser.add_subparsers(
            metavar="COMMAND", required=True, title="commands", parser_class=Parser
        )
        self._movers()
        self._lookers()
        self._siters()
        completion = self._command("completion", None, "print a completion script for a shell")
        completion.add_argument("shell", choices=_SHELLS)

    @property
    def commands(self) -> dict[str, argparse.ArgumentParser]:
        """Each command with its parser."""
        return dict(self._commands.choices)

    def _command(self, name: str, run: Command | None, about: str = "") -> argparse.ArgumentParser:
        about = about or (run.__doc__ or "").strip()
        help_text = about[0].lower() + about[1:].rstrip(".")
        parser: argparse.ArgumentParser = self._commands.add_parser(
            name, width=self._width, help=help_text, description=about
        )
        parser.set_defaults(run=run, json=False, quiet=False)
        return parser

    def _movers(self) -> None:
        """What makes jobs."""
        for name, run in (("list", moving.list_), ("remove", moving.remove), ("mkdir", moving.mkdir)):
            parser = self._command(name, run)
            parser.add_argument("places", nargs="+", type=place, metavar="SITE:PATH")
            _of_job(parser)
            if name == "list":
                parser.add_argument("--depth", type=int, metavar="N", help="levels (1); -1: all")
                _follow(parser)
        copier = self._command("copy", moving.copy)
        copier.add_argument(
            "places", nargs="+", type=place, metavar="SITE:PATH", help="the last is the destination"
        )
        _of_job(copier)
        _overwrite(copier)
        _follow(copier)
        copier.add_argument(
            "--verify", choices=("none", "size", "checksum"), help="how the copy is looked at (size)"
        )
        copier.add_argument("--bandwidth", type=int, metavar="N", help="bytes a second of each file, at most")
        renamer = self._command("rename", moving.rename)
        renamer.add_argument("place", type=place, metavar="SITE:PATH")
        renamer.add_argument("path", metavar="PATH", help="the new one, at the same site")
        _of_job(renamer)
        _overwrite(renamer)

    def _lookers(self) -> None:
        """What is done with jobs that are there."""
        lister = self._command("jobs", looking.jobs)
        _one_of(lister, "--status", JobStatus)
        _one_of(lister, "--type", JobType)
        lister.add_argument("--limit", type=_positive, metavar="N", help="so many at most (all)")
        _json(lister)
        shower = self._command("status", looking.status)
        shower.add_argument("job", type=_reference(2), metavar="JOB[.ELEMENT]")
        _json(shower)
        logs = self._command("log", looking.log)
        logs.add_argument("job", type=_reference(_MOST_PARTS), metavar="JOB[.ELEMENT[.ATTEMPT]]")
        logs.add_argument("--all", action="store_true", help="all attempts of a job, not only the last ones")
        _json(logs)
        for name, run in (("wait", moving.wait), ("retry", moving.retry), ("cancel", moving.cancel)):
            parser = self._command(name, run)
            parser.add_argument("jobs", nargs="+", type=_number, metavar="JOB")
            if name == "retry":
                _no_wait(parser)
            if name != "cancel":
                _quiet(parser)
            _json(parser)
        deleter = self._command("delete", looking.delete)
        deleter.add_argument("jobs", nargs="+", type=_number, metavar="JOB")

    def _siters(self) -> None:
        """What is done with sites."""
        _json(self._command("sites", siting.sites))
        for name, run in (("site", siting.site), ("delsite", siting.delsite), ("check", siting.check)):
            parser = self._command(name, run)
            parser.add_argument("site", metavar="SITE")
            if name != "delsite":
                _json(parser)
        _of_site(self._command("addsite", siting.addsite))
        parser = self._command("credential", siting.credential)
        parser.add_argument("action", choices=("show", "set", "delete"))
        parser.add_argument("site", metavar="SITE")
        parser.add_argument("secret", nargs="?", metavar="SECRET", help="reference of a secret, for set")
        _json(parser)


def _login(parser: argparse.ArgumentParser) -> None:
    """Who asks, and whom."""
    group = parser.add_argument_group("the server, and who asks")
    add = group.add_argument
    add("--url", metavar="URL", help=f"base URL of the server ({DEFAULT_URL}; with Keystone, its catalog's)")
    add("--auth", choices=WAYS, help="as [api] auth of the server; guessed of the environment")
    add("--project", metavar="ID", help="the project, where the name or the token does not say it")
    add("--user", metavar="NAME", help="the user's name; the password is never an option")
    add("--password-file", type=Path, metavar="FILE", help="a file that only you may read")
    add("--cacert", metavar="FILE", help="certificates of authorities to trust")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="of a request (60)")


def _of_job(parser: argparse.ArgumentParser) -> None:
    """What every new job may have."""
    add = parser.add_argument
    add("--max-tries", type=int, metavar="N", help="tries of each element, 1 to 20 (2)")
    add("--priority", type=int, metavar="N", help="0 to 9, the lower first (5)")
    add("--protocol", metavar="NAME", help="of the source (its preferred one)")
    add("--not-before", metavar="TIME", help="ISO 8601 with offset: begin then")
    add("--time-limit", type=float, metavar="SECONDS", help="of each try")
    add("--key", metavar="KEY", help="Idempotency-Key: the same request makes no second job in 24 hours")
    add("--dry-run", action="store_true", help="show what would be done, and do nothing")
    _no_wait(parser)
    _quiet(parser)
    _json(parser)


def _of_site(parser: argparse.ArgumentParser) -> None:
    """What a site may have."""
    add = parser.add_argument
    add("name", metavar="NAME")
    add(
        "urls",
        nargs="+",
        metavar="[PROTOCOL=]URL",
        help="in order of preference; S3=, WEBDAV=, HTTP= for https:",
    )
    add("--site-auth", metavar="KIND", help="NONE, PASSWORD, SSH_KEY, S3_KEY, TOKEN or X509")
    add("--host-key", action="append", metavar="KEY", help="of an SFTP server, as ssh-keyscan prints it")
    add("--ca-cert", type=Path, metavar="FILE", help="PEM of the authority that the site's certificate is of")
    add(
        "--option",
        action="append",
        type=_pair,
        metavar="NAME=VALUE",
        help="of the endpoints, such as region=eu",
    )
    add("--description", metavar="TEXT")
    add("--home", metavar="PATH", help="where ~ is (/)")
    add("--default-path", metavar="PATH", help="where relative paths start (~)")
    add("--connections", type=int, metavar="N", help="at once (4)")
    add("--per-link", type=int, metavar="N", help="at once with one other site (4)")
    add("--bandwidth", type=int, metavar="N", help="bytes a second of each file, at most")
    add("--public", action="store_true", help="for all projects; admins may do that")
    add("--disabled", action="store_true", help="no job may use it")
    add("--replace", action="store_true", help="describe the site of that name anew, whole")
    _json(parser)


def _overwrite(parser: argparse.ArgumentParser) -> None:
    modes = ("never", "if-different", "always")
    parser.add_argument("--overwrite", choices=modes, help="what is there already (never)")


def _follow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--follow", dest="symlinks", action="store_const", const="follow", help="links too (they are skipped)"
    )


def _no_wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-wait", action="store_true", help="print the job's id and end")


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="show no progress")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print what the server says, an object a line")


def _one_of(parser: argparse.ArgumentParser, option: str, kind: type[JobStatus | JobType]) -> None:
    parser.add_argument(option, choices=[one.value for one in kind], type=str.upper, help="only those")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


def _positive(text: str) -> int:
    number = _number(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 is too few")
    return number


def _reference(parts: int) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        found = tuple(text.split("."))
        if len(found) > parts or not all(one.removeprefix("-").isdigit() and one.isascii() for one in found):
            raise argparse.ArgumentTypeError(f"{text!r} is not of the form 12{'.3' if parts > 1 else ''}")
        return found

    return read


def _pair(text: str) -> tuple[str, str | bool]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, {"true": True, "false": False}.get(value, value)
