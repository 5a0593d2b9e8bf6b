"""The four commands of contexts: what they print, and how they end. None ever shows a traceback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from barbican_like.contexts.generator.make import make
from tests.support.contexts.programs import Folder
from tests.support.contexts.supervised import SECONDS, TRANSACTION, echo_plan, wait_until
from tests.support.ports import free_port

FAILING = """
from barbican_like.contexts.task import SingleTask
class Shouting(SingleTask):
    def setup(self):
        raise RuntimeError("no voice")
"""


def echo_folder(tmp_path: Path, runtime: Path, code: str | None = None) -> Folder:
    """A context with one echo."""
    path = tmp_path / "services"
    path.mkdir()
    ports = free_port(), free_port()
    make(echo_plan(path, ports=ports))
    if code is not None:
        (path / "Services/Echo/Echo.py").write_text(code)
    return Folder(path, ports, runtime)


@pytest.fixture
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a short name: the path of a unix socket has 107 bytes."""
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def folder(tmp_path: Path, runtime: Path) -> Folder:
    return echo_folder(tmp_path, runtime)


def test_nobody_answers_is_3_within_seconds(folder: Folder) -> None:
    """conf_command waits five for a provider that is about to start; display needs a bus that is there."""
    ran = folder.order("start")
    assert (ran.code, ran.err) == (3, f"conf_command: nobody answers for {folder.back}\n")
    shown = folder.run("display", f"--endpoint={folder.front}")
    assert shown.code == 3
    assert shown.err.startswith(f"display: nobody answers at {folder.front}")


def test_what_is_unknown_or_fails_is_1_and_another_form_is_2(tmp_path: Path, runtime: Path) -> None:
    """With the reason on standard error; the acknowledgement is printed all the same."""
    folder = echo_folder(tmp_path, runtime, FAILING)
    with folder.provider("Echo"):
        failed = folder.order("start")
        assert failed.code == 1
        assert "RuntimeError: no voice" in failed.err
        assert failed.acknowledgement["header"]["result"] == "failure"
        assert folder.order("stop", "--task_id=ts_7").code == 1
        assert folder.order("stop", transaction="A" * 20).code == 1
        wrong = folder.order("start", transaction="short")
        assert wrong.code == 2
        assert "20 characters" in wrong.err
        other = folder.run(
            "conf_command",
            *(f"--endpoint={folder.back}", "--action=request", "--service_id=another"),
            f"--transaction={TRANSACTION}",
        )
        assert other.code == 1
        assert "this is context context001" in other.err
        assert folder.order("start", "--context_file=nowhere.xml").code == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--endpoint=tcp://127.0.0.1:5557",),
        ("--endpoint=http://x", "--action=start"),
        ("--endpoint=tcp://127.0.0.1:5557", "--action=explode"),
        ("--endpoint=tcp://127.0.0.1:5557", "--action=start", "--timeout=never"),
        ("--endpoint=tcp://127.0.0.1:5557", "--action=start", "--colour"),
    ],
)
def test_wrong_usage_of_conf_command_is_2(folder: Folder, words: tuple[str, ...]) -> None:
    """argparse says what."""
    assert folder.run("conf_command", *words).code == 2


def test_a_start_without_a_transaction_makes_one_and_tells_it(folder: Folder) -> None:
    """Twenty characters; --use_file is accepted, --no_wait is content with less."""
    with folder.provider("Echo"):
        words = (f"--endpoint={folder.back}", "--action=start")
        made = folder.run("conf_command", *words, "--transaction=", "--use_file", "--no_wait")
        assert made.code == 0
        transaction = made.acknowledgement["header"]["transaction"]
        assert len(transaction) == 20
        assert folder.order("request", transaction=transaction).code == 0


def test_top_lists_what_is_asked_for(folder: Folder) -> None:
    """Statistics of each service, with its files, connections and memory maps on request."""
    with folder.provider("Echo"), folder.listening():
        folder.done("start")
        top = folder.order("top", "--open_connections", "--opened_files", "--memory_maps")
        assert top.code == 0, top
        (service,) = top.acknowledgement["content"]["services"]
        assert service["serviceId"] == "ts_100"
        assert service["total"]["rss"] > 1
        assert {"open_connections", "opened_files", "memory_maps"} <= service.keys()
        assert any("python" in one["path"] for one in service["memory_maps"])


