"""What is secret is in no log line, no error body and no repr, however a request fails."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from barbican_like.api.schemas import orders, secrets
from barbican_like.model.unit_of_work import Reading
from barbican_like.plugin.interface import KeyPair, KeySpec
from barbican_like.plugin.resources import NewSecret
from barbican_like.tasks.resources import AcceptedOrder, OrderResult
from tests.support.application import Instance
from tests.support.caller import Caller, Raw, id_of
from tests.support.entities import a_secret, an_order

StartInstance = Callable[..., Instance]
_CANARY = "canary-9f2c7e41d6"
_ENCODED = base64.b64encode(_CANARY.encode()).decode()
_FORMS = (_CANARY, _ENCODED, _ENCODED.rstrip("="), _CANARY.encode().hex(), repr(list(_CANARY.encode()))[1:-1])
_TEXT = {"payload": _CANARY, "payload_content_type": "text/plain"}
_OCTETS = {"payload_content_type": "application/octet-stream", "payload_content_encoding": "base64"}
_PAIR = {"algorithm": "ec", "bit_length": 256, "passphrase": _CANARY}


@pytest.fixture(scope="module")
def talkative(new_instance: StartInstance) -> Iterator[Instance]:
    """An application whose every library logs what it can, from its start on."""
    loggers = [logging.getLogger(name) for name in (None, "sqlalchemy")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield new_instance("debug = true")
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that was logged during the test, tracebacks and arguments included."""
    caplog.set_level(logging.DEBUG)
    formatter = logging.Formatter("%(name)s %(message)s")

    def whole() -> str:
        return "\n".join(f"{formatter.format(record)} {record.args!r}" for record in caplog.records)

    yield whole
    assert leaks(whole()) == []


def leaks(text: str) -> list[str]:
    """The forms of the canary that are in a text."""
    return [form for form in _FORMS if form in text]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (_TEXT | {"bit_length": "x"}, 400),
        (_TEXT | {"payload": _CANARY + "x" * 20_000}, 413),
        (_TEXT | {"payload_content_type": "image/png"}, 400),
        (_TEXT | {"payload_content_encoding": "base64"}, 400),
        (_TEXT | {"expiration": "2020-01-01"}, 400),
        (_OCTETS | {"payload": _ENCODED + "A"}, 400),
        (_OCTETS | {"payload": _CANARY + "\xe9"}, 400),
        ({"payload": [_CANARY]}, 400),
        ({"payload": {"x": _CANARY}}, 400),
        ([_CANARY], 400),
        (_CANARY, 400),
    ],
    ids=lambda value: str(value)[:60] if not isinstance(value, int) else None,
)
def test_a_refused_payload_is_not_repeated(
    talkative: Instance, heard: Callable[[], str], body: object, status: int
) -> None:
    answer = talkative.caller().post("/v1/secrets", body)
    assert answer.status_int == status
    assert leaks(str(answer)) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"payload": "%s' % _CANARY.encode(),
        b'{"payload": "%s", "x": NaN}' % _CANARY.encode(),
        b'{"payload": "%s\xff"}' % _CANARY.encode(),
        b"payload=%s" % _CANARY.encode(),
    ],
)
@pytest.mark.parametrize("path", ["/v1/secrets", "/v1/orders"])
def test_a_body_that_is_no_json_is_not_repeated(
    talkative: Instance, heard: Callable[[], str], path: str, body: bytes
) -> None:
    answer = talkative.caller().call("POST", path, body=body, content_type="application/json")
    assert answer.status_int == 400
    assert leaks(str(answer)) == []


@pytest.mark.parametrize(
    ("content_type", "headers", "tail", "status"),
    [
        ("image/png", {}, b"", 415),
        ("text/plain", {}, b"\xff", 400),
        ("text/plain", {}, b"x" * 20_000, 413),
        ("application/octet-stream", {"Content-Encoding": "gzip"}, b"", 400),
        ("application/octet-stream", {"Content-Encoding": "base64"}, b"\xff", 400),
    ],
)
def test_a_refused_second_step_is_not_repeated(
    talkative: Instance,
    heard: Callable[[], str],
    content_type: str,
    headers: dict[str, str],
    tail: bytes,
    status: int,
) -> None:
    caller = talkative.caller()
    answer = caller.put(caller.new_secret(), _CANARY.encode() + tail, content_type, headers=headers)
    assert answer.status_int == status
    assert leaks(str(answer)) == []


@pytest.mark.parametrize(
    "meta",
    [
        {"bit_length": 255},
        {"bit_length": "x"},
        {"payload": "x"},
        {"pass_phrase": "another"},
        {"passphrase": [_CANARY]},
        {"passphrase": _CANARY + "x" * 255},
        {"passphrase": _CANARY + "\x00"},
    ],
    ids=str,
)
def test_a_passphrase_of_a_refused_order_is_not_repeated(
    talkative: Instance, heard: Callable[[], str], meta: dict[str, object]
) -> None:
    answer = talkative.caller().post("/v1/orders", {"type": "asymmetric", "meta": _PAIR | meta})
    assert answer.status_int == 400
    assert leaks(str(answer)) == []


