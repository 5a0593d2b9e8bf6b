"""create_service makes what it is asked for, adds to what is there, and leaves nothing where it refuses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from barbican_like.cmd.create_service import main
from barbican_like.contexts.definition import Context, Transition, Trigger, TriggerAction
from barbican_like.contexts.files.context import read_context
from tests.support.contexts.files import document_sample, state

NASTY = 'An "echo" <b>&amp;</b> \\ """ {x} $y é\nof two lines'


def words(folder: Path, **changed: str | None) -> list[str]:
    """The document's command line; None takes an option away."""
    said: dict[str, str | None] = {
        "service_path": str(folder),
        "task_service": "EchoAction",
        "task_class": "EchoShouting",
        "task_desc": "An echo action is for shouting the time after counting 10s",
        "context_name": "EchoAction",
        "service_name": "echo_action",
        "server_ip": "127.0.0.1",
        "sub_port": "5556",
        "pub_port": "5557",
        "task_id": "ts_100",
        "device_action": "shout",
        **changed,
    }
    return [f"--{name}={value}" for name, value in said.items() if value is not None]


def context(folder: Path, name: str = "EchoAction") -> Context:
    """What the file says that was made."""
    return read_context(folder / f"Conf/Context-{name}.xml")


def files(folder: Path) -> dict[str, str]:
    """All that is in a folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


MADE = [
    "Services/EchoAction/__init__.py",
    "Services/EchoAction/ServiceEchoAction.py",
    "Services/EchoAction/EchoAction.py",
    "Tests/conftest.py",
    "Tests/test_EchoAction.py",
    "Conf/Context-EchoAction.xml",
]


def test_the_documents_command_makes_the_documents_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The three code files, a test, and the context file; each is named in a line."""
    assert main(words(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines() == [f"made {tmp_path / name}" for name in MADE]
    (echo,) = context(tmp_path).services
    assert (echo.id, echo.instance, echo.name, echo.device_action) == (
        *("ts_100", "EchoAction", "echo_action", "shout"),
    )
    assert echo.configuration["location"] == str(tmp_path / "Services")


def test_made_again_all_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code that somebody has changed meanwhile too."""
    main(words(tmp_path))
    (tmp_path / MADE[2]).write_text("mine\n")
    before = files(tmp_path)
    capsys.readouterr()
    assert main(words(tmp_path)) == 0
    assert capsys.readouterr().out.splitlines() == [f"kept {tmp_path / name}" for name in MADE]
    assert files(tmp_path) == before


def test_a_second_service_is_added_and_what_people_wrote_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments, order and blanks of the context file are theirs."""
    main(words(tmp_path))
    file = tmp_path / "Conf/Context-EchoAction.xml"
    file.write_text(file.read_text().replace("  <TaskService", "  <!-- mine -->\n  <TaskService"))
    before = file.read_text()
    assert main(words(tmp_path, task_service="Second", task_id="ts_101", task_type="Single")) == 0
    assert f"added to {file}" in capsys.readouterr().out
    assert file.read_text().startswith(before.removesuffix("</Context>\n"))
    assert [service.id for service in context(tmp_path).services] == ["ts_100", "ts_101"]
    assert "SingleTask" in (tmp_path / "Services/Second/Second.py").read_text()


def test_a_description_reaches_code_and_xml_as_it_is(tmp_path: Path) -> None:
    """No quote, bracket, backslash or dollar of it becomes anything else."""
    assert main(words(tmp_path, task_desc=NASTY)) == 0
    assert context(tmp_path).services[0].description == NASTY
    tree = ast.parse((tmp_path / MADE[2]).read_text())
    found = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    assert found["description"] == NASTY


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"task_service": "Other"}, "element TaskService: id ts_100 is taken by instance EchoAction"),
        ({"pub_port": "5558"}, "tcp://127.0.0.1:5557 here, and tcp://127.0.0.1:5558 was asked for"),
        ({"context_id": "c2"}, "element ContextID: is context001 here, and c2 was asked for"),
        ({"task_service": "class", "task_id": "x"}, "'class': Python or the generated code"),
        ({"task_service": "__init__", "task_id": "x"}, "'__init__': Python or the generated code"),
        ({"task_service": "New", "task_id": "x", "task_class": "LoopedTask"}, "'LoopedTask': Python or"),
        ({"task_service": "New", "task_id": "x", "task_class": "ServiceNew"}, "the service's own class"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], reason: str
) -> None:
    """Exit code 1, one line, and every file as it was."""
    main(words(tmp_path))
    before = files(tmp_path)
    capsys.readouterr()
    assert main(words(tmp_path, **changed)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert len(err.splitlines()) == 1
    assert files(tmp_path) == before
    assert not (tmp_path / "Services" / changed.get("task_service", "none")).exists()


@pytest.mark.parametrize(
    ("changed", "option"),
    [
        ({"service_path": "relative"}, "--service_path"),
        ({"service_path": "/nowhere/at/all"}, "--service_path"),
        ({"service_path": "/tmp/../tmp"}, "--service_path"),
        ({"task_service": "../x"}, "--task_service"),
        ({"task_service": "9x"}, "--task_service"),
        ({"task_class": "a-b"}, "--task_class"),
        ({"task_desc": "\x07"}, "--task_desc"),
        ({"context_name": ".."}, "--context_name"),
        ({"service_name": "a b"}, "--service_name"),
        ({"server_ip": "a b"}, "--server_ip"),
        ({"sub_port": "0"}, "--sub_port"),
        ({"pub_port": "65536"}, "--pub_port"),
        ({"task_id": ""}, "--task_id"),
        ({"task_id": None}, "--task_id"),
        ({"device_action": None}, "--device_action"),
        ({"entry_action": "on_monday"}, "--entry_action"),
        ({"task_type": "Often"}, "--task_type"),
        ({"xml_file": "x.xml"}, "--xml_file"),
    ],
)
def test_options_that_are_wrong_are_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str | None], option: str
) -> None:
    """Exit code 2, the option named, nothing made."""
    with pytest.raises(SystemExit) as ended:
        main(words(tmp_path, **changed))
    assert ended.value.code == 2
    assert option in capsys.readouterr().err
    assert files(tmp_path) == {}


