"""The supervisor of an instance: its start, and what is asked of it over its socket."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from barbican_like.cmd.supervise.instance import Instance
from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.ask import NobodyAnswers, NotAllowed, ask

if TYPE_CHECKING:
    from barbican_like.contexts.launch import Launch

# Every process of an instance carries this variable with the data folder as its value, so that `stop`
# can tell them from all others even when the supervisor itself is gone.
MARK: Final = "BARBICAN_INSTANCE"
TRANSACTION: Final = "BARBICAN000000000000"
LAUNCH_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.005
ANSWER_SECONDS: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """What the supervisor says of one service."""

    name: str  # api, worker-1, worker-2 ...
    state: str  # barbican_like.contexts.states.ServiceState
    pid: int | None
    detail: str  # how it ended last

    @property
    def role(self) -> str:
        """``api`` or ``worker``."""
        return self.name.partition("-")[0]

    @property
    def has_failed(self) -> bool:
        """Whether it ended when it should not have."""
        return self.state in {"BACKOFF", "EXITED", "FAILED", "FATAL"}


def command_line(instance: Instance) -> list[str]:
    """The words that run the supervisor."""
    return [sys.executable, "-P", "-m", "barbican_like.contexts", str(instance.launch_file)]


def launch(instance: Instance, wanted: Launch) -> None:
    """Start the supervisor in the background, which starts the services.

    :raises ConfigurationError: with its own words when it cannot.
    """
    wanted.write(instance.launch_file)
    log = os.open(wanted.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(log).st_size
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            command_line(instance),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=os.environ | dict([wanted.mark]),
        )
        supervisor = Supervisor(instance)
        deadline = time.monotonic() + LAUNCH_SECONDS
        while not supervisor.is_running():
            if process.poll() is not None or time.monotonic() > deadline:
                raise ConfigurationError(f"the supervisor did not start: {_words_since(wanted.log, size)}")
            time.sleep(POLL_SECONDS)
    finally:
        os.close(log)


def _words_since(log: str, size: int) -> str:
    with open(log, errors="replace") as file:  # noqa: PTH123
        file.seek(size)
        return " ".join(file.read().split()) or "it has said nothing"


class Supervisor:
    """Asks the running supervisor of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._socket = instance.socket

    def is_running(self) -> bool:
        """Whether it answers.

        :raises ConfigurationError: when its socket is not ours to use.
        """
        try:
            self._ask("request")
        except NobodyAnswers:
            return False
        return True

    def look(self) -> tuple[int, list[ServiceStatus]]:
        """Its own process id, and every service by name.

        :raises NobodyAnswers: when it does not run.
        """
        content = self._ask("request")["content"]
        services = sorted((_status(task) for task in content["tasks"]), key=lambda status: status.name)
        return int(content["pid"]), services

    def start(self, seconds: float) -> tuple[str, str]:
        """Wait until all services are ready; why they are not, and the service that has failed if one has.

        :return: two empty texts when they are.
        :raises NobodyAnswers: when it does not run any more.
        """
        acknowledgement = self._ask("start", timeout=seconds)
        return _fault(acknowledgement), acknowledgement["content"].get("service_id", "")

    def reload(self, name: str, seconds: float) -> str:
        """Replace services, or all, by fresh processes; why that did not work, or an empty text.

        :raises NobodyAnswers: when it does not run.
        """
        return _fault(self._ask("reload", name, timeout=seconds))

    def end(self, seconds: float) -> None:
        """Have it end all that it keeps, then itself; nothing when it does not run."""
        try:
            self._ask("exit", timeout=seconds)
        except NobodyAnswers:
            return

    def _ask(self, action: str, task_id: str = "all", timeout: float = ANSWER_SECONDS) -> dict[str, Any]:
        command = {"action": action, "transaction": TRANSACTION, "task_id": task_id, "timeout": timeout}
        try:
            return ask(self._socket, command)
        except NotAllowed as error:
            raise ConfigurationError("you may not use the control socket of this instance") from error


def _fault(acknowledgement: dict[str, Any]) -> str:
    is_done = acknowledgement["header"]["result"] == "success"
    return "" if is_done else str(acknowledgement["content"]["error"])


def _status(task: dict[str, Any]) -> ServiceStatus:
    code = task["exit_code"]
    ending = f"killed by signal {-code}" if code is not None and code < 0 else f"ended with code {code}"
    detail = "" if code is None else ending
    return ServiceStatus(name=task["service_id"], state=task["state"], pid=task["pid"], detail=detail)