def test_what_goes_well_is_not_logged_either(talkative: Instance, heard: Callable[[], str]) -> None:
    caller = talkative.caller()
    path = caller.new_secret(**_TEXT)
    assert caller.get(f"{path}/payload").body == _CANARY.encode()
    second = caller.new_secret()
    caller.put(second, _CANARY.encode(), "text/plain")
    for meta in (_PAIR, _PAIR | {"bit_length": 192}):
        order = caller.new_order("asymmetric", **meta)
        talkative.orders_done.wait_for(id_of(order))
        assert leaks(str(caller.get(order))) == []
    assert "INSERT INTO secret_payloads" in heard()  # statements and their values are among it
    assert "task.done" in heard()
    assert "task.failed" in heard()


@pytest.mark.parametrize(
    "table", ["projects", "project_keys", "secrets", "secret_payloads", "orders", "tasks"]
)
def test_a_failing_database_repeats_nothing(
    talkative: Instance, heard: Callable[[], str], table: str
) -> None:
    """An INSERT that the database refuses is a 500 whose text says nothing, and leaves no row."""
    caller = talkative.caller()
    with _refusing(talkative, table):
        answers = [
            caller.post("/v1/secrets", _TEXT),
            caller.post("/v1/orders", {"type": "asymmetric", "meta": _PAIR}),
        ]
    failed = [answer for answer in answers if answer.status_int == 500]
    assert failed
    for answer in failed:
        assert answer.json["description"].endswith(" failure seen - please contact site administrator.")
        assert answer.json["title"] == "Internal Server Error"
    assert all(leaks(str(answer)) == [] and "disk" not in answer.text for answer in answers)
    assert "request.failed" in heard()
    assert _nothing_half_done(talkative, caller, answers)


class _refusing:  # noqa: N801  used as a function is
    """While it lasts, the database refuses to insert into a table."""

    def __init__(self, instance: Instance, table: str) -> None:
        self._engine = instance.runtime.database.engines()[1]
        self._start = f"INSERT INTO {table} "

    def __enter__(self) -> None:
        event.listen(self._engine, "before_cursor_execute", self._refuse)

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._refuse)

    def _refuse(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith(self._start):
            raise OperationalError(statement, parameters, RuntimeError("disk on fire"))


def _nothing_half_done(instance: Instance, caller: Caller, answers: list[Any]) -> bool:
    """Whether a request that failed left no secret behind (an order that went well has a passphrase)."""
    secret, order = (answer.status_int < 300 for answer in answers)
    if order:
        instance.orders_done.wait_for(id_of(answers[1].json["order_ref"]))
    made = caller.get("/v1/secrets?limit=100").json["total"]
    with Reading(instance.runtime.database) as view:
        assert (view.projects.find(caller.project_id) is not None) is (secret or order)
    return bool(made == (1 if secret else 0) + (3 if order else 0))


def test_a_sealed_value_that_was_altered_is_one_opaque_error(
    talkative: Instance, heard: Callable[[], str]
) -> None:
    caller = talkative.caller()
    path = caller.new_secret(**_TEXT)
    with talkative.runtime.database.writing() as connection:
        connection.exec_driver_sql(
            "update secret_payloads set sealed = substr(sealed, 1, 100) where secret_id = ?", (id_of(path),)
        )
    answer = caller.get(f"{path}/payload")
    assert answer.status_int == 500
    assert answer.json["description"] == (
        "Secret payload retrieval failure seen - please contact site administrator."
    )
    assert leaks(str(answer)) == []


def test_an_unhandled_method_with_a_body_repeats_nothing(
    talkative: Instance, heard: Callable[[], str]
) -> None:
    headers = {"X-Project-Id": "p", "Content-Type": "application/json"}
    for path in ("/v1/secrets", "/v1/orders", "/", "/v1/nothing"):
        request = Raw(method="PATCH", path=path, headers=headers, body=_CANARY.encode())
        answer = request.send(talkative.application)
        assert answer.status in {404, 405}
        assert leaks(answer.body.decode()) == []


@pytest.mark.parametrize(
    "value",
    [
        secrets.new_secret(20_000).parse(_TEXT),
        orders.ORDER.parse({"type": "asymmetric", "meta": _PAIR}),
        NewSecret(secret=a_secret(), payload=_CANARY.encode()),
        KeySpec(algorithm="ec", bit_length=256, passphrase=_CANARY),
        KeyPair(private_key=_CANARY.encode(), public_key=b"public"),
        AcceptedOrder(order=an_order(), drawn={}, passphrase=_CANARY),
        OrderResult(secrets=(NewSecret(secret=a_secret(), payload=_CANARY.encode()),)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_value_shows_what_it_carries(value: Any) -> None:
    assert is_dataclass(value)
    assert leaks(repr(value) + str(value)) == []
    held = [getattr(value, member.name) for member in fields(value)]
    assert _CANARY in str([_opened(item) for item in held])


def _opened(item: object) -> object:
    """What a value holds, reprs passed by."""
    if isinstance(item, tuple):
        return [_opened(part) for part in item]
    return {f.name: getattr(item, f.name) for f in fields(item)} if is_dataclass(item) else item  # type: ignore[arg-type]
