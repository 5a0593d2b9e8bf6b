"""Containers, the secrets in them, their consumers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from barbican_like.http.schema import Fields

_LONGEST_CONSUMER_NAME: Final = 36
_REQUIRED_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "generic": frozenset(),
    "rsa": frozenset({"public_key", "private_key"}),
    "certificate": frozenset({"certificate"}),
}
_ALLOWED_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "rsa": frozenset({"public_key", "private_key", "private_key_passphrase"}),
    "certificate": frozenset({"certificate", "private_key", "private_key_passphrase", "intermediates"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBody:
    """A secret to be put into a container."""

    name: str | None
    secret_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerBody:
    """A POST of a container, checked but for the secrets it refers to."""

    name: str | None
    type: str
    references: tuple[ReferenceBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConsumerBody:
    """A consumer of a container, checked."""

    name: str
    url: str


def container(body: object) -> ContainerBody:
    """The schema of POST /v1/containers."""
    fields = Fields(body, "Container")
    kind = fields.choice("type", tuple(_REQUIRED_NAMES))
    given = fields.raw("secret_refs") if "secret_refs" in fields else []
    if not isinstance(given, list):
        raise fields.fault("secret_refs", "secret_refs is not of type 'array'")
    references = tuple(_reference(Fields(item, "Container")) for item in given)
    _require_unique(fields, references)
    if references:
        _require_names(fields, kind, {reference.name for reference in references})
    return ContainerBody(name=fields.text("name", nullable=True), type=kind, references=references)


def reference(body: object) -> ReferenceBody:
    """The schema of POST and DELETE /v1/containers/{id}/secrets."""
    return _reference(Fields(body, "ContainerSecret"))


def container_consumer(body: object) -> ContainerConsumerBody:
    """The schema of POST and DELETE /v1/containers/{id}/consumers."""
    fields = Fields(body, "Consumer")
    name = fields.required_text("name", longest=_LONGEST_CONSUMER_NAME)
    return ContainerConsumerBody(name=name, url=fields.required_text("URL"))


def _reference(fields: Fields) -> ReferenceBody:
    name = fields.text("name", nullable=True)
    return ReferenceBody(name=name or None, secret_ref=fields.required_text("secret_ref"))


def _require_unique(fields: Fields, references: tuple[ReferenceBody, ...]) -> None:
    names = [reference.name for reference in references if reference.name is not None]
    if len(set(names)) != len(names):
        raise fields.fault("secret_refs", "Duplicate reference names are not allowed")
    targets = [reference.secret_ref.rstrip("/") for reference in references]
    if len(set(targets)) != len(targets):
        raise fields.fault("secret_refs", "Duplicate secret ids are not allowed")


def _require_names(fields: Fields, kind: str, names: set[str | None]) -> None:
    missing = sorted(_REQUIRED_NAMES[kind] - names)
    if missing:
        raise fields.fault("secret_refs", f"a container of type {kind} needs secrets named {missing}")
    if kind in _ALLOWED_NAMES and not names <= _ALLOWED_NAMES[kind]:
        allowed = sorted(_ALLOWED_NAMES[kind])
        raise fields.fault("secret_refs", f"a container of type {kind} takes secrets named {allowed} only")