def test_a_wrong_file_is_one_line(folder: Folder) -> None:
    """With the place of the fault."""
    file = folder.path / "Conf/Context-Echo.xml"
    file.write_text(file.read_text().replace('instance="Echo"', 'instance="Nobody"'))
    ran = folder.run("service_context", "Conf/Context-Echo.xml")
    assert ran.code == 1
    assert ran.err.startswith(f"service_context: {file}:9: element TaskService: no class: Nobody")
    assert len(ran.err.splitlines()) == 1
    assert folder.run("service_context").code == 2


def test_a_taken_port_is_one_line(folder: Folder) -> None:
    """Before anything is started."""
    with socket.create_server(("127.0.0.1", folder.ports[0])):
        ran = folder.run("service_context", "Conf/Context-Echo.xml")
    assert (ran.code, ran.err) == (1, f"service_context: {folder.front}: Address already in use\n")


def test_a_second_provider_of_a_file_is_one_line(folder: Folder) -> None:
    """The first one is not disturbed."""
    with folder.provider("Echo"):
        folder.done("start")
        ran = folder.run("service_context", "Conf/Context-Echo.xml")
        assert ran.code == 1
        assert ran.err.endswith("Conf/Context-Echo.xml: another provider has this context\n")
        assert folder.state("ts_100") == "RUNNING"


def test_a_bus_for_other_machines_needs_keys(folder: Folder) -> None:
    """They can be made; without them there is no start."""
    file = folder.path / "Conf/Context-Echo.xml"
    file.write_text(file.read_text().replace("127.0.0.1", "0.0.0.0"))
    ran = folder.run("service_context", "Conf/Context-Echo.xml")
    assert ran.code == 1
    assert "that needs keys in" in ran.err
    made = folder.run("service_context", "--make_keys", "Conf/Context-Echo.xml")
    assert made.code == 0
    assert {path.name for path in (folder.path / "Keys").iterdir()} == {
        *("bus.key", "bus.key_secret", "client.key_secret", "clients"),
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_provider_with_0_and_its_wishes_are_resumed(
    folder: Folder, number: signal.Signals
) -> None:
    """An end of the provider is no wish: what ran runs again after the next start."""
    with folder.provider("Echo", ends=False) as provider:
        pid = folder.done("start")["ts_100"]["pid"]
        provider.send_signal(number)
        assert provider.wait(SECONDS) == 0
    assert not Path(f"/proc/{pid}").exists()
    with folder.provider("Echo"):
        wait_until(lambda: folder.state("ts_100") == "RUNNING", "the wish of before")


def test_display_prints_messages_as_they_come(folder: Folder, tmp_path: Path) -> None:
    """A line, time and topic, the JSON; a context_info is short without -v; SIGINT ends it with 0."""
    with folder.provider("Echo"), folder.listening():
        shown = {}
        for words in ((), ("-v",)):
            line, environment = folder.command("display", f"--endpoint={folder.front}", *words)
            output = tmp_path / f"display{len(words)}"
            with output.open("w") as file:
                process = subprocess.Popen(line, env=environment, stdout=file, stderr=subprocess.STDOUT)
            try:

                def has(text: str, output: Path = output) -> bool:
                    folder.done("start")
                    folder.done("request")
                    return text in output.read_text()

                wait_until(lambda has=has: has("context_info"), "a message in the display")
                process.send_signal(signal.SIGINT)
                assert process.wait(SECONDS) == 0
            finally:
                process.kill()
                process.wait(SECONDS)
            shown[words] = output.read_text()
    assert "=" * 80 in shown[()]
    assert " [state]:\n{" in shown[()]
    assert "FrontEndEndpoint" not in shown[()]
    assert "FrontEndEndpoint" in shown["-v",]
    assert "Traceback" not in shown[()] + shown["-v",]


@pytest.mark.parametrize("program", ["create_service", "service_context", "conf_command", "display"])
def test_each_command_explains_itself(folder: Folder, program: str) -> None:
    """--help."""
    ran = folder.run(program, "--help")
    assert ran.code == 0
    assert f"usage: {program}" in ran.out


def test_another_users_socket_folder_is_not_used(folder: Folder) -> None:
    """A folder that others can write in could hold anybody's socket."""
    (folder.runtime / f"barbican-contexts-{os.geteuid()}").mkdir(mode=0o777)
    (folder.runtime / f"barbican-contexts-{os.geteuid()}").chmod(0o777)
    ran = folder.run("service_context", "Conf/Context-Echo.xml")
    assert ran.code == 1
    assert "must be a folder of mode 0700 of your own" in ran.err
