"""The product's own context: etc/barbican/contexts/main.xml, and the programs that rooms add to it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from barbican_like import rooms
from barbican_like.cmd.supervise.flags import PROJECT
from barbican_like.cmd.supervise.running import MARK, TRANSACTION
from barbican_like.contexts.definition import Context, Restart, TaskService
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.launch import Command, Launch
from barbican_like.room import Program

if TYPE_CHECKING:
    from barbican_like.cmd.supervise.instance import Instance
    from barbican_like.cmd.supervise.settings import Plan

# granian gives its processes titles with setproctitle where that is installed, which then wipes out the
# environment that others can read, unless it is told to keep within the place of the command line.
_KEEP_ENVIRONMENT: Final = {"SPT_NOENV": "1"}
_FILE: Final = PROJECT / "etc" / "barbican" / "contexts" / "main.xml"


def launch_of(instance: Instance, plan: Plan) -> Launch:
    """What the supervisor of an instance is started with."""
    programs = _programs(plan)
    context = _context(plan, programs)
    run = instance.run
    return Launch(
        context=context,
        commands={one.id: _command(programs[one.group or one.id], plan) for one in context.services},
        folder=str(run),
        logs=str(instance.log),
        log_name="{id}.log",
        log=str(instance.log / "supervisor.log"),
        socket=str(instance.socket),
        wishes=str(run / "wishes.json"),
        outbox=str(run / "transitions"),
        hold=str(run / "supervisor.lock"),
        pid_file=str(run / "supervisor.pid"),
        mark=(MARK, str(instance.data)),
        inherits=True,
        transaction=TRANSACTION,
    )


def _programs(plan: Plan) -> dict[str, Program]:
    """What each service runs, by its id."""
    api = Program(name="api", module="barbican_like.cmd.api")
    worker = Program(
        name="worker", module="barbican_like.cmd.worker", count=lambda _conf: plan.workers, numbered=True
    )
    return {program.name: program for program in (api, worker, *rooms.programs())}


def _context(plan: Plan, programs: Mapping[str, Program]) -> Context:
    """The file's services, each as often as is wanted, then those programs that the file does not name."""
    instances = frozenset(map(_instance, programs))
    found = read_context(_FILE, coming=instances)
    named = {service.id for service in found.services}
    others = [_service(program) for name, program in programs.items() if name not in named]
    counts = {name: program.count(plan.conf) for name, program in programs.items()}
    services = [
        service if programs[service.id].numbered or counts[service.id] != 1 else replace(service, count="1")
        for service in (*found.services, *others)
    ]
    return replace(found, services=tuple(services)).counted({**counts, "workers": counts["worker"]})


def _service(program: Program) -> TaskService:
    return TaskService(
        id=program.name,
        instance=_instance(program.name),
        name=program.name,
        restart=Restart.PERMANENT,
        start_seconds=120.0,
        stop_seconds=float(program.stop_seconds),
        count=program.name,
    )


def _instance(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _command(program: Program, plan: Plan) -> Command:
    words = (sys.executable, "-P", "-m", program.module, *plan.arguments())
    return Command(words=words, environment=_KEEP_ENVIRONMENT)
