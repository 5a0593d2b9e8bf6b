"""What a value accepts is valid by its JSON Schema, and what its JSON Schema allows is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from barbican_like.api.schemas import acls, containers, metadata, orders, quotas, secrets, transport_keys
from barbican_like.common.errors import ClientError
from barbican_like.http.schema import (
    Boolean,
    Integer,
    Listing,
    Mapped,
    Member,
    Nullable,
    Object,
    OneOf,
    Text,
    Value,
    resolved,
    tag,
    tagged,
)

_TEXTS = st.text() | st.sampled_from(["", " ", "\u2003", "\x85", "\x1c", " a ", "a\0", "x" * 5, "x" * 6, "b"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=5,
)


def validator(value: Value[Any]) -> Draft202012Validator:
    """Of a schema that stands for itself."""
    components: dict[str, Any] = {}
    schema = resolved(value.json_schema(), components)
    return Draft202012Validator({**schema, "components": {"schemas": components}})


def accepts(value: Value[Any], body: object) -> bool:
    try:
        value.parse(body)
    except ClientError:
        return False
    return True


def _members(**members: Any) -> dict[str, Any]:
    return members


def _kind(word: str, value: Value[Any]) -> Object[dict[str, Any]]:
    members = (tag("kind", word), Member("b", value, required=True))
    return Object(title="Kind", members=members, make=_members)


_SMALL = Integer(least=0, most=9)
_EXACT: dict[str, Value[Any]] = {
    "text": Text(longest=5),
    "text that is not blank": Text(shortest=1, longest=5),
    "text with a pattern": Text(pattern="[a-z]+", longest=5),
    "integer": _SMALL,
    "boolean": Boolean(),
    "word": OneOf(("a", "b")),
    "nullable text": Nullable(Text(longest=5)),
    "nullable word": Nullable(OneOf(("a", "b"))),
    "nullable list": Nullable(Listing(_SMALL)),
    "list": Listing(Text(shortest=1)),
    "mapping": Mapped(Text(longest=5), _SMALL),
    "object": Object(
        title="Thing",
        members=(Member("a", Text(), required=True), Member("b", _SMALL), Member("c", Listing(Boolean()))),
        make=_members,
    ),
    "closed object": Object(
        title="Thing", members=(Member("a", Text()), Member("b", _SMALL)), make=_members, closed=True
    ),
    "tagged objects": tagged(
        title="Thing", by="kind", cases={"a": _kind("a", _SMALL), "b": _kind("b", Boolean())}, name="Thing"
    ),
}
_OBJECTS = st.fixed_dictionaries(
    {},
    optional={"a": _JSON, "b": _JSON, "c": _JSON, "kind": st.sampled_from(["a", "b", "c"]), "z": _JSON},
)


_SCHEMAS = {name: validator(value) for name, value in _EXACT.items()}


@pytest.mark.parametrize("name", _EXACT)
@given(body=_JSON | _OBJECTS)
def test_a_value_accepts_what_its_schema_allows_and_nothing_else(name: str, body: object) -> None:
    assert accepts(_EXACT[name], body) is _SCHEMAS[name].is_valid(body)


_LIMIT = 40
_BODIES: dict[str, Value[Any]] = {
    "secret": secrets.new_secret(_LIMIT),
    "secret's consumer": secrets.CONSUMER,
    "order": orders.ORDER,
    "container": containers.CONTAINER,
    "container's secret": containers.REFERENCE,
    "container's consumer": containers.CONSUMER,
    "acl": acls.ACL,
    "metadata": metadata.METADATA,
    "metadatum": metadata.METADATUM,
    "quotas": quotas.PROJECT_QUOTAS,
    "transport key": transport_keys.TRANSPORT_KEY,
}
_SCHEMAS_OF_BODIES = {name: validator(value) for name, value in _BODIES.items()}
_WORDS = st.sampled_from(
    [
        *(
            "a",
            " b ",
            "",
            " ",
            "c" * 36,
            "c" * 37,
            "c" * 255,
            "c" * 256,
            "n\0",
            "aes",
            "ec",
            "EC",
            "A-b",
            "\xe9",
        ),
        *("opaque", "text/plain", "application/octet-stream", "application/pkcs8", "base64", "false", "true"),
        *("eHl6", "eHl6eA==", "c" * 41, "public_key", "private_key", "certificate"),
    ]
)
_PARTS = st.none() | st.booleans() | st.sampled_from([-1, 0, 8, 12, 256, 521, 32_768, 8.0]) | _WORDS
_META = st.fixed_dictionaries(
    {"algorithm": _WORDS, "bit_length": st.sampled_from([256, 8.0, 521, 12, 0])},
    optional=dict.fromkeys(
        ("name", "mode", "passphrase", "pass_phrase", "payload_content_type", "payload"), _PARTS
    ),
)
_REFERENCES = st.fixed_dictionaries({"secret_ref": _WORDS}, optional={"name": _PARTS})
_READ = st.fixed_dictionaries({}, optional={"users": st.lists(_PARTS), "project-access": _PARTS})
_BODY = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(("name", "algorithm", "mode", "bit_length", "secret_type", "payload"), _PARTS),
            **dict.fromkeys(("payload_content_type", "payload_content_encoding"), _PARTS),
            **dict.fromkeys(("transport_key_needed", "transport_key_id"), _PARTS),
        },
    ),
    st.fixed_dictionaries({"type": st.sampled_from(["key", "asymmetric", "x"]), "meta": _META}),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["generic", "rsa", "certificate"])},
        optional={"name": _PARTS, "secret_refs": st.lists(_REFERENCES, max_size=3)},
    ),
    _REFERENCES,
    st.fixed_dictionaries({"name": _PARTS, "URL": _PARTS}),
    st.fixed_dictionaries({"service": _PARTS, "resource_type": _PARTS, "resource_id": _PARTS}),
    st.fixed_dictionaries({"read": _READ}),
    st.fixed_dictionaries({"metadata": st.dictionaries(_WORDS, _PARTS, max_size=3)}),
    st.fixed_dictionaries({"key": _PARTS, "value": _PARTS}),
    st.fixed_dictionaries({"project_quotas": st.dictionaries(st.sampled_from(["secrets", "x"]), _PARTS)}),
    st.fixed_dictionaries({"plugin_name": _PARTS, "transport_key": _PARTS}),
)
#: Rules that JSON Schema has no words for, and what is accepted beyond what clients may rely on.
_LOOSER = {
    "secret": "content types and encodings in other spellings, base64 with other characters in it",
    "order": "algorithms in other spellings, two passphrases that are the same",
    "container": "names with blanks around them",
}
_STRICTER = {
    "container": "no name and no secret twice, the names that a type needs",
}


@pytest.mark.parametrize("name", _BODIES)
@given(body=_BODY)
def test_a_body_of_the_key_manager_is_what_its_schema_says(name: str, body: object) -> None:
    accepted, valid = accepts(_BODIES[name], body), _SCHEMAS_OF_BODIES[name].is_valid(body)
    if accepted != valid:
        assert name in (_LOOSER if accepted else _STRICTER)


@pytest.mark.parametrize("name", _BODIES)
@given(body=_JSON)
def test_whatever_comes_is_taken_or_refused_as_a_clients_fault(name: str, body: object) -> None:
    assert accepts(_BODIES[name], body) in {True, False}
