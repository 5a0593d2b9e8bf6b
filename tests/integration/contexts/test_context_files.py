"""A context file is read whole, or refused in milliseconds with file, line and element."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts.definition import Restart, Trigger, TriggerAction
from barbican_like.contexts.files.context import read_context
from barbican_like.contexts.files.document import LARGEST
from tests.support.contexts.files import ONE_SERVICE, one_service

BOMB = '<!DOCTYPE Context [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
BOMB += "]>\n"
EXTERNAL = '<!DOCTYPE Context [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'


def refusal(file: Path) -> str:
    """Why a file is refused, and that this costs little."""
    began = time.process_time()
    with pytest.raises(ConfigurationError) as caught:
        read_context(file)
    assert time.process_time() - began < 1
    return caught.value.message


def test_a_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    """What the file says and what it leaves out are both in the value."""
    context = read_context(one_service(tmp_path))
    assert (context.name, context.context_id, context.log_name) == ("One", "context001", "One")
    assert context.front_bind == "tcp://127.0.0.1:5557"
    assert context.back_bind == "tcp://127.0.0.1:5556"
    (echo,) = context.services
    assert (echo.id, echo.instance, echo.name, echo.device_action) == ("ts_100", "Echo", "echo", "shout")
    assert echo.triggers == {"on_fail": Trigger(action=TriggerAction.RESTART, call="ts_100")}
    assert (echo.restart, echo.max_restarts, echo.stop_seconds) == (Restart.TRANSIENT, 5, 10)


def test_the_order_of_the_file_is_kept_with_comments_between(tmp_path: Path) -> None:
    """Comments and instructions, before the root and inside, are no elements."""
    text = ONE_SERVICE.replace("<Context>", "<!-- <!DOCTYPE no> -->\n<?some thing?>\n<Context>")
    text = text.replace("<configuration>", "<configuration><!-- none -->")
    assert read_context(one_service(tmp_path, text)).services[0].configuration == {"device_action": "shout"}


@pytest.mark.parametrize("doctype", [BOMB, EXTERNAL, "<!DOCTYPE Context>"])
@pytest.mark.parametrize("before", ["", "<!-- a -->", "<?a b?>\n"])
def test_a_document_type_is_refused(tmp_path: Path, doctype: str, before: str) -> None:
    """Entities, bombs and DTDs need one; whatever stands before it, its line is named."""
    xml, _, rest = ONE_SERVICE.partition("\n")
    file = one_service(tmp_path, f"{xml}\n{before}{doctype}{rest.replace('Echoes', '&x;')}")
    line = 2 + before.count("\n")
    assert refusal(file) == f"{file}:{line}: element DOCTYPE: no document type is allowed"


def test_a_file_of_two_mebibytes_is_refused(tmp_path: Path) -> None:
    """It is not even parsed."""
    file = one_service(tmp_path, ONE_SERVICE.replace("Echoes", "x" * 2 * LARGEST))
    assert refusal(file) == f"{file}:1: element document: larger than 1048576 bytes"


@pytest.mark.timed
def test_a_megabyte_of_comments_or_services_is_read_quickly(tmp_path: Path) -> None:
    """Nothing here takes time that grows with the square of the file."""
    file = one_service(
        tmp_path, ONE_SERVICE.replace("<Context>", "<!---->\n" * 60_000 + "<Context nonsense=''>")
    )
    assert refusal(file).startswith(f"{file}:60002: element Context: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "element", "what"),
    [
        ('id="ts_100"', 'id="../x"', 9, "TaskService", "attribute 'id'"),
        ('instance="Echo"', 'instance="../Echo"', 9, "TaskService", "attribute 'instance'"),
        ('instance="Echo"', 'instance="Nobody"', 9, "TaskService", "no class: Nobody"),
        ('topic="process"', 'max_restarts="-1"', 9, "TaskService", "attribute 'max_restarts'"),
        ('topic="process"', 'stop_seconds="soon"', 9, "TaskService", "attribute 'stop_seconds'"),
        ('topic="process"', 'memory_mib="0"', 9, "TaskService", "attribute 'memory_mib'"),
        ('topic="process"', 'restart="always"', 9, "TaskService", "attribute 'restart'"),
        ('topic="process"', 'colour="red"', 9, "TaskService", "attribute 'colour'"),
        ('topic="process"', 'count="1001"', 9, "TaskService", "count 1001 is more than 1000"),
        (
            'topic="process"',
            'depends_on="ts_7"',
            9,
            "TaskService",
            "depends_on ts_7: there is no such service",
        ),
        ('topic="process"', 'depends_on="ts_100"', 9, "TaskService", "depends_on: a ring among ts_100"),
        ('type="on_start"', 'type="on_monday"', 16, "state", "attribute 'type'"),
        ("<action>restart", "<action>explode", 17, "action", "[facet 'enumeration']"),
        ("<call>ts_100", "<call>ts_7", 17, "call", "there is no service 'ts_7'"),
        ("<call>ts_100", "<call>", 17, "call", "restart needs a service to call"),
        ("tcp://127.0.0.1:5556", "http://127.0.0.1:5556", 3, "FrontEndEndpoint", "[facet 'pattern']"),
        ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:99999", 3, "FrontEndEndpoint", "99999 is no port"),
        ("tcp://127.0.0.1:5557", "tcp://*:5557", 4, "BackendEndpoint", "needs a host"),
        ("tcp://*:5557", "tcp://*:5558", 5, "FrontBind", "tcp://*:5558 is not where"),
        ("<ContextID>context001", "<ContextID>..", 7, "ContextID", "[facet 'pattern']"),
        ("<TaskLogName>One</TaskLogName>", "", 9, "TaskService", "This element is not expected"),
        ("shout</", "<b/></", 14, "device_action", "only text is allowed"),
        ("device_action>", "service>", 14, "service", "not allowed in a configuration"),
        ("device_action>", "environment.A-B>", 14, "environment.A-B", "no name for an environment variable"),
        (
            "shout</device_action>",
            "</device_action><location>/tmp</location>",
            14,
            "location",
            "services are in ",
        ),
        (
            "shout</device_action>",
            "</device_action><location>/a/../b</location>",
            14,
            "location",
            "has '..' in it",
        ),
        ("shout</device_action>", "</device_action><device_action/>", 14, "device_action", "a second time"),
        ("Echoes", "a & b", 11, "description", "EntityRef"),
        ("Echoes", "&lol;", 11, "description", "Entity 'lol' not defined"),
        ("</message>", "</massage>", 15, "massage", "tag mismatch"),
        ("</Context>", "", 22, "Context", "Premature end"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, old: str, new: str, line: int, element: str, what: str
) -> None:
    """FILE:LINE: element NAME: what."""
    assert old in ONE_SERVICE
    file = one_service(tmp_path, ONE_SERVICE.replace(old, new))
    found = refusal(file)
    assert found.startswith(f"{file}:{line}: element {element}: "), found
    assert what in found


def test_two_services_may_not_have_one_id(tmp_path: Path) -> None:
    """The second one is named."""
    begin, end = ONE_SERVICE.index("  <TaskService"), ONE_SERVICE.index("</Context>")
    file = one_service(tmp_path, ONE_SERVICE[:end] + ONE_SERVICE[begin:])
    assert refusal(file).startswith(f"{file}:21: element TaskService: Duplicate key-sequence ['ts_100']")


@pytest.mark.parametrize("text", ["", "no xml at all", "<Other/>", "\0", "<Context>"])
def test_what_is_no_context_is_refused(tmp_path: Path, text: str) -> None:
    """Whatever a file holds, the answer is one line."""
    file = one_service(tmp_path, text)
    assert refusal(file).startswith(f"{file}:1: element ")
    assert "\n" not in refusal(file)


def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    """Another encoding could hide a document type."""
    file = one_service(tmp_path)
    file.write_bytes(b"<?xml version='1.0' encoding='UTF-16'?>\n\xff\xfe<\0!\0")
    assert refusal(file) == f"{file}:2: element document: not in UTF-8"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, a missing file: one line each."""
    assert refusal(tmp_path) == f"{tmp_path}: this is not a file"
    assert refusal(tmp_path / "none") == f"{tmp_path / 'none'}: cannot be read: No such file or directory"


@pytest.mark.parametrize("what", ["folder", "Services", "file"])
def test_code_that_others_can_write_is_refused(tmp_path: Path, what: str) -> None:
    """The folder of services, a service's folder, its files."""
    file = one_service(tmp_path)
    services = tmp_path / "Services"
    path = {"Services": services, "folder": services / "Echo", "file": services / "Echo/ServiceEcho.py"}[what]
    path.chmod(0o775)
    assert refusal(file).endswith(f"{path} can be written by others than its owner")


def test_code_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Nothing outside the one folder is imported."""
    file = one_service(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "Services/Echo").rename(elsewhere)
    (tmp_path / "Services/Echo").symlink_to(elsewhere)
    assert refusal(file).endswith("Services/Echo is a link")
