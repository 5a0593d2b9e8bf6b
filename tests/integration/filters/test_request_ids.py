"""x-openstack-request-id in every answer, and the id that a caller brings with it."""

from __future__ import annotations

import logging
import re
import uuid

import pytest

from tests.support.application import Instance
from tests.support.caller import Answer, Raw
from tests.support.ids import NOBODYS

OURS = re.compile(r"req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LOGGER = "barbican_like.http.middleware.context"


def ask(
    instance: Instance, given: str | None = None, project: str = "p", path: str = "/v1/secrets"
) -> Answer:
    """GET with an id of the caller's."""
    headers = {"X-Project-Id": project}
    if given is not None:
        headers["X-OpenStack-Request-ID"] = given
    return Raw(method="GET", path=path, headers=headers).send(instance.application)


@pytest.mark.parametrize("path", ["/", "/healthcheck", "/v1", "/v1/secrets", "/v1/nothing", "/v1/orders/x"])
def test_every_answer_has_an_id_of_its_own(instance: Instance, path: str) -> None:
    """Also errors; two requests never have the same."""
    ids = {ask(instance, path=path).headers["x-openstack-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert all(OURS.fullmatch(found) for found in ids)


def test_a_callers_id_is_logged_next_to_ours(instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    """One line has both, so that either leads to the other; the answer has ours only."""
    caplog.set_level(logging.INFO, LOGGER)
    given = f"req-{uuid.uuid4()}"
    ours = ask(instance, given).headers["x-openstack-request-id"]
    assert ours != given
    assert [r.getMessage() for r in caplog.records if r.name == LOGGER] == [
        f"request.known_as request_id={ours} global_request_id={given}"
    ]


@pytest.mark.parametrize(
    "given",
    [
        "",
        "req-",
        NOBODYS,
        f"req-{NOBODYS}".upper(),
        f"req-{NOBODYS}\n",
        f"req-{NOBODYS} request_id=forged",
        f"req-{NOBODYS}" * 2,
        "req-" + "x" * 36,
    ],
)
def test_an_id_of_another_form_is_dropped(
    instance: Instance, caplog: pytest.LogCaptureFixture, given: str
) -> None:
    """It reaches neither the log nor the answer."""
    caplog.set_level(logging.DEBUG)
    answer = ask(instance, given)
    assert answer.status == 200
    assert OURS.fullmatch(answer.headers["x-openstack-request-id"])
    assert [r for r in caplog.records if "known_as" in r.getMessage()] == []


def test_whoever_is_not_let_in_writes_no_id_into_the_log(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    assert ask(instance, f"req-{uuid.uuid4()}", project="").status == 400
    assert ask(instance, f"req-{uuid.uuid4()}", path="/").status == 300
    assert [r for r in caplog.records if r.name == LOGGER] == []
