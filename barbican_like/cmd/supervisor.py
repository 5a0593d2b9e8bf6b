"""The operator's commands: start, stop, restart, reload, status, logs, demo and test of one instance.

An instance is a data folder. ``bin/barbican.sh`` makes the environment this runs in and hands its arguments
on. Modules that only some commands need are imported by those: a ``status`` should answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from barbican_like.cmd.supervise.flags import PROJECT, count, data_parser, settings_parser
from barbican_like.cmd.supervise.instance import Instance, Remembered, Settings
from barbican_like.common.errors import ConfigurationError

RELOAD_SECONDS = 600.0  # of all services, one after the other
OK, FAILED, NOT_RUNNING = 0, 1, 3  # 3 as the Linux Standard Base has it for the status of a service


#: Marks of tests that want a server, or the machine for themselves.
_LEFT_TO_CI = ("postgres", "mariadb", "rabbit", "softhsm", "keystone", "browser", "timed")
#: All tests, each file in one of up to four processes, since most of them start processes of their own. In
#: the order of the files: the long ones of the acceptance tests first.
_WHOLE = ("--numprocesses=logical", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder", "tests")

_DESCRIPTION = "Run barbican_like, a key manager that speaks OpenStack Barbican's v1 API."
_EPILOG = """\
One instance is one data folder. A start with another --data and --port lives beside the first. stop, status,
restart, reload, logs and demo need only --data; restart keeps the settings of the start before, changed by
new flags.
exit codes: 0 done, 1 failed (the reason is printed), 2 wrong usage, 3 not running (status, reload, logs,
demo)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    :return: the exit code.
    """
    options = _parse(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code: int = options.run(options)
    except ConfigurationError as error:
        print(f"barbican_like: {error}", file=sys.stderr)
        return FAILED
    except PermissionError as error:
        print(f"barbican_like: you may not use {error.filename}: {error.strerror}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("barbican_like: interrupted", file=sys.stderr)
        return FAILED
    return code


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="barbican.sh",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    folder = data_parser()
    flags = settings_parser()

    def add(name: str, run: object, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, parents=list(parents))
        command.set_defaults(run=run)
        return command

    both = (folder, flags)
    start_parser = add(
        "start", start, "Start API and workers, make what they need, wait until the API answers.", *both
    )
    start_parser.add_argument(
        "--foreground", action="store_true", help="become the supervisor, as systemd wants"
    )
    add("stop", stop, "End the processes that a start made, and no others.", folder)
    add("restart", restart, "Stop, then start with the same settings, changed by the flags given.", *both)
    reload_parser = add(
        "reload", reload, "Replace processes by fresh ones without a refused request.", folder
    )
    reload_parser.add_argument("name", nargs="?", metavar="NAME", help="api, worker, worker-1 (all)")
    status_parser = add(
        "status", status, "Show each process: role, pid, state and age; and what listens on the port.", folder
    )
    status_parser.add_argument("--json", action="store_true", help="for programs")
    logs_parser = add("logs", logs, "Show the end of the log files.", folder)
    logs_parser.add_argument("-f", "--follow", action="store_true", help="go on showing new lines")
    logs_parser.add_argument("-n", "--lines", type=count, default=50, help="lines of each file (50)")
    logs_parser.add_argument(
        "name", nargs="?", metavar="NAME", help="api, worker, worker-1, supervisor (all)"
    )
    add("demo", demo, "Store, read, list and order with python-barbicanclient on what runs.", folder)
    add("test", test, "Run the test suites that need no servers; all further arguments go to pytest.")
    return parser


def _parse(arguments: list[str]) -> argparse.Namespace:
    # argparse would take pytest's options for unknown ones of its own.
    if arguments[:1] == ["test"] and arguments[1:2] not in (["-h"], ["--help"]):
        return argparse.Namespace(run=test, pytest_arguments=arguments[1:])
    return build_parser().parse_args(arguments)


def start(options: argparse.Namespace) -> int:
    """`start`: bring the instance up unless it runs."""
    instance = Instance(options.data)
    instance.make_folders()
    with instance.locked():
        return _start_locked(instance, _settings(options), foreground=options.foreground)


def restart(options: argparse.Namespace) -> int:
    """`restart`: stop, then start with the remembered settings under the new ones."""
    from barbican_like.cmd.supervise import processes  # noqa: PLC0415
    from barbican_like.cmd.supervise.settings import check_listening, make_plan  # noqa: PLC0415

    instance = Instance(options.data)
    remembered = _recall(instance)
    settings = remembered.settings.changed_by(_settings(options))
    with instance.locked():
        # What would stand in the way of the start is found while the instance still runs.
        plan = make_plan(instance, settings, instance.run / "next.conf")
        check_listening(plan, spared=frozenset(remembered.ports))
        processes.stop(instance)
        return _start_locked(instance, settings)


def stop(options: argparse.Namespace) -> int:
    """`stop`: end what a start of this instance made."""
    from barbican_like.cmd.supervise import processes  # noqa: PLC0415

    instance = Instance(options.data)
    if not instance.run.exists():
        print(f"barbican_like does not run (no instance in {instance.data})")
        return OK
    with instance.locked():
        count = processes.stop(instance)
    print(f"stopped {count} processes" if count else f"barbican_like does not run (data: {instance.data})")
    return OK


def reload(options: argparse.Namespace) -> int:
    """`reload`: replace services by fresh processes while the API goes on answering."""
    from barbican_like.cmd.supervise.running import Supervisor  # noqa: PLC0415
    from barbican_like.contexts.ask import NobodyAnswers  # noqa: PLC0415

    instance = Instance(options.data)
    if instance.recall() is None:
        raise ConfigurationError(f"nothing has been started in {instance.data} yet: use start")
    with instance.locked():
        try:
            fault = Supervisor(instance).reload(options.name or "all", RELOAD_SECONDS)
        except NobodyAnswers:
            print(f"barbican_like does not run (data: {instance.data}): start it first", file=sys.stderr)
            return NOT_RUNNING
    if fault:
        raise ConfigurationError(fault)
    print(f"reloaded {options.name or 'all'}")
    return OK


def status(options: argparse.Namespace) -> int:
    """`status`: 0 running, 1 something of it has failed, 3 not running."""
    from barbican_like.cmd.supervise import listening, printing, processes  # noqa: PLC0415

    instance = Instance(options.data)
    remembered = instance.recall()
    seen = processes.snapshot(instance)
    ports = remembered.ports if remembered else []
    heard = [one for port in ports for one in listening.listeners_on(port)]
    if options.json:
        print(printing.status_json(instance, seen, remembered, heard))
    else:
        print("\n".join(printing.status_lines(instance, seen, remembered, heard)))
    return {"running": OK, "degraded": FAILED}.get(seen.state, NOT_RUNNING)


def logs(options: argparse.Namespace) -> int:
    """`logs`: hand the files over to tail(1), which knows of rotation."""
    instance = Instance(options.data)
    every = sorted(instance.log.glob("*.log")) if instance.log.is_dir() else []
    chosen = [file for file in every if options.name in (None, file.stem, file.stem.partition("-")[0])]
    if not chosen:
        wanted = f"no log named {options.name}" if options.name else "no logs"
        names = ", ".join(file.stem for file in every)
        print(f"{wanted} in {instance.log}" + (f": there are {names}" if names else ""), file=sys.stderr)
        return NOT_RUNNING
    words = ["tail", "-n", str(options.lines), *(["-F"] if options.follow else []), *map(str, chosen)]
    return os.execvp("tail", words)  # noqa: S606, S607 - the standard tool, no shell between


def demo(options: argparse.Namespace) -> int:
    """`demo`: python-barbicanclient against the running instance."""
    from barbican_like.cmd.supervise.running import Supervisor  # noqa: PLC0415

    instance = Instance(options.data)
    remembered = instance.recall()
    if remembered is None or not Supervisor(instance).is_running():
        print(f"barbican_like does not run (data: {instance.data}): start it first", file=sys.stderr)
        return NOT_RUNNING
    from barbican_like.cmd import demo as program  # noqa: PLC0415

    files = [*remembered.settings.config_files, str(instance.conf)]
    return program.main([word for file in files for word in ("--config-file", file)])


def test(options: argparse.Namespace) -> int:
    """`test`: pytest on the project's suites, by default those that need no servers, on some of the cores."""
    if not (PROJECT / "tests").is_dir():
        raise ConfigurationError(f"there are no tests in {PROJECT}: they come with a checkout of the project")
    words = [sys.executable, "-m", "pytest", "-q"]
    given = options.pytest_arguments
    if not any(word.startswith("-m") for word in given):
        # Building an environment of its own and the like take long: CI does that, see .ci/run.
        slow = () if os.environ.get("CI") else ("slow",)
        words += ["-m", " and ".join(f"not {name}" for name in (*_LEFT_TO_CI, *slow))]
    os.chdir(PROJECT)
    return os.execv(sys.executable, [*words, *(given or _WHOLE)])  # noqa: S606 - no shell between


