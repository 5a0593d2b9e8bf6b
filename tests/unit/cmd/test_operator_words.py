"""What the operator's commands take and print."""

import json
from pathlib import Path

import pytest

from barbican_like.cmd import supervisor
from barbican_like.cmd.supervise import printing
from barbican_like.cmd.supervise.instance import LONGEST_SOCKET_PATH, Instance, Remembered, Settings
from barbican_like.cmd.supervise.listening import Listener
from barbican_like.cmd.supervise.processes import ProcessState, Snapshot
from barbican_like.cmd.supervise.settings import base_url, is_loopback, local_address
from barbican_like.common.errors import ConfigurationError

COMMANDS = ["start", "stop", "restart", "reload", "status", "logs", "demo", "test"]
REMEMBERED = Remembered(settings=Settings(port=9400), address="http://localhost:9400", auth="noauth")
API = ProcessState(role="api", name="api", pid=12, state="RUNNING", age_seconds=61.5, detail="pid 12")


@pytest.mark.parametrize("command", [*([name] for name in COMMANDS), []])
def test_every_command_and_the_tool_have_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        supervisor.main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: barbican.sh" in capsys.readouterr().out


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "9311.0", "\u0661", ""])
def test_a_bad_port_is_refused_by_its_name(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        supervisor.main(["start", "--data", "/nowhere", f"--port={port}"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_a_bad_port_of_the_environment_is_refused_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BARBICAN_PORT", "many")
    with pytest.raises(SystemExit):
        supervisor.main(["start", "--data", "/nowhere"])
    assert "'many' is no port" in capsys.readouterr().err


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BARBICAN_PORT", "9400")
    monkeypatch.setenv("BARBICAN_DATA", "/from/environment")
    options = supervisor.build_parser().parse_args(["start"])
    assert (options.port, options.data) == (9400, Path("/from/environment"))
    options = supervisor.build_parser().parse_args(["start", "--port", "9500", "--data", "/said"])
    assert (options.port, options.data) == (9500, Path("/said"))


def test_a_restart_changes_only_what_is_said() -> None:
    before = Settings(port=9400, workers=2, config_files=("/a.conf",))
    after = before.changed_by(Settings(workers=3, auth="basic"))
    assert after == Settings(port=9400, workers=3, auth="basic", config_files=("/a.conf",))


@pytest.mark.parametrize("path", ["/tmp/$HOME", "/tmp/a\nb", "/tmp/" + LONGEST_SOCKET_PATH * "x"])
def test_a_data_folder_that_could_not_work_is_refused_before_it_is_made(path: str) -> None:
    with pytest.raises(ConfigurationError, match="--data"):
        Instance(Path(path)).make_folders()
    assert not Path(path).exists()


@pytest.mark.parametrize(("host", "only_here"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True)])
def test_loopback_addresses_are_known(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1"])
def test_other_addresses_are_not_taken_for_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_urls_bracket_ipv6_and_reach_a_wildcard_by_loopback() -> None:
    assert base_url("::1", 9311) == "http://[::1]:9311"
    assert local_address("0.0.0.0", 9311) == "http://127.0.0.1:9311"
    assert local_address("::", 9311) == "http://[::1]:9311"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 00 s"),
        (3725, "1 h 02 min"),
        (90061, "1 d 01 h"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert printing.age(seconds) == text


def test_status_shows_role_name_pid_state_and_age() -> None:
    lines = printing.status_lines(
        Instance(Path("/d")), Snapshot(state="running", processes=(API,)), REMEMBERED
    )
    assert lines[0] == "barbican_like is running at http://localhost:9400 (data: /d)"
    assert lines[2].split() == ["api", "api", "12", "RUNNING", "1", "min", "01", "s"]


def test_status_of_a_stopped_instance_gives_no_address() -> None:
    stopped = Snapshot(state="stopped", processes=())
    told = json.loads(printing.status_json(Instance(Path("/d")), stopped, REMEMBERED))
    assert told == {
        "state": "stopped",
        "data": "/d",
        "address": None,
        "live": None,
        "auth": None,
        "processes": [],
        "listening": [],
    }


@pytest.mark.parametrize(
    ("address", "pid", "line"),
    [
        ("127.0.0.1", 12, "127.0.0.1:9400 is listened on by api (pid 12)"),
        ("::1", 99, "[::1]:9400 is listened on by pid 99 (nginx), not of this instance"),
        ("0.0.0.0", None, "0.0.0.0:9400 is listened on by a process of another user, not of this instance"),
    ],
)
def test_status_tells_what_listens(address: str, pid: int | None, line: str) -> None:
    """Whether it is the instance's own or not, for people and for programs."""
    seen = Snapshot(state="running", processes=(API,))
    heard = Listener(address=address, port=9400, pid=pid, name="nginx")
    assert printing.status_lines(Instance(Path("/d")), seen, REMEMBERED, [heard])[-1] == line
    told = json.loads(printing.status_json(Instance(Path("/d")), seen, REMEMBERED, [heard]))
    assert told["listening"] == [
        {"address": address, "port": 9400, "pid": pid, "name": "nginx", "ours": pid == 12}
    ]


def test_status_tells_that_nothing_listens() -> None:
    seen = Snapshot(state="running", processes=(API,))
    lines = printing.status_lines(Instance(Path("/d")), seen, REMEMBERED)
    assert lines[-1] == "nothing listens on port 9400"


@pytest.mark.parametrize("auth", ["noauth", "basic", "keystone"])
def test_every_first_step_names_the_address_or_asks_the_client_for_it(auth: str) -> None:
    steps = printing.first_steps(Remembered(settings=Settings(), address="http://localhost:9400", auth=auth))
    assert any("curl" in step and "http://localhost:9400/v1/secrets" in step for step in steps)


@pytest.mark.parametrize(
    ("auth", "credential"),
    [
        ("noauth", "-H 'X-Project-Id: demo'"),
        ("basic", "-u USER"),
        ("keystone", '-H "X-Auth-Token: $(openstack'),
    ],
)
def test_first_steps_have_the_credentials_of_their_pipeline_and_no_others(auth: str, credential: str) -> None:
    remembered = Remembered(settings=Settings(), address="http://localhost:9400", auth=auth)
    (call,) = (step for step in printing.first_steps(remembered) if step.startswith("curl "))
    assert call.startswith(f"curl {credential}")
    assert ("X-Project-Id" in call) == (auth == "noauth")
