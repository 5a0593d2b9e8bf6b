"""A context file as the generator writes it: a new one, or services added to one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.files.document import Document, text_of
from barbican_like.contexts.files.plan import TRIGGERS, Plan, Reaction, ServicePlan

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def new_context(plan: Plan) -> str:
    """The text of a context file with the plan's services."""
    root = etree.Element("Context")
    for name, text in _head(plan).items():
        etree.SubElement(root, name).text = text
    root.extend([_task_service(plan, service) for service in plan.services])
    etree.indent(root)
    return _text(root)


def context_with(plan: Plan, document: Document) -> str | None:
    """A context file that is there, with the services of the plan that it lacks; None if it has all.

    :raises ConfigurationError: when it is another context, or an id stands there for another instance.
    """
    for name, wanted in _head(plan).items():
        element = document.root.find(name)
        if element is not None and text_of(element) != wanted:
            raise document.fault(element, f"is {text_of(element)} here, and {wanted} was asked for")
    there = {str(element.get("id")): element for element in document.root.findall("TaskService")}
    missing = []
    for service in plan.services:
        element = there.get(service.task_id)
        if element is None:
            missing.append(service)
        elif element.get("instance") != service.task_service:
            raise document.fault(
                element, f"id {service.task_id} is taken by instance {element.get('instance')}"
            )
    for service in missing:
        _append(document.root, _task_service(plan, service))
    return _text(document.root) if missing else None


def _head(plan: Plan) -> dict[str, str]:
    subscribers, publishers = plan.sub_port, plan.pub_port
    return {
        "FrontEndEndpoint": f"tcp://{plan.server_ip}:{subscribers}",
        "BackendEndpoint": f"tcp://{plan.server_ip}:{publishers}",
        "FrontBind": f"tcp://*:{publishers}",
        "BackendBind": f"tcp://*:{subscribers}",
        "ContextID": plan.context_id,
        "TaskLogName": plan.context_name,
    }


def _task_service(plan: Plan, service: ServicePlan) -> Element:
    element = etree.Element(
        "TaskService",
        id=service.task_id,
        instance=service.task_service,
        serviceType="Process",
        topic=service.topic,
    )
    task = etree.SubElement(element, "Task")
    etree.SubElement(task, "description").text = service.description
    message = etree.SubElement(task, "message")
    header = etree.SubElement(message, "header")
    etree.SubElement(header, "action").text = "start"
    etree.SubElement(header, "service_name").text = service.service_name
    configuration = etree.SubElement(etree.SubElement(message, "content"), "configuration")
    etree.SubElement(configuration, "device_action").text = service.device_action
    etree.SubElement(configuration, "location").text = str(plan.services_folder)
    state = etree.SubElement(task, "state", type=service.entry_action)
    for trigger in TRIGGERS:
        reaction = service.reactions.get(trigger, Reaction())
        said = etree.SubElement(state, trigger)
        etree.SubElement(said, "action").text = reaction.action or None
        etree.SubElement(said, "call").text = reaction.call or None
    return element


def _append(root: Element, element: Element) -> None:
    """Add it behind the last one, with the blanks that a person would put there."""
    etree.indent(element, level=1)
    last = root[-1]
    element.tail = last.tail
    last.tail = "\n  "
    root.append(element)


def _text(root: Element) -> str:
    tree = root.getroottree()
    text = etree.tostring(tree, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text.rstrip()}\n'


def require_one_class(plan: Plan) -> None:
    """Do nothing when all services of one instance have the same class.

    :raises ConfigurationError: naming the instance that has two.
    """
    classes: dict[str, tuple[str, str]] = {}
    for service in plan.services:
        wanted = (service.task_class, service.task_type)
        if classes.setdefault(service.task_service, wanted) != wanted:
            raise ConfigurationError(f"task_service {service.task_service} is to have two classes")
