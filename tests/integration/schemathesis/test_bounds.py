"""Requests at every bound of the schemas, methods that are not described, and calls one after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis import Case, HookContext
from schemathesis.engine import events, from_schema
from schemathesis.hooks import unregister

from tests.support.application import Instance
from tests.support.generated import ACCEPTANCE, AUTHORIZATION, REFUSALS, Things, register_formats
from tests.support.openapi import DOCUMENT

_LEAST = 2_000
#: Always a 405, and in the document although Allow leaves it out: the policy is asked first.
_NEVER_ACCEPTED = {
    "include-name": "PUT /v1/orders",
    "checks": {"positive_data_acceptance": {"enabled": False}},
}
#: Bodies of the right form name sites and secrets that are not there, which is a 400; and a kind of job may
#: be asked for by its number.
_OF_TRANSFERS = {
    "include-path-regex": "^/workqueue/",
    "checks": {"positive_data_acceptance": {"enabled": False}, "negative_data_rejection": {"enabled": False}},
}
_CONFIG: dict[str, Any] = {
    "headers": AUTHORIZATION,
    "generation": {
        "with-security-parameters": False,
        "max-examples": 20,
        "deterministic": settings.default.derandomize,
    },
    "phases": {"fuzzing": {"enabled": False}},  # that is what the requests drawn at random are
    # The engine cannot send this check's own requests to an application in this process; the requests
    # drawn at random are checked by it.
    "checks": {
        "ignored_auth": {"enabled": False},
        "allow_header_conformance": {"enabled": False},
        "negative_data_rejection": REFUSALS,
        "positive_data_acceptance": ACCEPTANCE,
    },
    "operations": [_NEVER_ACCEPTED, _OF_TRANSFERS],
}


@pytest.fixture
def prepared(things: Things) -> Iterator[None]:
    """Real ids in paths, for as long as the test runs."""

    @schemathesis.hook
    def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
        things.prepare(case)

    yield
    unregister(before_call)


def _faults(scenario: events.ScenarioFinished) -> Iterator[str]:
    for case_id, checks in scenario.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                request = scenario.recorder.interactions[case_id].request
                failure = check.failure_info.failure
                yield f"{check.name} {request.method} {request.uri}: {failure.message}"


@pytest.mark.campaign
@pytest.mark.usefixtures("prepared")
def test_requests_at_the_bounds_of_the_schemas(asking: Instance, capsys: pytest.CaptureFixture[str]) -> None:
    register_formats()
    config = schemathesis.Config.from_dict(_CONFIG)
    schema = schemathesis.openapi.from_dict({**DOCUMENT, "security": [{"basic": []}]}, config=config)
    schema.app = asking.application
    sent, faults = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            sent += len(event.recorder.cases)
            faults += _faults(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            faults.append(str(getattr(event, "value", event)))
    with capsys.disabled():
        print(f"\nschemathesis, bounds and sequences: {sent} cases")  # noqa: T201
    assert faults == []
    assert sent >= _LEAST
