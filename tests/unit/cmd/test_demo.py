"""The demo ends well only when every answer is what it must be, and it shows no key."""

from types import SimpleNamespace
from typing import Any

import pytest

from barbican_like.cmd import demo

PEM = {half: f"-----BEGIN {half} KEY-----\nxyz\n".encode() for half in ("PUBLIC", "PRIVATE")}


class Client:
    """The parts of python-barbicanclient that the demo uses, answering from a dictionary."""

    def __init__(self, **changes: Any) -> None:
        self.payloads: dict[str, Any] = {
            "key": b"\x07" * 32,
            "public": PEM["PUBLIC"],
            "private": PEM["PRIVATE"],
        }
        self.statuses = ["PENDING", "ACTIVE", "PENDING", "ACTIVE"]
        self.secrets = SimpleNamespace(create=self._create, get=self._get, list=self._list)
        self.orders = SimpleNamespace(create_key=self._order, create_asymmetric=self._order, get=self._status)
        pair = {
            "public_key": SimpleNamespace(secret_ref="public"),
            "private_key": SimpleNamespace(secret_ref="private"),
        }
        self.containers = SimpleNamespace(get=lambda _: SimpleNamespace(secrets=pair))
        self.payloads |= changes.pop("payloads", {})
        for name, value in changes.items():
            setattr(self, name, value)

    def _create(self, *, name: str, payload: str) -> SimpleNamespace:
        self.payloads.setdefault("stored", payload)
        return SimpleNamespace(store=lambda: "stored")

    def _get(self, reference: str) -> SimpleNamespace:
        return SimpleNamespace(payload=self.payloads[reference])

    def _list(self, *, limit: int, name: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(secret_ref="stored")]

    def _order(self, **_: object) -> SimpleNamespace:
        return SimpleNamespace(submit=lambda: "order")

    def _status(self, reference: str) -> SimpleNamespace:
        return SimpleNamespace(
            status=self.statuses.pop(0),
            order_ref=reference,
            secret_ref="key",
            container_ref="pair",
            error_reason="no such algorithm",
        )


def test_good_answers_end_well_and_no_key_is_shown() -> None:
    client = Client()
    lines: list[str] = []
    demo.run(client, lines.append)
    assert len(lines) == 7
    shown = "\n".join(lines)
    assert "identical" in shown
    assert client.payloads["stored"] not in shown
    assert "xyz" not in shown
    assert "\\x07" not in shown


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"payloads": {"stored": "another"}}, "not what was stored"),
        ({"payloads": {"key": b"short"}}, "has 40 bits, not 256"),
        ({"payloads": {"private": b"\x30\x82"}}, "private_key is not in PEM"),
        ({"statuses": ["PENDING", "ERROR"]}, "ended in ERROR: no such algorithm"),
    ],
)
def test_a_wrong_answer_ends_the_demo_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(demo.DemoFailure, match=reason):
        demo.run(Client(**changes), lambda _: None)


def test_an_order_that_stays_pending_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "ORDER_SECONDS", 0.0)
    with pytest.raises(demo.DemoFailure, match="still PENDING"):
        demo.run(Client(statuses=["PENDING"] * 9), lambda _: None)
