"""What operators see of a running instance: all its processes, and what they have done together."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.instance import Instance, completed, running
from tests.support.provider import until

CALLS = 60
LIST = {"method": "GET", "route": "/v1/secrets", "status": "200"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Two serving processes and a worker."""
    with running(tmp_path_factory.mktemp("metered"), "[api]\nworkers = 2\n") as started:
        yield started


def read(instance: Instance, path: str, **headers: str) -> str:
    """An answer, over a connection of its own: so the serving processes share the calls."""
    status, body = called(instance, path, **headers)
    assert status == 200, body
    return body


def called(instance: Instance, path: str, **headers: str) -> tuple[int, str]:
    """Status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def asked(instance: Instance, path: str) -> dict[str, Any]:
    return dict(json.loads(read(instance, path, **{"X-Project-Id": "operators"})))


def metric(instance: Instance, name: str, **labels: str) -> float:
    """The value of a sample; 0 where it is not there."""
    for family in text_string_to_metric_families(read(instance, "/metrics")):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return 0.0


def listed(instance: Instance) -> float:
    return metric(instance, "barbican_http_requests_total", **LIST)


def serving(instance: Instance) -> list[psutil.Process]:
    """The processes that serve HTTP."""
    main = next(iter(row["pid"] for row in instance.operator.status()["processes"] if row["name"] == "api"))
    return [
        child for child in psutil.Process(main).children() if "resource_tracker" not in str(child.cmdline())
    ]


def meters(instance: Instance) -> list[Path]:
    return sorted((instance.operator.data / "run" / "meters").glob("*.meter"))


def test_figures_of_two_serving_processes_add_up_and_a_killed_one_loses_nothing(instance: Instance) -> None:
    for _ in range(CALLS):
        read(instance, "/v1/secrets", **{"X-Project-Id": "demo"})
    until(lambda: listed(instance) == CALLS)
    victim, *_ = serving(instance)
    assert len(serving(instance)) == 2
    os.kill(victim.pid, signal.SIGKILL)
    until(lambda: victim.pid not in {process.pid for process in serving(instance)})
    until(lambda: len(serving(instance)) == 2)
    for _ in range(CALLS):
        read(instance, "/v1/secrets", **{"X-Project-Id": "demo"})
    until(lambda: listed(instance) == 2 * CALLS)
    rows = asked(instance, "/operations/v1/rates")["routes"]
    row = next(row for row in rows if (row["method"], row["route"]) == ("GET", "/v1/secrets"))
    assert row["number"] == 2 * CALLS
    assert 0 < row["p50"] <= row["p99"]
    past, *living = sorted(meters(instance), key=lambda path: path.name != "past.meter")
    assert past.name == "past.meter"
    assert len(living) == metric(instance, "barbican_metered_processes")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (past, *living)} == {0o600}


def test_a_worker_s_tasks_are_counted_with_their_durations(instance: Instance) -> None:
    kind = "process_type_order"
    before = metric(instance, "barbican_task_tries_total", kind=kind, outcome="done")
    completed(instance.client("ordering"), "key", algorithm="aes", bit_length=256)
    until(lambda: metric(instance, "barbican_task_tries_total", kind=kind, outcome="done") == before + 1)
    assert metric(instance, "barbican_task_duration_seconds_count", kind=kind) >= 1
    rows = asked(instance, "/operations/v1/rates")["tasks"]
    assert any((row["kind"], row["outcome"]) == (kind, "done") and row["p50"] > 0 for row in rows)
    until(lambda: metric(instance, "barbican_orders", status="ACTIVE") >= 1)


def test_the_overview_has_the_processes_that_status_has(instance: Instance) -> None:
    found = {row["name"]: row for row in asked(instance, "/operations/v1/overview")["processes"]}
    known = {row["name"]: row for row in instance.operator.status()["processes"] if "/" not in row["name"]}
    assert {name: row["pid"] for name, row in found.items()} == {
        name: row["pid"] for name, row in known.items()
    }
    assert {row["state"] for row in found.values()} == {"RUNNING"}
    assert all(row["age_seconds"] >= 0 and row["since"] for row in found.values())
    shown = asked(instance, "/operations/v1/overview")
    assert shown["state"] == "running"
    assert shown["uptime_seconds"] > 0
    assert metric(instance, "barbican_process_up", process="worker-1") == 1


def test_a_worker_that_was_killed_shows_in_the_number_of_restarts(instance: Instance) -> None:
    def worker() -> dict[str, Any]:
        rows = asked(instance, "/operations/v1/overview")["processes"]
        return next(row for row in rows if row["name"] == "worker-1")

    before = worker()
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: worker()["restarts"] == before["restarts"] + 1)
    until(lambda: worker()["state"] == "RUNNING" and worker()["pid"] not in {None, before["pid"]})


OWN = "/contexts/v1/contexts/BARBICAN000000000000"


def monitored(instance: Instance) -> dict[str, list[dict[str, float]]]:
    """What the monitor remembers, by service; nothing while there is none."""
    status, body = called(instance, f"{OWN}/stats", **{"X-Project-Id": "operators"})
    return dict(json.loads(body)["services"]) if status == 200 else {}


def test_processor_time_and_memory_of_the_program_s_own_services_are_remembered(instance: Instance) -> None:
    until(lambda: {"api", "worker-1"} <= {name for name, points in monitored(instance).items() if points})
    assert all(point["rss"] > 1 for name in ("api", "worker-1") for point in monitored(instance)[name])
    until(lambda: monitored(instance)["api"][-1]["processes"] >= 3)  # granian's, and the two that serve
    until(lambda: is_up(instance, "worker-1"))


def is_up(instance: Instance, service: str) -> bool:
    """What the metrics of contexts say, ten seconds ago perhaps."""
    text = read(instance, "/contexts/v1/metrics", **{"X-Project-Id": "operators"})
    begin, end = "barbican_service_up{", f'service="{service}"}} 1'
    return any(line.startswith(begin) and line.endswith(end) for line in text.splitlines())


def test_another_worker_takes_over_when_the_monitors_is_killed(instance: Instance) -> None:
    until(lambda: bool(monitored(instance)))
    for row in instance.operator.status()["processes"]:
        if "worker" in row["role"]:
            os.kill(row["pid"], signal.SIGKILL)
    until(lambda: not monitored(instance))
    until(lambda: bool(monitored(instance).get("api")))


def test_health_checks_and_what_leads_nowhere_have_routes_of_their_own(instance: Instance) -> None:
    read(instance, "/healthcheck")
    assert called(instance, "/v1/nothing/here", **{"X-Project-Id": "demo"})[0] == 404
    until(
        lambda: (
            metric(instance, "barbican_http_requests_total", method="GET", route="/healthcheck", status="200")
            > 0
        )
    )
    until(
        lambda: (
            metric(instance, "barbican_http_requests_total", method="GET", route="(none)", status="404") > 0
        )
    )
