"""From an error to its answer: one table for the whole tree of errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus

import orjson
import pytest

from barbican_like.common import errors
from barbican_like.http.problems import Problem, problem_of, status_of

_STATUS = {
    errors.InvalidInput: 400,
    errors.BadQuery: 400,
    errors.UnusableParameter: 400,
    errors.UnusableField: 400,
    errors.SchemaMismatch: 400,
    errors.FieldNotSupported: 400,
    errors.OperationRefused: 400,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.PolicyDenied: 403,
    errors.QuotaReached: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.NotAcceptable: 406,
    errors.Conflict: 409,
    errors.Duplicate: 409,
    errors.Gone: 410,
    errors.LengthRequired: 411,
    errors.RequestTimeout: 408,
    errors.TooManyFailures: 429,
    errors.HeadersTooLarge: 431,
    errors.TooLarge: 413,
    errors.PayloadTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.ServerError: 500,
    errors.IntegrityFailure: 500,
    errors.HostRefused: 500,
    errors.HostUnknown: 500,
    errors.ReadOnly: 500,
    errors.Interrupted: 500,
    errors.ClaimLost: 500,
    errors.TaskCancelled: 500,
    errors.TimeLimitReached: 500,
    errors.WorkerStops: 500,
    errors.ConfigurationError: 500,
    errors.Overloaded: 503,
    errors.StaleProject: 503,
}


def _tree(kind: type[Exception]) -> Iterator[type[Exception]]:
    for child in kind.__subclasses__():
        yield child
        yield from _tree(child)


_DRAWN = [kind for kind in _tree(errors.BarbicanError) if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", _DRAWN, ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_has_its_status(kind: type[Exception]) -> None:
    if kind is errors.ClientError:
        pytest.fail("only its branches are raised") if kind in _STATUS else None
        return
    assert status_of(kind.__new__(kind)) == _STATUS[kind]


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("secret"), OSError(28, "secret")])
def test_an_unknown_error_is_a_500_whose_text_is_not_shown(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    problem = problem_of(error, "Secret creation", "req-1")
    assert problem.status is HTTPStatus.INTERNAL_SERVER_ERROR
    assert problem.description == "Secret creation failure seen - please contact site administrator."
    assert [(record.levelno, "req-1" in record.getMessage()) for record in caplog.records] == [
        (logging.ERROR, True)
    ]


def test_a_server_s_error_text_is_not_shown() -> None:
    assert "claim" not in str(problem_of(errors.ClaimLost(), "X", "req-1").description)


def test_a_client_s_error_is_shown_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    problem = problem_of(errors.NotFound("Not Found. Order not found."), "Order retrieval", "req-1")
    assert (problem.status, problem.description) == (404, "Not Found. Order not found.")
    assert caplog.records == []


def test_a_refused_operation_is_named() -> None:
    problem = problem_of(errors.OperationRefused("No data supplied to process."), "Secret update", "req-1")
    assert problem.description == "Secret update issue seen - No data supplied to process."


def test_a_busy_server_says_when_to_come_back() -> None:
    problem = problem_of(errors.Overloaded("lock 17 was not free"), "Secret creation", "req-1")
    assert problem.status == 503
    assert problem.headers == (("Retry-After", "1"),)
    assert "17" not in str(problem.description)


def test_a_refused_method_says_what_is_allowed() -> None:
    problem = problem_of(errors.MethodNotAllowed(("GET", "POST")), "Request", "req-1")
    assert problem.headers == (("Allow", "GET, POST"),)


def test_a_body_has_three_members() -> None:
    body = Problem(status=HTTPStatus.NOT_FOUND, description=None).body()
    assert orjson.loads(body) == {"code": 404, "title": "Not Found", "description": None}


def test_a_body_for_keystone_s_clients_has_an_error_too() -> None:
    problem = Problem(status=HTTPStatus.UNAUTHORIZED, description="x", error_member=True)
    assert orjson.loads(problem.body()) == {
        "code": 401,
        "title": "Unauthorized",
        "description": "x",
        "error": {"code": 401, "title": "Unauthorized", "message": "x"},
    }
