"""supervisord: its configuration, its start, and the calls over its own socket."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, cast
from xmlrpc.client import Fault, ServerProxy

from barbican_like import rooms
from barbican_like.cmd.supervise.instance import Instance, write_private
from barbican_like.common.errors import ConfigurationError
from barbican_like.room import Program

if TYPE_CHECKING:
    from barbican_like.cmd.supervise.settings import Plan

# Every process of an instance carries this variable with the data folder as its value, so that `stop`
# can tell them from all others even when supervisord itself is gone.
MARK = "BARBICAN_INSTANCE"
# granian gives its processes titles with setproctitle where that is installed, which then wipes out the
# environment that others can read, unless it is told to keep within the place of the command line.
_KEEP_ENVIRONMENT = {"SPT_NOENV": "1"}

_API = Program(name="api", module="barbican_like.cmd.api", stop_seconds=10)

# Names are relative to the run folder, where supervisord is started: a data folder's path may have characters
# that this format has a use for.
_HEAD = """\
; Made by `barbican.sh start`; the next start makes it anew.
[unix_http_server]
file = supervisord.sock
chmod = 0600

[supervisord]
pidfile = supervisord.pid
logfile = ../log/supervisord.log
logfile_maxbytes = 10MB
logfile_backups = 5
umask = 077
identifier = barbican

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# A program that ends within `startsecs` is tried again after 1, 2, 3 ... seconds, `startretries` times.
_PROGRAM = """
[program:{name}]
command = {command}
process_name = {process_name}
numprocs = {count}
numprocs_start = 1
autostart = true
autorestart = true
startsecs = 1
startretries = 10
stopsignal = TERM
stopwaitsecs = {stop_seconds}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = ../log/{process_name}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 5
"""


@dataclass(frozen=True, kw_only=True)
class ProgramState:
    """What supervisord says of one process it keeps."""

    name: str  # api, worker-1, worker-2 ...
    state: str  # STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL ... (supervisor.states)
    pid: int | None
    description: str  # supervisord's own words, such as an exit status

    @property
    def role(self) -> str:
        """``api`` or ``worker``."""
        return self.name.partition("-")[0]

    @property
    def has_failed(self) -> bool:
        """Whether it ended when it should not have."""
        return self.state in {"BACKOFF", "EXITED", "FATAL", "UNKNOWN"}


def configuration(plan: Plan) -> str:
    """The text of supervisord.conf for a plan."""
    text = _HEAD
    if os.geteuid() == 0:
        # Said outright, since supervisord warns of running as root by accident.
        text = text.replace("identifier = ", "user = root\nidentifier = ")
    worker = Program(
        name="worker", module="barbican_like.cmd.worker", count=lambda _conf: plan.workers, numbered=True
    )
    return text + "".join(_program(program, plan) for program in (_API, worker, *rooms.programs()))


def _program(program: Program, plan: Plan) -> str:
    """Its section; nothing where no process of it is wanted."""
    count = program.count(plan.conf)
    if not count:
        return ""
    words = [sys.executable, "-P", "-m", program.module, *plan.arguments()]
    return _PROGRAM.format(
        name=program.name,
        command=quoted(words),
        process_name=f"{program.name}-%(process_num)d" if program.numbered else program.name,
        count=count,
        stop_seconds=program.stop_seconds,
    )


def quoted(words: Sequence[str]) -> str:
    """Words as supervisord's configuration reads them back unchanged.

    It splits as a shell does, expands ``%(...)s``, and takes a ``;`` or ``#`` after a space for a comment,
    quoted or not; so the quotes are closed and opened again between the two.
    """
    line = shlex.join(words).replace("%", "%%")
    return line.replace(" ;", " '';").replace(" #", " ''#")


def launch(instance: Instance, plan: Plan) -> None:
    """Start supervisord, which puts itself into the background and starts the programs.

    :raises ConfigurationError: with supervisord's own words when it cannot.
    """
    write_private(instance.supervisord_conf, configuration(plan))
    command = [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", str(instance.supervisord_conf)]
    done = subprocess.run(  # noqa: S603 - our own interpreter and file
        command,
        cwd=instance.run,
        umask=0o077,  # supervisord makes its own log before it sets the one of its configuration
        env=os.environ | {MARK: str(instance.data)} | _KEEP_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise ConfigurationError(f"supervisord: {done.stdout.decode(errors='replace').strip()}")


class Supervisord:
    """Calls to the running supervisord of an instance (http://supervisord.org/api.html)."""

    def __init__(self, instance: Instance) -> None:
        # Here, not above: it takes as long to import as all the rest of a `stop` or `status`.
        from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415

        transport = SupervisorTransport(serverurl=f"unix://{instance.socket}")
        self._calls = cast("Any", ServerProxy("http://localhost", transport=transport)).supervisor

    def is_running(self) -> bool:
        """Whether it answers.

        :raises ConfigurationError: when its socket is not ours to use.
        """
        try:
            self._calls.getState()
        except PermissionError as error:
            raise ConfigurationError("you may not use the control socket of this instance") from error
        except (OSError, HTTPException):
            return False
        except Fault:
            return True  # it is shutting down, and says only that
        return True

    def pid(self) -> int:
        """Its own process id."""
        return int(self._calls.getPID())

    def programs(self) -> list[ProgramState]:
        """Every process it keeps, by name.

        :raises xmlrpc.client.Fault: while it shuts down.
        """
        states = [
            ProgramState(
                name=row["name"],
                state=row["statename"],
                pid=row["pid"] or None,
                description=row["description"],
            )
            for row in self._calls.getAllProcessInfo()
        ]
        return sorted(states, key=lambda state: state.name)

    def shut_down(self) -> None:
        """Ask it to end all it keeps and then itself; a second call while it does so changes nothing."""
        try:
            self._calls.shutdown()
        except Fault:
            # SHUTDOWN_STATE: it is at it already.
            return
