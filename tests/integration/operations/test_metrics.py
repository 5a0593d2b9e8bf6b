"""``/metrics``: all figures in Prometheus' own words, for whoever may read them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from barbican_like.common import config
from barbican_like.common.meters.writing import Meters
from barbican_like.http.edge.measuring import NOWHERE, ROUTE
from barbican_like.http.edge.measuring import measure_by as measure_requests
from barbican_like.queue.measuring import measure_by as measure_tasks
from barbican_like.queue.outcome import Done
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.provider import until
from tests.support.tasks import NAME, add_task

PASSWORD = "correct horse"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(caller: Caller, accept: str | None = None, **headers: str) -> Samples:
    """What Prometheus takes in, by name and labels."""
    answer = caller.get("/metrics", accept=accept, headers=headers)
    assert answer.status_int == 200, answer
    parse = openmetrics if "openmetrics" in answer.content_type else plain
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse(answer.text)
        for sample in family.samples
    }


def of(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


@pytest.fixture
def metered(instance: Instance) -> Instance:
    """Two processes have answered and worked."""
    for _ in range(2):
        meters = Meters(config.meter_folder(instance.conf))
        measure_requests(meters)("GET", "/v1/secrets/{secret-id}", 200, 0.002)
        measure_requests(meters)("BREW", "(none)", 405, 0.002)
        measure_tasks(meters)(NAME, Done(), 0.02)
        meters.close()
    return instance


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/plain"),
        ("text/plain; version=0.0.4", "text/plain"),
        ("application/openmetrics-text; version=1.0.0, text/plain; q=0.1", "application/openmetrics-text"),
        ("application/openmetrics-text; version=nonsense", "application/openmetrics-text"),
    ],
)
def test_figures_come_in_the_format_that_is_asked_for(
    metered: Instance, accept: str | None, media_type: str
) -> None:
    answer = metered.caller().get("/metrics", accept=accept)
    assert answer.content_type == media_type
    found = samples(metered.caller(), accept)
    assert of(found, "barbican_build_info", version=config.program_version()) == 1


def test_requests_and_tasks_of_all_processes_are_there_with_their_durations(metered: Instance) -> None:
    found = samples(metered.caller())
    route = {"method": "GET", "route": "/v1/secrets/{secret-id}"}
    requests = of(found, "barbican_http_requests_total", **route, status="200")
    assert requests >= 2
    assert of(found, "barbican_http_request_duration_seconds_count", **route) == requests
    assert of(found, "barbican_http_request_duration_seconds_bucket", **route, le="0.001") == 0
    assert of(found, "barbican_http_request_duration_seconds_bucket", **route, le="0.0025") == requests
    assert of(found, "barbican_http_request_duration_seconds_sum", **route) == pytest.approx(0.002 * requests)
    assert of(found, "barbican_http_requests_total", method="(other)", route="(none)", status="405") >= 2
    assert of(found, "barbican_task_tries_total", kind=NAME, outcome="done") >= 2
    assert of(found, "barbican_task_duration_seconds_count", kind=NAME) >= 2


def test_a_method_that_a_route_does_not_have_makes_no_series(instance: Instance) -> None:
    """Else callers would choose how many there are, until there is room for no other."""
    caller = instance.caller()
    routes = [caller.call(method, "/v1/secrets").request.environ.get(ROUTE) for method in ("GET", "DELETE")]
    assert routes == ["/v1/secrets", NOWHERE]


def test_rates_tell_of_the_same(metered: Instance) -> None:
    shown = metered.caller().get("/operations/v1/rates").json
    routes = {(row["method"], row["route"], row["class"]): row for row in shown["routes"]}
    row = routes["GET", "/v1/secrets/{secret-id}", "2xx"]
    assert row["number"] >= 2
    assert 0.001 < row["p50"] <= row["p99"] <= 0.0025
    assert sum(point["number"] for point in row["points"]) == row["number"]
    assert {(row["kind"], row["outcome"]) for row in shown["tasks"]} == {(NAME, "done")}
    assert shown["step"] == 10


def test_what_there_is_has_numbers_and_the_oldest_an_age(instance: Instance) -> None:
    caller = instance.caller()
    caller.new_order()
    add_task(instance.runtime.database)
    until(lambda: of(samples(caller), "barbican_orders", status="PENDING") > 0)
    found = samples(caller)
    assert of(found, "barbican_secrets") >= 0
    assert of(found, "barbican_containers") >= 0
    assert 0 <= of(found, "barbican_oldest_age_seconds", object="orders", status="PENDING") < 600
    assert of(found, "barbican_tasks", kind=NAME, status="READY") >= 1
    assert 0 <= of(found, "barbican_task_oldest_age_seconds", kind=NAME, status="READY") < 600
    assert of(found, "barbican_feed_last_number") >= 1


def test_no_label_has_an_id(metered: Instance) -> None:
    caller = metered.caller()
    caller.new_order()
    text = caller.get("/metrics").text
    assert _ID.search(text) is None
    assert caller.project_id not in text


def test_without_authentication_nobody_is_asked(instance: Instance) -> None:
    """Prometheus can send no X-Project-Id in most of its versions."""
    assert instance.caller().get("/metrics", headers={"X-Project-Id": ""}).status_int == 200
    assert instance.caller().get("/metrics/").status_int == 200


@pytest.mark.parametrize("query", ["since=x", "since=-1", "since=1e3", "step=5", "step=15", "step=3610"])
def test_a_parameter_of_rates_that_is_none_is_a_400_that_names_it(instance: Instance, query: str) -> None:
    answer = instance.caller().get(f"/operations/v1/rates?{query}")
    assert (answer.status_int, answer.json["field"]) == (400, query.partition("=")[0])


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """Makes the settings of an application that asks for passwords."""

    def settings(more: str = "") -> str:
        file: Path = tmp_path_factory.mktemp("htpasswd") / "htpasswd"
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
        file.write_text(
            f"root:{hashed}:ops:admin\nprometheus:{hashed}:ops:monitor\nalice:{hashed}:demo:member\n"
        )
        file.chmod(0o600)
        return f"[api]\nauth = basic\nhtpasswd_file = {file}\n{more}"

    return settings


def test_with_authentication_administrators_and_monitors_read_and_nobody_else(
    tmp_path: Path, asking: Callable[[str], str]
) -> None:
    with running(prepare(tmp_path, asking("")), worker=False) as instance:
        caller = instance.caller()

        def status(path: str, name: str) -> int:
            word = b64encode(f"{name}:{PASSWORD}".encode()).decode()
            return caller.get(path, headers={"Authorization": f"Basic {word}"}).status_int

        assert caller.get("/metrics").status_int == 401
        assert {name: status("/metrics", name) for name in ("root", "prometheus", "alice")} == {
            "root": 200,
            "prometheus": 200,
            "alice": 403,
        }
        assert status("/operations/v1/overview", "prometheus") == 403  # it reads figures and does no more


def test_an_operator_may_open_them(tmp_path: Path, asking: Callable[[str], str]) -> None:
    settings = asking("[operations]\nmetrics_open = true\n")
    with running(prepare(tmp_path, settings), worker=False) as instance:
        assert instance.caller().get("/metrics").status_int == 200
        assert instance.caller().get("/operations/v1/overview").status_int == 401
