"""What REST does with contexts: it asks supervisors over their sockets, and knows no HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from barbican_like.common.errors import Conflict, InvalidInput, NotFound, Overloaded
from barbican_like.contexts.ask import NobodyAnswers, NotAllowed, ask
from barbican_like.contexts.launch import Launch
from barbican_like.contexts.monitor import answers
from barbican_like.contexts.places import Place

LOG_LINES: Final = 20
_LOG_BYTES: Final = 65_536
_ANSWER_SECONDS: Final = 5.0
_AWAY: Final = "the supervisor is away"
_MONITOR_AWAY: Final = "no monitor answers"


@dataclass(frozen=True, slots=True)
class Reached:
    """The provider that has a transaction, with what it says of it."""

    launch: Launch
    information: dict[str, Any]  # as the action request gives it

    def task(self, service_id: str) -> dict[str, Any]:
        """One of its services.

        :raises NotFound: when it has none of that id.
        """
        for task in self.information["tasks"]:
            if task["service_id"] == service_id:
                return dict(task)
        raise NotFound("Not Found. There is no such task service.")


class Providers:
    """The providers that an instance knows of."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = places

    def reach(self, transaction: str, *, is_known: bool) -> Reached:
        """Find who has a transaction.

        :param is_known: whether it has rows: then a provider that is away may have it.
        :raises NotFound: when nobody has it.
        :raises Overloaded: when nobody who answers has it, and somebody does not answer who may.
        """
        for launch in self._launches():
            try:
                said = self._ask(launch, {"action": "request", "transaction": transaction})
            except Overloaded:
                continue
            if said["header"]["result"] == "success":
                return Reached(launch, said["content"])
        if is_known:
            raise Overloaded(_AWAY)
        raise NotFound("Not Found. There is no such transaction.")

    def order(
        self, reached: Reached, transaction: str, action: str, task_id: str, wait: float | None
    ) -> dict[str, Any]:
        """Give a command; what the supervisor has acknowledged.

        :param wait: seconds until it must be done; None to be content when it is accepted.
        :raises NotFound: for an unknown service.
        :raises Conflict: when it is refused, fails, or is not done in time.
        :raises Overloaded: when the supervisor is away.
        """
        command = {"action": action, "transaction": transaction, "task_id": task_id, "wait": wait is not None}
        timeout = {} if wait is None else {"timeout": wait}
        said = self._ask(reached.launch, command | timeout)
        if said["header"]["result"] == "success":
            return said
        error, kind = said["content"]["error"], said["content"].get("kind")
        if kind == "unknown":
            raise NotFound(f"Not Found. {error}.")
        if kind == "usage":
            raise InvalidInput(error)
        raise Conflict(error)

    def history(self, reached: Reached, transaction: str, since: float) -> dict[str, Any]:
        """What the monitor remembers after a time.

        :raises Overloaded: when there is none.
        """
        question = {"ask": "history", "transaction": transaction, "since": since}
        return self._ask_monitor(reached.launch, question)

    def metrics(self) -> str:
        """The metrics of all contexts whose monitor answers."""
        texts = []
        for launch in self._launches():
            try:
                texts.append(str(self._ask_monitor(launch, {"ask": "metrics"})["text"]))
            except Overloaded:
                continue
        return "".join(texts)

    def log_lines(self, reached: Reached, transaction: str, service_id: str) -> list[str]:
        """The last lines of a service's log; none where there is none."""
        launch = reached.launch
        path = Path(launch.logs) / launch.log_name.format(transaction=transaction, id=service_id)
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - _LOG_BYTES))
                return file.read().decode(errors="replace").splitlines()[-LOG_LINES:]
        except OSError:
            return []

    def triggers(self, reached: Reached, service_id: str) -> dict[str, dict[str, str]]:
        """What a service's transitions do, by their names."""
        for service in reached.launch.context.services:
            if service.id == service_id:
                return {
                    on.value: {"action": trigger.action.value, "call": trigger.call}
                    for on, trigger in service.triggers.items()
                }
        return {}

    def _launches(self) -> Iterator[Launch]:
        for place in self._places:
            launch = place.launch()
            if launch is not None:
                yield launch

    @staticmethod
    def _ask(launch: Launch, command: dict[str, Any]) -> dict[str, Any]:
        try:
            return ask(Path(launch.socket), {"timeout": _ANSWER_SECONDS, **command})
        except (NobodyAnswers, NotAllowed, ValueError) as error:
            raise Overloaded(_AWAY) from error

    @staticmethod
    def _ask_monitor(launch: Launch, question: dict[str, Any]) -> dict[str, Any]:
        try:
            return answers.ask(answers.socket_beside(Path(launch.socket)), question)
        except (OSError, ValueError) as error:
            raise Overloaded(_MONITOR_AWAY) from error
