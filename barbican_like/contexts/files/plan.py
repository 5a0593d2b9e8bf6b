"""What the generator makes: a plan, from a file ``MetaServiceConf`` or from the options of one command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from barbican_like.contexts.files.document import Document, children, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

TRIGGERS: Final = ("on_start", "on_update", "on_fail", "on_exit")
LOOPED: Final = "Looped"
SINGLE: Final = "Single"
DEFAULT_CONTEXT_ID: Final = "context001"

_CONTEXT_NEEDS: Final = ("context_name", "server_ip", "sub_port", "pub_port", "service_path")
_SERVICE_NEEDS: Final = (
    *("task_service", "task_class", "task_desc", "service_name", "task_id", "device_action"),
    *("task_topic", "entry_action"),
)
_UNPRINTABLE: Final = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a trigger does: nothing, or an action on another service."""

    action: str = ""  # start | stop | restart; empty for none
    call: str = ""  # the id of the service that it acts on; empty for none


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePlan:
    """One task service to make."""

    task_service: str  # its folder, and the instance in the context file
    task_class: str
    description: str
    service_name: str
    task_id: str
    device_action: str
    topic: str = "process"
    entry_action: str = "on_start"
    task_type: str = LOOPED
    reactions: Mapping[str, Reaction] = field(default_factory=dict)  # by the names in TRIGGERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A context and the services that are to be in it."""

    service_path: Path  # absolute, there
    context_name: str
    context_id: str
    server_ip: str  # as in an endpoint, an IPv6 address in brackets
    sub_port: int
    pub_port: int
    services: tuple[ServicePlan, ...]

    @property
    def services_folder(self) -> Path:
        """Where the code of all services is."""
        return self.service_path / "Services"

    @property
    def context_file(self) -> Path:
        """The file that the services stand in."""
        return self.service_path / "Conf" / f"Context-{self.context_name}.xml"


def fault_of_path(path: str) -> str | None:
    """What is wrong with a path that somebody gave: None for an absolute one without ``..``."""
    if not path.startswith("/"):
        return f"{path!r} is not an absolute path"
    if ".." in PurePosixPath(path).parts:
        return f"{path!r} has '..' in it"
    return None


def fault_of_description(text: str) -> str | None:
    """What is wrong with a description: None for one that XML can hold."""
    return "it has a character that XML cannot hold" if _UNPRINTABLE.search(text) else None


def read_plan(path: Path) -> Plan:
    """A plan from a file.

    :raises ConfigurationError: naming file, line and element of what is wrong.
    """
    document = Document(path, "services.xsd")
    root = document.root
    said = _once(document, root, skip="Service", needs=_CONTEXT_NEEDS)
    services = [_service(document, element) for element in root.findall("Service")]
    _require_known(document, {plan.task_id for plan in services})
    folder = _folder(document, said["service_path"])
    plan = Plan(
        service_path=folder,
        context_name=text_of(said["context_name"]),
        context_id=text_of(said.get("context_id")) or DEFAULT_CONTEXT_ID,
        server_ip=text_of(said["server_ip"]),
        sub_port=int(text_of(said["sub_port"])),
        pub_port=int(text_of(said["pub_port"])),
        services=tuple(services),
    )
    _require_locations(document, plan)
    return plan


def _once(document: Document, parent: Element, *, skip: str, needs: tuple[str, ...]) -> dict[str, Element]:
    """The elements of a parent by name, each of which may stand there once."""
    found: dict[str, Element] = {}
    for element in children(parent):
        name = str(element.tag)
        if name == skip:
            continue
        if name in found:
            raise document.fault(element, "stands here for a second time")
        found[name] = element
    missing = [name for name in needs if name not in found]
    if missing:
        raise document.fault(parent, f"has no {missing[0]}")
    return found


def _service(document: Document, element: Element) -> ServicePlan:
    said = _once(document, element, skip="state", needs=_SERVICE_NEEDS)
    wrong = fault_of_description(text_of(said["task_desc"]))
    if wrong:
        raise document.fault(said["task_desc"], wrong)
    return ServicePlan(
        task_service=text_of(said["task_service"]),
        task_class=text_of(said["task_class"]),
        description=text_of(said["task_desc"]),
        service_name=text_of(said["service_name"]),
        task_id=text_of(said["task_id"]),
        device_action=text_of(said["device_action"]),
        topic=text_of(said["task_topic"]),
        entry_action=text_of(said["entry_action"]),
        task_type=element.get("task_type", LOOPED),
        reactions=_reactions(document, element),
    )


def _reactions(document: Document, service: Element) -> dict[str, Reaction]:
    found: dict[str, Reaction] = {}
    for state in service.findall("state"):
        trigger = text_of(state.find("trigger"))
        if trigger in found:
            raise document.fault(state, f"{trigger} stands here for a second time")
        action, call = text_of(state.find("action")), text_of(state.find("state_id"))
        action = "" if action == "none" else action
        if action and not call:
            raise document.fault(state, f"{action} needs a state_id")
        found[trigger] = Reaction(action=action, call=call if action else "")
    return found


def _require_known(document: Document, ids: set[str]) -> None:
    for state in document.root.iter("state"):
        element = state.find("state_id")
        if element is not None and text_of(element) not in {"", *ids}:
            raise document.fault(element, f"there is no service {text_of(element)!r}")


def _folder(document: Document, element: Element) -> Path:
    text = text_of(element)
    wrong = fault_of_path(text)
    if wrong is None and not Path(text).is_dir():
        wrong = f"{text!r} is not a folder"
    if wrong is not None:
        raise document.fault(element, wrong)
    return Path(text)


def _require_locations(document: Document, plan: Plan) -> None:
    for element in document.root.iter("location"):
        text = text_of(element)
        wrong = fault_of_path(text)
        if wrong is None and Path(text) != plan.services_folder:
            wrong = f"services are in {plan.services_folder}, not in {text}"
        if wrong is not None:
            raise document.fault(element, wrong)
