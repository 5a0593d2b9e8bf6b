"""What a context file says, as frozen values: a context and its task services.

Readers of files make them and have checked them; the supervisor gets them as JSON, so that it reads no XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Transition(StrEnum):
    """What happens to a service and may trigger something."""

    ON_START = "on_start"  # it is ready
    ON_UPDATE = "on_update"  # it said `updated`
    ON_EXIT = "on_exit"  # it ended by itself with code 0
    ON_FAIL = "on_fail"  # it ended in any other way, unasked


class TriggerAction(StrEnum):
    """What a trigger does with the service that it calls."""

    NONE = "none"
    START = "start"
    STOP = "stop"
    RESTART = "restart"


class ServiceType(StrEnum):
    """Where a service runs; threads of a transaction share one process."""

    PROCESS = "Process"
    THREAD = "Thread"


class Restart(StrEnum):
    """When a service that ended unasked is started again."""

    PERMANENT = "permanent"  # always
    TRANSIENT = "transient"  # when it failed
    TEMPORARY = "temporary"  # never


class Reload(StrEnum):
    """How a service is replaced."""

    RESTART = "restart"  # the old one ends, then the new one starts
    OVERLAP = "overlap"  # the new one is ready, then the old one ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One reaction to a transition."""

    action: TriggerAction
    call: str  # the id of the service that it is done to; its own is allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskService:
    """One task service of a context."""

    id: str  # unique in the context
    instance: str  # the class, without its prefix `Service`
    name: str  # service_name; several services may share one
    service_type: ServiceType = ServiceType.PROCESS
    topic: str = "process"
    description: str = ""
    header_action: str = ""  # message/header/action, as the file has it
    configuration: Mapping[str, str] = field(default_factory=dict)  # device_action, location, ...
    entry: Transition = Transition.ON_START  # state/@type: on_start means that a start of all starts it
    triggers: Mapping[Transition, Trigger] = field(default_factory=dict)  # without those that do nothing
    restart: Restart = Restart.TRANSIENT
    max_restarts: int = 5  # unexpected ends in a period; one more is FATAL
    period: float = 30.0  # seconds, of those in which it was RUNNING
    start_seconds: float = 30.0  # until it must be ready
    stop_seconds: float = 10.0  # until it must have ended
    watchdog_seconds: float = 0.0  # the longest silence; 0 for any
    memory_mib: int | None = None  # resident, of all its processes; None for any
    depends_on: tuple[str, ...] = ()  # ids that are ready before it starts
    reload: Reload = Reload.RESTART
    count: str = "1"  # a number, or the name of one in the plan of its instance
    group: str = ""  # the id in the file, where the count has made several of one; else empty

    @property
    def device_action(self) -> str:
        """Tells the messages of this service from those of others of its name."""
        return self.configuration.get("device_action", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One context file."""

    name: str  # of the file: Context-<name>.xml
    front_endpoint: str  # where subscribers connect: tcp://ip:sub_port
    back_endpoint: str  # where publishers connect: tcp://ip:pub_port
    front_bind: str
    back_bind: str
    context_id: str = "context001"
    log_name: str = ""  # TaskLogName
    monitor_period: float = 5.0  # seconds
    services: tuple[TaskService, ...] = ()  # in the order of the file

    def counted(self, counts: Mapping[str, int]) -> Context:
        """This context with each service as often as its count says.

        A count of ``1`` leaves a service as it is; any other makes ``id-1``, ``id-2`` ... of it, none for 0.
        What depended on it, or called it, then means all of them.

        :param counts: what the names of counts stand for.
        :raises KeyError: for a name that is not among them.
        """
        members = {service.id: _members(service, counts) for service in self.services}
        services = [
            replace(one, depends_on=tuple(m.id for name in one.depends_on for m in members[name]))
            for service in self.services
            for one in members[service.id]
        ]
        return replace(self, services=tuple(services))

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def context_from_json(value: Mapping[str, Any]) -> Context:
    """What :meth:`Context.as_json` gave."""
    services = tuple(service_from_json(service) for service in value["services"])
    return Context(**{**value, "services": services})


def service_from_json(value: Mapping[str, Any]) -> TaskService:
    """What one of the services of :meth:`Context.as_json` was."""
    triggers = {
        Transition(on): Trigger(action=TriggerAction(trigger["action"]), call=trigger["call"])
        for on, trigger in value["triggers"].items()
    }
    made: dict[str, Any] = {
        **value,
        "triggers": triggers,
        "service_type": ServiceType(value["service_type"]),
        "entry": Transition(value["entry"]),
        "restart": Restart(value["restart"]),
        "reload": Reload(value["reload"]),
        "depends_on": tuple(value["depends_on"]),
    }
    return TaskService(**made)


def _members(service: TaskService, counts: Mapping[str, int]) -> list[TaskService]:
    if service.count == "1":
        return [service]
    number = int(service.count) if service.count.isdigit() else counts[service.count]
    return [
        replace(service, id=f"{service.id}-{position}", group=service.id, count="1")
        for position in range(1, number + 1)
    ]