def plan_file(folder: Path, text: str) -> Path:
    """A MetaServiceConf in a file."""
    path = folder / "Services-StateMachine.xml"
    path.write_text(text)
    return path


def test_the_documents_sample_makes_four_services(tmp_path: Path) -> None:
    """Once its stray end tags are mended."""
    file = plan_file(tmp_path, document_sample(tmp_path, mended=True))
    assert main([f"--xml_file={file}"]) == 0
    made = context(tmp_path, "StateMachineSample")
    assert [(service.id, service.instance) for service in made.services] == [
        *(("ts_100", "Stand"), ("ts_101", "Walk"), ("ts_102", "DrinkCoffee"), ("ts_103", "Run")),
    ]


def test_the_documents_sample_as_printed_is_refused_with_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Walk ends twice; the line of its second end is named, and nothing is made."""
    file = plan_file(tmp_path, document_sample(tmp_path, mended=False))
    lines = file.read_text().splitlines()
    stray = next(n for n, line in enumerate(lines, 1) if lines[n - 2 : n] == ["  </Service>"] * 2)
    assert main([f"--xml_file={file}"]) == 1
    assert f"{file}:{stray}: element Service: Opening and ending tag mismatch" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_states_of_a_plan_become_triggers(tmp_path: Path) -> None:
    """An action on another service of the file; none and empty are nothing."""
    text = document_sample(tmp_path, mended=True)
    text = text.replace(state("on_exit"), state("on_exit", "start", "ts_103"), 1)
    text = text.replace(state("on_fail"), state("on_fail", "none", ""), 1)
    assert main([f"--xml_file={plan_file(tmp_path, text)}"]) == 0
    stand = context(tmp_path, "StateMachineSample").services[0]
    assert stand.triggers == {Transition.ON_EXIT: Trigger(action=TriggerAction.START, call="ts_103")}


@pytest.mark.parametrize(
    ("old", "new", "element", "what"),
    [
        ("<task_id>ts_101", "<task_id>ts_100", "Service", "Duplicate"),
        ("<task_id>ts_101</task_id>", "", "Service", "has no task_id"),
        ("<sub_port>5556</sub_port>", "", "MetaServiceConf", "has no sub_port"),
        ("<sub_port>5556", "<sub_port>70000", "sub_port", "70000"),
        ("<task_class>Walking", "<task_class>x</task_class><task_class>y", "task_class", "second time"),
        ("<trigger>on_fail", "<trigger>on_exit", "state", "on_exit stands here for a second time"),
        ("<state_id></state_id>", "<state_id>ts_9</state_id>", "state_id", "there is no service 'ts_9'"),
        ("<action></action>", "<action>start</action>", "state", "start needs a state_id"),
        ("<task_service>Walk", "<task_service>..", "task_service", "[facet 'pattern']"),
        ("<context_name>S", "<context_name>../S", "context_name", "[facet 'pattern']"),
        ("<service_path>", "<service_path>/nowhere", "service_path", "is not a folder"),
        ("<service_path>", "<service_path>/tmp/..", "service_path", "has '..' in it"),
        ("<task_topic>", "<location>/tmp</location><task_topic>", "location", "services are in"),
    ],
)
def test_a_plan_that_is_wrong_is_refused_with_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, element: str, what: str
) -> None:
    """FILE:LINE: element NAME: what; and nothing is made."""
    text = document_sample(tmp_path, mended=True)
    assert old in text
    file = plan_file(tmp_path, text.replace(old, new, 1))
    assert main([f"--xml_file={file}"]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"create_service: {file}:"), error
    assert f": element {element}: " in error
    assert what in error
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_disk_that_is_full_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made before the trouble is taken away."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(words(tmp_path)) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
