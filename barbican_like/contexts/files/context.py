"""Reads a context file: what it says becomes a :class:`Context`, or an error names file, line and element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from barbican_like.contexts import classes
from barbican_like.contexts.definition import (
    Context,
    Reload,
    Restart,
    ServiceType,
    TaskService,
    Transition,
    Trigger,
    TriggerAction,
)
from barbican_like.contexts.endpoints import host_and_port
from barbican_like.contexts.files.document import Document, children, text_of
from barbican_like.contexts.files.plan import fault_of_path

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

LARGEST_COUNT: Final = 1000
"""Services that one of a file may stand for."""
_LAST_PORT: Final = 65535
_FILE_NAME: Final = re.compile(r"Context-(?P<name>.+)")
_KEY: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,127}")
_VARIABLE: Final = re.compile(r"environment\.[A-Za-z_][A-Za-z0-9_]*")
_OWN_ARGUMENTS: Final = frozenset({"self", "service"})
"""What the constructor of every task is given besides its configuration."""


def read_context(path: Path, *, text: str | None = None, coming: frozenset[str] = frozenset()) -> Context:
    """Read a context file and check all that can be checked before anything is started.

    :param text: what the file will hold, for one that is only about to be written.
    :param coming: instances whose code is about to be written.
    :raises ConfigurationError: ``FILE:LINE: element NAME: what``.
    """
    document = Document(path, "context.xsd", text)
    root = document.root
    services = {str(element.get("id")): element for element in root.findall("TaskService")}
    front, back = _endpoint(document, "FrontEndEndpoint"), _endpoint(document, "BackendEndpoint")
    found = Context(
        name=_name(path),
        front_endpoint=front,
        back_endpoint=back,
        front_bind=_bind(document, "FrontBind", back),
        back_bind=_bind(document, "BackendBind", front),
        context_id=text_of(root.find("ContextID")),
        log_name=text_of(root.find("TaskLogName")),
        monitor_period=float(text_of(root.find("MonitorPeriod")) or 5),
        services=tuple(
            _Reader(document, services, element, coming).service() for element in services.values()
        ),
    )
    _refuse_rings(document, services, {service.id: service.depends_on for service in found.services})
    return found


class _Reader:
    """One ``TaskService`` of a file."""

    def __init__(
        self, document: Document, services: Mapping[str, Element], element: Element, coming: frozenset[str]
    ) -> None:
        self._document = document
        self._known = services
        self._element = element
        self._coming = coming
        self._folder = classes.services_folder(document.path)

    def service(self) -> TaskService:
        """What it says."""
        said = self._element
        task = _part(said, "Task")
        header, content = _part(task, "message/header"), _part(task, "message/content/configuration")
        memory = said.get("memory_mib")
        return TaskService(
            id=str(said.get("id")),
            instance=self._instance(),
            name=text_of(header.find("service_name")),
            service_type=ServiceType(said.get("serviceType", ServiceType.PROCESS)),
            topic=said.get("topic", "process"),
            description=text_of(task.find("description")),
            header_action=text_of(header.find("action")),
            configuration=self._configuration(content),
            entry=Transition(_part(task, "state").get("type", Transition.ON_START)),
            triggers=self._triggers(_part(task, "state")),
            restart=Restart(said.get("restart", Restart.TRANSIENT)),
            max_restarts=int(said.get("max_restarts", 5)),
            period=float(said.get("period", 30)),
            start_seconds=float(said.get("start_seconds", 30)),
            stop_seconds=float(said.get("stop_seconds", 10)),
            watchdog_seconds=float(said.get("watchdog_seconds", 0)),
            memory_mib=None if memory is None else int(memory),
            depends_on=self._depends_on(),
            reload=Reload(said.get("reload", Reload.RESTART)),
            count=self._count(),
        )

    def _instance(self) -> str:
        instance = str(self._element.get("instance"))
        if instance not in self._coming:
            fault = classes.fault_of_instance(self._folder, instance)
            if fault is not None:
                raise self._document.fault(self._element, fault)
        return instance

    def _count(self) -> str:
        count = self._element.get("count", "1")
        if count.isdigit() and int(count) > LARGEST_COUNT:
            raise self._document.fault(self._element, f"count {count} is more than {LARGEST_COUNT}")
        return count

    def _depends_on(self) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(self._element.get("depends_on", "").split()))
        for id in ids:
            if id not in self._known:
                raise self._document.fault(self._element, f"depends_on {id}: there is no such service")
        return ids

    def _triggers(self, state: Element) -> dict[Transition, Trigger]:
        found = {}
        for element in children(state):
            action, call = text_of(element.find("action")), text_of(element.find("call"))
            if action in {"", TriggerAction.NONE}:
                continue
            if call not in self._known:
                what = f"there is no service {call!r}" if call else f"{action} needs a service to call"
                raise self._document.fault(_part(element, "call"), what)
            found[Transition(str(element.tag))] = Trigger(action=TriggerAction(action), call=call)
        return found

    def _configuration(self, configuration: Element) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in children(configuration):
            fault = self._fault_of_entry(element, found)
            if fault is not None:
                raise self._document.fault(element, fault)
            found[str(element.tag)] = text_of(element)
        return found

    def _fault_of_entry(self, element: Element, before: Mapping[str, str]) -> str | None:
        name, text = str(element.tag), text_of(element)
        if len(element):
            return "only text is allowed in here"
        if not _KEY.fullmatch(name) or name in _OWN_ARGUMENTS:
            return "this name is not allowed in a configuration"
        if name in before:
            return "stands here for a second time"
        if name.startswith("environment.") and not _VARIABLE.fullmatch(name):
            return "this is no name for an environment variable"
        if name.startswith("secret.") and not text:
            return "names no secret"
        return self._fault_of_location(text) if name == "location" else None

    def _fault_of_location(self, text: str) -> str | None:
        fault = fault_of_path(text)
        if fault is None and Path(text).resolve() != self._folder:
            return f"services are in {self._folder}, not in {text}"
        return fault


def _name(path: Path) -> str:
    found = _FILE_NAME.fullmatch(path.stem)
    return found["name"] if found else path.stem


def _part(element: Element, path: str) -> Element:
    """A part that the schema requires."""
    found = element.find(path)
    assert found is not None  # noqa: S101 - the schema has seen it
    return found


def _endpoint(document: Document, name: str) -> str:
    element = _part(document.root, name)
    text = text_of(element)
    host, port = host_and_port(text)
    if host == "*":
        raise document.fault(element, "an endpoint needs a host to connect to")
    if port is not None and not 1 <= port <= _LAST_PORT:
        raise document.fault(element, f"{port} is no port")
    return text


def _bind(document: Document, name: str, endpoint: str) -> str:
    """The address to bind; ``*`` means the host of the endpoint that leads to it.

    :raises ConfigurationError: when it is not where that endpoint leads to.
    """
    element = _part(document.root, name)
    text = text_of(element)
    host, port = host_and_port(text)
    if port != host_and_port(endpoint)[1] or (port is None and text != endpoint):
        raise document.fault(element, f"{text} is not where {endpoint} leads to")
    return endpoint if host == "*" else text


def _refuse_rings(
    document: Document, elements: Mapping[str, Element], needs: Mapping[str, tuple[str, ...]]
) -> None:
    """Take away what waits for nothing, again and again; who is left waits for itself."""
    left = dict(needs)
    while free := [id for id, before in left.items() if not any(other in left for other in before)]:
        for id in free:
            del left[id]
    if left:
        names = ", ".join(left)
        raise document.fault(elements[next(iter(left))], f"depends_on: a ring among {names}")
