"""Requests of all kinds to ``/operations/v1`` and ``/metrics``, drawn from their OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode

from barbican_like import rooms
from barbican_like.http import document
from barbican_like.model.states import TaskStatus
from barbican_like.operations.room import OPERATIONS
from tests.support.application import Instance, prepare, running
from tests.support.generated import REFUSALS
from tests.support.openapi import LIMITS
from tests.support.tasks import add_task, open_task, set_task

MOUNTS = tuple(OPERATIONS.mounts(rooms.load([])))
DOCUMENT: dict[str, Any] = document.build(MOUNTS, LIMITS)
_FEW = 12
_VERSION = "OpenStack-API-Version"
_PROJECT = {"X-Project-Id": "generated"}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Instance, Any]]:
    """The document, with the application that it describes."""
    with running(prepare(tmp_path_factory.mktemp("data")), worker=False) as instance:
        config = schemathesis.Config.from_dict(
            {
                "generation": {"with-security-parameters": False},
                "checks": {"negative_data_rejection": REFUSALS, "ignored_auth": {"enabled": False}},
            }
        )
        schema = schemathesis.openapi.from_dict(DOCUMENT, config=config)
        schema.app = instance.application
        yield instance, schema


def test_the_document_is_valid_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(
    ("path", "method"),
    [(path, method) for mount in MOUNTS for path, method, _ in document.operations_of(mount)],
)
def test_requests_drawn_from_the_document(
    described: tuple[Instance, Any], path: str, method: str, mode: GenerationMode
) -> None:
    instance, schema = described
    database = instance.runtime.database

    @settings(
        max_examples=_FEW, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def each(case: Case) -> None:
        entity = add_task(database)
        set_task(database, entity, status=TaskStatus.DEAD)
        drawn = str((case.path_parameters or {}).get("task_id", ""))
        if drawn[-1:] in set("13579bdf"):  # else nobody has it
            case.path_parameters = {"task_id": open_task(database, entity).id}
        # One of another service is ignored, which no schema can say.
        case.headers = {name: text for name, text in (case.headers or {}).items() if name != _VERSION}
        case.call_and_validate(headers=_PROJECT)

    each()
