"""The design document's tutorial, its four services and its walk of thirty messages, with real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.contexts.files import document_sample, state
from tests.support.contexts.programs import Folder, heard, nothing_more
from tests.support.contexts.supervised import TRANSACTION, wait_until
from tests.support.ports import free_port


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A service path with ports of its own."""
    services = tmp_path / "services"
    services.mkdir()
    runtime = tmp_path_factory.mktemp("r")
    runtime.chmod(0o700)
    return Folder(services, (free_port(), free_port()), runtime)


def names_in(path: Path) -> list[str]:
    """What is in a folder."""
    return sorted(one.name for one in path.iterdir())


def create_echo(folder: Folder) -> None:
    """The document's create_service, with this folder and these ports."""
    made = folder.run(
        "create_service",
        f"--service_path={folder.path}",
        "--task_service=EchoAction",
        "--task_class=EchoShouting",
        "--task_desc=An echo action is for shouting the time after counting 10s",
        "--context_name=EchoAction",
        "--service_name=echo_action",
        "--server_ip=127.0.0.1",
        f"--sub_port={folder.ports[0]}",
        f"--pub_port={folder.ports[1]}",
        "--task_id=ts_100",
        "--device_action=shout",
    )
    assert made.code == 0, made


def generated_tests(folder: Folder) -> subprocess.CompletedProcess[str]:
    """`python -m pytest Tests`, as a user of the generator runs it."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "Tests"],
        cwd=folder.path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_tutorial_from_the_generator_to_the_running_echo(folder: Folder) -> None:
    """create_service, its files and test; service_context; conf_command; the echo in its log; exit."""
    create_echo(folder)
    assert names_in(folder.path / "Conf") == ["Context-EchoAction.xml"]
    assert names_in(folder.path / "Services/EchoAction") == [
        *("EchoAction.py", "ServiceEchoAction.py", "__init__.py"),
    ]
    tested = generated_tests(folder)
    assert tested.returncode == 0, tested.stdout
    assert "1 passed" in tested.stdout
    with folder.provider("EchoAction", ends=False) as provider:
        started = folder.order("start", "--context_file=Conf/Context-EchoAction.xml")
        assert started.code == 0, started
        first, second, _ = started.out.splitlines()
        assert first == f"+ Connecting endpoint [{folder.back}] in topic [context]"
        assert second.startswith("+ Sending message of [")
        assert started.acknowledgement["header"] == {
            "action": "start",
            "service_name": "context",
            "service_id": "context001",
            "transaction": TRANSACTION,
            "task_id": "all",
            "result": "success",
        }
        assert started.tasks["ts_100"]["state"] == "RUNNING"
        wait_until(lambda: "shout: turn 2 of An echo action" in folder.log("ts_100"), "an echo in the log")
        assert folder.done("stop")["ts_100"]["state"] == "STOPPED"
        assert folder.done("restart")["ts_100"]["state"] == "RUNNING"
        information = folder.order("request").acknowledgement["content"]
        assert information["contextName"] == "EchoAction"
        assert information["configuration"]["FrontEndEndpoint"] == folder.front
        assert folder.order("exit").code == 0
        assert provider.wait(20) == 0


def test_the_documents_four_services_run(folder: Folder) -> None:
    """The sample, mended: generated, tested, started, each with an entry of its own in the log."""
    file = folder.path / "Services-StateMachine.xml"
    file.write_text(document_sample(folder.path, mended=True, ports=folder.ports))
    made = folder.run("create_service", f"--xml_file={file}")
    assert made.code == 0, made
    assert len(made.out.splitlines()) == 4 * 5 + 1 - 3  # one conftest, one context file
    assert "4 passed" in generated_tests(folder).stdout
    with folder.provider("StateMachineSample"):
        tasks = folder.done("start")
        assert {id: task["state"] for id, task in tasks.items()} == dict.fromkeys(
            ("ts_100", "ts_101", "ts_102", "ts_103"), "RUNNING"
        )
        assert {task["serviceName"] for task in tasks.values()} == {"state_update"}
        assert len({task["pid"] for task in tasks.values()}) == 4
        # Two services of one name: each command means one.
        assert folder.done("stop", "--task_id=ts_101")["ts_101"]["state"] == "STOPPED"
        assert folder.state("ts_100") == "RUNNING"
        wait_until(lambda: "pass_state4: turn 1" in folder.log("ts_103"), "the fourth one's log")


WALK = """\
<MetaServiceConf>
  <context_name>SampleServices</context_name>
  <server_ip>127.0.0.1</server_ip>
  <sub_port>{sub}</sub_port>
  <pub_port>{pub}</pub_port>
  <context_id>context001</context_id>
  <home_path>{path}</home_path>
  <service_path>{path}</service_path>
  <log_on>0</log_on>
{services}
</MetaServiceConf>
"""


def walk_service(folder: Folder, number: int, name: str, service_name: str, word: str, **more: str) -> str:
    """A service of the original's test."""
    calls = state("on_exit", "start", "ts002") if number == 1 else state("on_exit")
    return f"""
  <Service task_type="{more.get("kind", "Looped")}">
    <task_service>{name}</task_service>
    <task_class>{name}</task_class>
    <task_desc>{name}</task_desc>
    <service_name>{service_name}</service_name>
    <task_id>ts00{number}</task_id>
    <task_topic>process</task_topic>
    <device_action>{word}</device_action>
    <entry_action>{more.get("entry", "on_start")}</entry_action>
    <location>{folder.path}/Services</location>
    {state("on_start")}{state("on_update")}{state("on_fail")}{calls}
  </Service>"""


