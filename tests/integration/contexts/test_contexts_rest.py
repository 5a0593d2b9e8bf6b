"""``/contexts/v1``: what administrators see of contexts and tell them, with a real provider behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from barbican_like.contexts.generator.make import make
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.contexts.programs import Folder
from tests.support.contexts.supervised import TRANSACTION, echo_plan, wait_until
from tests.support.ports import free_port

ROOT = "/contexts/v1"
ONE = f"{ROOT}/contexts/{TRANSACTION}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A context with an echo, its provider not started yet."""
    path, runtime = tmp_path_factory.mktemp("services"), tmp_path_factory.mktemp("r")
    runtime.chmod(0o700)
    ports = free_port(), free_port()
    make(echo_plan(path, ports=ports))
    file = path / "Conf/Context-Echo.xml"
    text = file.read_text().replace("<TaskService ", "<MonitorPeriod>0.1</MonitorPeriod>\n  <TaskService ", 1)
    file.write_text(text)
    return Folder(path, ports, runtime)


@pytest.fixture(scope="module")
def instance(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An application that knows of the context, with a worker."""
    settings = f"[contexts]\nfiles = {folder.path}/Conf/Context-Echo.xml\n"
    with running(prepare(tmp_path_factory.mktemp("data"), settings)) as started:
        yield started


@pytest.fixture(scope="module")
def provided(folder: Folder, instance: Instance) -> Iterator[Instance]:
    """The same with the provider at work."""
    with folder.provider("Echo"):
        folder.done("start")
        yield instance


@pytest.fixture
def admin(provided: Instance) -> Caller:
    """An administrator."""
    return provided.caller()


def states(caller: Caller, since: int = 0) -> list[str]:
    """The states that the service has come into, from the rows."""
    answer = caller.get(f"{ONE}/transitions?since={since}")
    if answer.status_int == 404:
        return []
    return [transition["state"] for transition in answer.json["transitions"]]


def test_before_anything_was_started_there_is_nothing(instance: Instance) -> None:
    """An empty list, and a 404 for a transaction that nobody has."""
    caller = instance.caller()
    assert caller.get(f"{ROOT}/contexts").json == {"contexts": [], "total": 0}
    assert caller.get(ONE).status_int == 404
    assert caller.get(f"{ONE}/transitions").status_int == 404


def test_transitions_come_into_the_rows(admin: Caller) -> None:
    """A worker carries them, in their order, and contexts are listed."""
    wait_until(lambda: "RUNNING" in states(admin), "the rows")
    transitions = admin.get(f"{ONE}/transitions").json["transitions"]
    assert [(one["seq"], one["old"], one["state"]) for one in transitions[:2]] == [
        (1, "DEFINED", "STARTING"),
        (2, "STARTING", "RUNNING"),
    ]
    assert admin.get(f"{ONE}/transitions?since=1&limit=1").json["transitions"][0]["seq"] == 2
    (context,) = admin.get(f"{ROOT}/contexts").json["contexts"]
    assert (context["transaction"], context["name"], context["context_id"]) == (
        *(TRANSACTION, "Echo", "context001"),
    )


def test_a_transaction_is_shown_as_its_supervisor_has_it(admin: Caller, folder: Folder) -> None:
    """As the action request."""
    shown = admin.get(ONE).json
    assert shown["contextName"] == "Echo"
    assert shown["configuration"]["FrontEndEndpoint"] == folder.front
    assert shown["tasks"][0]["service_id"] == "ts_100"
    assert shown["tasks"][0]["desired"] == "up"


def test_a_service_is_shown_with_its_triggers_and_its_log(admin: Caller, folder: Folder) -> None:
    """The last twenty lines."""
    wait_until(lambda: "turn 1" in folder.log("ts_100"), "a line in the log")
    shown = admin.get(f"{ONE}/services/ts_100").json
    assert shown["triggers"] == {}
    assert any("shout: turn" in line for line in shown["log"])
    assert admin.get(f"{ONE}/services/ts_7").status_int == 404


def test_a_command_is_accepted_or_waited_for(admin: Caller) -> None:
    """202 at once; with wait the acknowledgement of what is done."""
    accepted = admin.post(f"{ONE}/actions", {"action": "restart", "task_id": "ts_100"})
    assert (accepted.status_int, accepted.json) == (202, {"accepted": True})
    done = admin.post(f"{ONE}/actions?wait=20", {"action": "stop"})
    assert done.status_int == 200
    assert done.json["header"]["result"] == "success"
    assert done.json["content"]["tasks"][0]["state"] == "STOPPED"
    assert admin.post(f"{ONE}/actions?wait=20", {"action": "start"}).status_int == 200


@pytest.mark.parametrize(
    ("body", "query", "status"),
    [
        ({"action": "explode"}, "", 400),
        ({}, "", 400),
        ({"action": "stop", "task_id": "../x"}, "", 400),
        ({"action": "stop", "task_id": "ts_7"}, "", 404),
        ({"action": "stop"}, "?wait=0", 400),
        ({"action": "stop"}, "?wait=61", 400),
        ({"action": "stop"}, "?wait=nan", 400),
        ({"action": "stop"}, "?wait=soon", 400),
    ],
)
def test_a_command_that_cannot_be_is_refused(
    admin: Caller, body: dict[str, str], query: str, status: int
) -> None:
    """Nothing of it reaches the supervisor, or that refuses it."""
    assert admin.post(f"{ONE}/actions{query}", body).status_int == status
    assert admin.get(ONE).json["tasks"][0]["desired"] == "up"


def test_what_cannot_be_done_in_time_is_a_conflict(admin: Caller) -> None:
    """409, and the reason."""
    answer = admin.post(f"{ONE}/actions?wait=0.000001", {"action": "restart"})
    assert answer.status_int == 409
    assert "not done in" in answer.json["description"]


def test_the_monitor_is_asked_for_its_hour_and_for_metrics(admin: Caller) -> None:
    """Points by service; Prometheus' text."""

    def points() -> list[dict[str, float]]:
        return admin.get(f"{ONE}/stats").json["services"].get("ts_100", [])

    wait_until(lambda: any(point["processes"] == 1 for point in points()), "a point")
    last = points()[-1]["timestamp"]
    later = admin.get(f"{ONE}/stats?since={last}").json["services"]["ts_100"]
    assert all(point["timestamp"] > last for point in later)
    metrics = admin.get(f"{ROOT}/metrics")
    assert metrics.content_type == "text/plain"
    labels = f'context="Echo",transaction="{TRANSACTION}",service="ts_100"'
    assert f"barbican_service_up{{{labels}}}" in metrics.text


@pytest.mark.parametrize(
    "path", [f"{ONE}/transitions?since=-1", f"{ONE}/transitions?limit=0", f"{ONE}/stats?since=inf"]
)
def test_a_query_that_cannot_be_read_is_refused(admin: Caller, path: str) -> None:
    """400, as everywhere."""
    assert admin.get(path).status_int == 400


def test_only_administrators_see_and_command(provided: Instance) -> None:
    """Other roles get a 403, and nothing happens."""
    member = provided.caller(X_Roles="member")
    for path in ("contexts", f"contexts/{TRANSACTION}", f"contexts/{TRANSACTION}/stats", "metrics"):
        assert member.get(f"{ROOT}/{path}").status_int == 403
    assert member.post(f"{ONE}/actions", {"action": "stop"}).status_int == 403


def test_a_supervisor_that_is_away_is_a_503(tmp_path: Path, folder: Folder, provided: Instance) -> None:
    """Its transaction is known, so it is not a 404; what is in rows can be read still."""
    other = Folder(tmp_path / "other", (free_port(), free_port()), folder.runtime)
    other.path.mkdir()
    (tmp_path / "data").mkdir()
    make(echo_plan(other.path, ports=other.ports))
    settings = f"[contexts]\nfiles = {other.path}/Conf/Context-Echo.xml\n"
    with running(prepare(tmp_path / "data", settings)) as instance:
        caller = instance.caller()
        with other.provider("Echo"):
            other.done("start")
            wait_until(lambda: "RUNNING" in states(caller), "the rows")
            assert caller.get(ONE).status_int == 200
        wait_until(lambda: "STOPPED" in states(caller), "the last rows")
        assert caller.get(ONE).status_int == 503
        assert caller.post(f"{ONE}/actions", {"action": "start"}).status_int == 503
        assert caller.get(f"{ROOT}/contexts").json["total"] == 1


def test_its_routes_are_in_a_document_that_is_valid(instance: Instance) -> None:
    """With the rules that guard them."""
    served = instance.caller().get("/v1/openapi.json").json
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []
    assert served["paths"]["/contexts/v1/contexts/{transaction}"]["get"]["x-policy-rule"] == ["contexts:get"]
    command = served["paths"]["/contexts/v1/contexts/{transaction}/actions"]["post"]
    assert command["x-policy-rule"] == ["contexts:command"]
    assert set(command["responses"]) >= {"200", "202", "403", "404", "409", "503"}
