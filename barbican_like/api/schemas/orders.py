"""Orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from barbican_like.api.schemas.secrets import description, supported_media_type
from barbican_like.common.errors import FieldNotSupported
from barbican_like.http.schema import Fields

_ORDER_TYPES: Final = ("key", "asymmetric")
_KEY_META: Final = frozenset(
    {"name", "algorithm", "mode", "bit_length", "expiration", "payload_content_type"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBody:
    """A POST of an order, checked."""

    type: str
    meta: Mapping[str, Any]  # as it will be shown: no passphrase in it
    passphrase: str | None = field(default=None, repr=False)


def order(body: object) -> OrderBody:
    """The schema of POST /v1/orders."""
    fields = Fields(body, "Order")
    kind = fields.choice("type", _ORDER_TYPES)
    if "meta" not in fields:
        raise fields.fault("meta", "'meta' is a required property")
    if not isinstance(fields.raw("meta"), dict):
        raise fields.fault("meta", "meta is not of type 'object'")
    meta = Fields(fields.raw("meta"), "Secret' within 'Order")
    if "payload" in meta:
        raise FieldNotSupported("Invalid property: 'payload' must not be given in an order's meta")
    described = description(meta)
    for name in ("algorithm", "bit_length"):
        if described[name] is None or described[name] == "":
            raise meta.fault(name, f"'{name}' is a required property")
    _require_whole_bytes(described["algorithm"], described["bit_length"])
    passphrase = _passphrase(meta) if kind == "asymmetric" else None
    return OrderBody(type=kind, meta=_shown_meta(meta, described), passphrase=passphrase)


def _require_whole_bytes(algorithm: str, bit_length: int) -> None:
    # The curve P-521 (FIPS 186-5) is the one key whose size is not a number of whole bytes.
    if bit_length % 8 and (algorithm.lower(), bit_length) != ("ec", 521):
        raise FieldNotSupported


def _passphrase(meta: Fields) -> str | None:
    """The passphrase under either name that clients use for it."""
    given = [meta.text(name, nullable=True) for name in ("passphrase", "pass_phrase")]
    found = {passphrase for passphrase in given if passphrase}
    if len(found) > 1:
        raise meta.fault("passphrase", "passphrase and pass_phrase differ")
    return found.pop() if found else None


def _shown_meta(meta: Fields, described: dict[str, Any]) -> dict[str, Any]:
    spelled = meta.text("payload_content_type", nullable=True)
    if spelled:
        supported_media_type(meta, spelled)
    expiration = described["expiration"]
    shown = described | {"expiration": None if expiration is None else expiration.isoformat()}
    shown |= {"payload_content_type": spelled}
    always = {"name", "expiration"}
    return {
        name: value for name, value in shown.items() if name in always or name in meta.names() & _KEY_META
    }