def of(id: str, *said: tuple[str, str]) -> list[tuple[str, str, str]]:
    """Messages of one service."""
    return [(topic, action, id) for topic, action in said]


STARTED = (("process", "start"), ("control", "started"))
RESTARTED = (("process", "stop"), ("control", "stopped"), *STARTED)
STOPPED = (("process", "stop"), ("control", "stopped"))


def test_the_walk_of_thirty_messages(folder: Folder) -> None:
    """Three services started, restarted and ended one by one: 10, 15 and 5 messages, and not one more."""
    services = (
        walk_service(folder, 1, "WakeUp", "morning_glory", "standing_up", kind="Single"),
        walk_service(folder, 2, "CheckEmails", "open_inbox", "email_checker", entry="on_update"),
        walk_service(folder, 3, "DrinkCoffee", "drink_espresso", "single_espresso"),
    )
    text = WALK.format(sub=folder.ports[0], pub=folder.ports[1], path=folder.path, services="".join(services))
    (folder.path / "sample.xml").write_text(text)
    assert folder.run("create_service", "--xml_file=sample.xml").code == 0
    ids = ("ts001", "ts002", "ts003")
    with folder.provider("SampleServices", ends=False) as provider, folder.listening() as subscriber:
        for id in ids:
            folder.done("start", f"--task_id={id}")
        begun = heard(subscriber, 10)
        context = [("context", "start", "context001")] * 3
        exited = ("control", "exited", "ts001")
        assert sorted(begun) == sorted(
            [*context, *of("ts001", *STARTED), exited, *of("ts002", *STARTED), *of("ts003", *STARTED)]
        )
        assert begun.index(("control", "started", "ts001")) < begun.index(exited)
        wait_until(lambda: folder.state("ts002") == "RUNNING", "the one that was called")
        assert nothing_more_but_requests(subscriber)
        for id in ids:
            folder.done("restart", f"--task_id={id}")
        again = heard(subscriber, 15)
        first = of("ts001", ("process", "stop"), *STARTED)
        rest = [*of("ts002", *RESTARTED), *of("ts003", *RESTARTED)]
        context = [("context", "restart", "context001")] * 3
        assert sorted(again) == sorted([*context, *first, exited, *rest])
        assert [said for said in again if said[2] == "ts003"] == of("ts003", *RESTARTED)
        assert nothing_more(subscriber)
        assert folder.order("exit").code == 0
        ended = heard(subscriber, 5)
        assert ended[0] == ("context", "exit", "context001")
        assert sorted(ended[1:]) == sorted([*of("ts002", *STOPPED), *of("ts003", *STOPPED)])
        assert nothing_more(subscriber)
        assert provider.wait(20) == 0


def nothing_more_but_requests(subscriber: object) -> bool:
    """Nothing but what the test itself has asked for."""
    while (came := subscriber.receive(0.5)) is not None:
        topic, said = came
        if topic not in {"monitor", "state", "probe"} and said["header"]["action"] != "request":
            return False
    return True
