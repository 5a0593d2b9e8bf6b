"""Orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from barbican_like.api.schemas.payloads import MEDIA_TYPES, supported_media_type
from barbican_like.api.schemas.secrets import DESCRIPTION, LARGEST_BIT_LENGTH
from barbican_like.common.errors import FieldNotSupported
from barbican_like.http.schema import (
    NOT_BLANK,
    Absent,
    Custom,
    Member,
    Nullable,
    Object,
    Schema,
    Shown,
    Text,
    Value,
    Where,
    tag,
    tagged,
)

_META: Final = "Secret' within 'Order"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBody:
    """A POST of an order, checked."""

    type: str
    meta: Mapping[str, Any]  # as it will be shown: no passphrase in it
    passphrase: str | None = field(default=None, repr=False)


_Key = tuple[dict[str, Any], str | None]
"""What is shown of the key that is ordered, and the passphrase."""


def _spelling(value: object, where: Where) -> str | None:
    spelled = None if value is None else Text().parse(value, where)
    if spelled:
        supported_media_type(where, spelled)
    return spelled


_CONTENT_TYPE: Final = Custom(
    _spelling,
    {
        "enum": [*MEDIA_TYPES, "", None],
        "description": "Of the secret that is made; application/octet-stream if not said.",
    },
)


def _key(
    *,
    algorithm: str,
    bit_length: int,
    passphrase: str | None = None,
    pass_phrase: str | None = None,
    **others: Any,
) -> _Key:
    """What is shown of the key that is ordered, and the passphrase, under either name that clients use."""
    if not algorithm:
        raise Where(_META, "algorithm").fault("'algorithm' is a required property")
    # The curve P-521 (FIPS 186-5) is the one key whose size is not a number of whole bytes.
    if bit_length % 8 and (algorithm.lower(), bit_length) != ("ec", 521):
        raise FieldNotSupported
    if passphrase and pass_phrase and passphrase != pass_phrase:
        raise Where(_META, "passphrase").fault("passphrase and pass_phrase differ")
    expiration = others.pop("expiration", None)
    shown = {
        "name": None,
        "algorithm": algorithm,
        "bit_length": bit_length,
        **others,
        "expiration": None if expiration is None else expiration.isoformat(),
    }
    return shown, passphrase or pass_phrase or None


def _meta(*more: Member) -> Object[_Key]:
    refusal = "Invalid property: 'payload' must not be given in an order's meta"
    return Object(
        title=_META,
        members=(
            Member("payload", Absent(refusal, "Refused.", FieldNotSupported)),
            *_DESCRIPTION,
            *more,
            Member("payload_content_type", _CONTENT_TYPE),
        ),
        make=_key,
    )


_ALGORITHM: Final = Shown(
    Text("Of the key; one that is not known ends the order with an error."),
    {"minLength": 1, "pattern": NOT_BLANK},
)
_DESCRIPTION: Final = tuple(
    replace(member, value=_ALGORITHM, required=True)
    if member.name == "algorithm"
    else replace(member, required=member.name == "bit_length")
    for member in DESCRIPTION
)
_WHOLE_BYTES: Final[Schema] = {"minimum": 8, "maximum": LARGEST_BIT_LENGTH // 8 * 8, "multipleOf": 8}
_P521: Final[dict[str, Schema]] = {"bit_length": {"const": 521}, "algorithm": {"enum": ["ec", "EC"]}}
_ONE_NAME: Final[Schema] = {
    "not": {},
    "description": "The old name of `passphrase`; it must not differ from it.",
}
_KEY: Final = _meta()
_PAIR: Final = _meta(
    Member("passphrase", Nullable(Text("Seals the private key; it becomes a secret of its own."))),
    Member("pass_phrase", Nullable(Text("The old name of `passphrase`."))),
)


def _order(*, type: str, meta: _Key) -> OrderBody:
    return OrderBody(type=type, meta=meta[0], passphrase=meta[1])


def _case(kind: str, name: str, about: str, meta: Value[_Key]) -> Object[OrderBody]:
    return Object(
        title="Order",
        name=name,
        about=about,
        members=(tag("type", kind), Member("meta", meta, required=True)),
        make=_order,
    )


ORDER: Final = tagged(
    title="Order",
    name="NewOrder",
    by="type",
    cases={
        "key": _case("key", "KeyOrder", "An order for a key.", _KEY.in_cases({"bit_length": _WHOLE_BYTES})),
        "asymmetric": _case(
            "asymmetric",
            "KeyPairOrder",
            "An order for a key pair in a container; P-521 is the one curve whose size is no multiple of 8.",
            _PAIR.in_cases(
                {"bit_length": _WHOLE_BYTES, "pass_phrase": _ONE_NAME},
                {"bit_length": _WHOLE_BYTES, "passphrase": {"type": "null"}},
                {**_P521, "pass_phrase": _ONE_NAME},
            ),
        ),
    },
)
"""POST /v1/orders."""
