"""Requests drawn from the OpenAPI document, sound ones and others, with every check of schemathesis.

No 5xx, no status, header, media type or body that is not in the document; what the schemas allow is
accepted, what they forbid is refused, nothing is answered without credentials.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

from tests.support.generated import AUTHORIZATION, Things
from tests.support.openapi import operations

_FEW = 3  # of each kind, for each operation
_MANY = 50
_LEAST_OF_A_CAMPAIGN = 10_000
_EXCLUDED = {
    # It is in the document although it is always a 405: the policy is asked first.
    ("PUT", "/v1/orders"): (positive_data_acceptance, allow_header_conformance),
    # Its ends are those that are behind every start, which JSON Schema cannot say: others may be taken too.
    ("POST", "/api/v1/leases"): (negative_data_rejection,),
}
_SENT = {_FEW: 0, _MANY: 0}

Trial = Callable[[int], None]

each_operation = pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, method, _ in operations()]
)
each_mode = pytest.mark.parametrize("mode", list(GenerationMode))


@pytest.fixture(scope="module", autouse=True)
def figures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print how many cases there were, and how long they took."""
    begun = time.monotonic()
    yield
    sent, took = sum(_SENT.values()), time.monotonic() - begun
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\nschemathesis {schemathesis.__version__}: {sent} cases in {took:.0f} s")  # noqa: T201


@pytest.fixture
def trial(
    described: schemathesis.BaseSchema, things: Things, path: str, method: str, mode: GenerationMode
) -> Trial:
    """Sends as many requests to an operation as it is told, and checks every answer."""
    excluded = list(_EXCLUDED.get((method, path), ()))

    def run(examples: int) -> None:
        # Failures are shown as they are found: making them smaller takes minutes.
        @settings(
            max_examples=examples,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=described[path][method].as_strategy(generation_mode=mode))
        def each(case: Case) -> None:
            things.prepare(case)
            _SENT[examples] += 1
            case.call_and_validate(headers=AUTHORIZATION, excluded_checks=excluded)

        each()

    return run


@each_mode
@each_operation
def test_requests_drawn_from_the_document(trial: Trial) -> None:
    trial(_FEW)


@pytest.mark.campaign
@each_mode
@each_operation
def test_many_requests_drawn_from_the_document(trial: Trial) -> None:
    trial(_MANY)


@pytest.mark.campaign
def test_the_campaign_had_ten_thousand_cases() -> None:
    """Counted by the tests above, which come first."""
    assert _SENT[_MANY] >= _LEAST_OF_A_CAMPAIGN