def _start_locked(instance: Instance, settings: Settings, *, foreground: bool = False) -> int:
    from barbican_like.cmd.supervise import printing, processes  # noqa: PLC0415
    from barbican_like.cmd.supervise.running import Supervisor  # noqa: PLC0415
    from barbican_like.cmd.supervise.start import become  # noqa: PLC0415
    from barbican_like.cmd.supervise.start import start as bring_up  # noqa: PLC0415

    if Supervisor(instance).is_running():
        remembered = _recall(instance)
        print(f"barbican_like already runs at {remembered.address} (data: {instance.data})")
        print("\n".join(printing.other_addresses(remembered)))
        return OK
    left = processes.stop(instance)
    if left:
        _say(f"ended {left} processes that an earlier start had left without their supervisor")
    _say(f"starting (data: {instance.data})")
    if foreground:
        return become(instance, settings, _say)
    remembered = bring_up(instance, settings, _say)
    print(f"barbican_like runs at {remembered.address}")
    print("\n".join(printing.other_addresses(remembered)))
    print("\n".join(["To try it:", *(f"  {line}" for line in printing.first_steps(remembered))]))
    return OK


def _recall(instance: Instance) -> Remembered:
    remembered = instance.recall()
    if remembered is None:
        raise ConfigurationError(f"nothing has been started in {instance.data} yet: use start")
    return remembered


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _settings(options: argparse.Namespace) -> Settings:
    return Settings(
        host=options.host,
        port=options.port,
        live_port=options.live_port,
        auth=options.auth,
        workers=options.workers,
        transfer_workers=options.transfer_workers,
        api_workers=options.api_workers,
        config_files=tuple(options.config or ()),
    )


class _Version(argparse.Action):
    """`--version`, which asks for the version only when asked."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the program's version")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from barbican_like.common.config import program_version  # noqa: PLC0415

        parser.exit(message=f"barbican_like {program_version()}\n")


if __name__ == "__main__":
    exit_code = main()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # To take down what has been loaded would take as long as a `status` does.
    os._exit(exit_code)
