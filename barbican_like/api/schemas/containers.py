"""Containers, the secrets in them, their consumers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from barbican_like.http.schema import (
    Custom,
    Listing,
    Member,
    Nullable,
    Object,
    Shown,
    Text,
    Where,
    tag,
    tagged,
)

_LONGEST_CONSUMER_NAME: Final = 36
_REQUIRED_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "rsa": ("public_key", "private_key"),
    "certificate": ("certificate",),
}
_ALLOWED_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "rsa": ("public_key", "private_key", "private_key_passphrase"),
    "certificate": ("certificate", "private_key", "private_key_passphrase", "intermediates"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBody:
    """A secret to be put into a container."""

    name: str | None
    secret_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerBody:
    """A POST of a container, checked but for the secrets it refers to."""

    name: str | None = None
    type: str
    references: tuple[ReferenceBody, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConsumerBody:
    """A consumer of a container, checked."""

    name: str
    url: str


def _reference(*, secret_ref: str, name: str | None = None) -> ReferenceBody:
    return ReferenceBody(name=name, secret_ref=secret_ref)


_ANY_NAME: Final = Nullable(Text("What the secret is in the container."))
_TARGET: Final = Member(
    "secret_ref",
    Shown(
        Text(shortest=1),
        {
            "type": "string",
            "format": "secret-ref",
            "maxLength": 255,
            "description": "The reference of a secret of this project, as this server gives it.",
        },
        whole=True,
    ),
    required=True,
)


def _check(kind: str) -> Callable[[tuple[ReferenceBody, ...], Where], None]:
    """What the references of a type of container must be together."""

    def check(references: tuple[ReferenceBody, ...], where: Where) -> None:
        _require_unique(references, where)
        if references and kind in _ALLOWED_NAMES:
            _require_names(kind, {reference.name for reference in references}, where)

    return check


def _require_unique(references: tuple[ReferenceBody, ...], where: Where) -> None:
    names = [reference.name for reference in references if reference.name]
    if len(set(names)) != len(names):
        raise where.fault("Duplicate reference names are not allowed")
    targets = [reference.secret_ref.rstrip("/") for reference in references]
    if len(set(targets)) != len(targets):
        raise where.fault("Duplicate secret ids are not allowed")


def _require_names(kind: str, names: set[str | None], where: Where) -> None:
    missing = sorted(set(_REQUIRED_NAMES[kind]) - names)
    if missing:
        raise where.fault(f"a container of type {kind} needs secrets named {missing}")
    if not names <= set(_ALLOWED_NAMES[kind]):
        allowed = sorted(_ALLOWED_NAMES[kind])
        raise where.fault(f"a container of type {kind} takes secrets named {allowed} only")


def _reference_named(title: str, name: Member) -> Object[ReferenceBody]:
    return Object(title=title, members=(name, _TARGET), make=_reference)


_OF_ANY_NAME: Final = _reference_named("Container", Member("name", _ANY_NAME))


def _element(value: object, _where: Where) -> ReferenceBody:
    """Of the list: where it is no object, clients know that as a fault of the whole body."""
    return _OF_ANY_NAME.parse(value)


def _container(kind: str, name: str, about: str) -> Object[ContainerBody]:
    shown = _OF_ANY_NAME
    if kind in _ALLOWED_NAMES:
        word = Shown(Text(), {"enum": list(_ALLOWED_NAMES[kind])}, whole=True)
        shown = _reference_named("Container", Member("name", word, required=True))
    element = Custom(_element, shown.json_schema())
    references = Listing(element, "No name and no secret twice.", check=_check(kind), unique=True)
    return Object(
        title="Container",
        name=name,
        about=about,
        members=(
            tag("type", kind),
            Member("secret_refs", references, into="references", default=()),
            Member("name", Nullable(Text("A name; it need not be the only one."))),
        ),
        make=ContainerBody,
    )


CONTAINER: Final = tagged(
    title="Container",
    name="NewContainer",
    by="type",
    cases={
        "generic": _container("generic", "GenericContainer", "Any secrets."),
        "rsa": _container(
            "rsa", "RsaContainer", "A key pair: unless it is empty, it needs public_key and private_key."
        ),
        "certificate": _container(
            "certificate", "CertificateContainer", "A certificate: unless it is empty, it needs certificate."
        ),
    },
)
"""POST /v1/containers."""

REFERENCE: Final = Object(
    title="ContainerSecret",
    name="NewContainerSecret",
    members=(Member("name", _ANY_NAME), _TARGET),
    make=_reference,
)
"""POST and DELETE /v1/containers/{id}/secrets."""

CONSUMER: Final = Object(
    title="Consumer",
    name="NewContainerConsumer",
    members=(
        Member(
            "name", Text("The consumer's name.", shortest=1, longest=_LONGEST_CONSUMER_NAME), required=True
        ),
        Member("URL", Text("Where the consumer is.", shortest=1), required=True, into="url"),
    ),
    make=ContainerConsumerBody,
)
"""POST and DELETE /v1/containers/{id}/consumers."""
