"""The smaller request bodies: of containers, ACLs, user metadata, quotas and transport keys.

Each is a function from parsed JSON to a frozen value, as in ``validation.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from barbican_like.api.fields import LONGEST_TEXT, Fields
from barbican_like.common.errors import InvalidInput
from barbican_like.model.quotas import RESOURCES

_URL_SAFE: Final = re.compile(r"[A-Za-z0-9_-]*")
_LARGEST_QUOTA: Final = 2**31 - 1
_LONGEST_TRANSPORT_KEY: Final = 20_000
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AclBody:
    """What an ACL says about reading; None for what is not given."""

    users: tuple[str, ...] | None
    project_access: bool | None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is given."""
        return self.users is None and self.project_access is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportKeyBody:
    """A POST of a transport key, checked."""

    plugin_name: str
    transport_key: str


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


def acl(body: object) -> AclBody:
    """The schema of PUT and PATCH /v1/{secrets|containers}/{id}/acl."""
    fields = Fields(body, "ACL")
    fields.forbid_others("read")
    given = fields.raw("read") if "read" in fields else {}
    if not isinstance(given, dict):
        raise fields.fault("read", "read is not of type 'object'")
    read = Fields(given, "ACL")
    read.forbid_others("users", "project-access")
    return AclBody(users=read.texts("users"), project_access=read.flag("project-access"))


def metadata(body: object) -> dict[str, str]:
    """The schema of PUT /v1/secrets/{id}/metadata."""
    fields = Fields(body, "SecretMetadata")
    given = fields.raw("metadata")
    if not isinstance(given, dict):
        raise fields.fault("metadata", "metadata is not of type 'object'")
    return {_key(key): _value(value) for key, value in given.items()}


def metadatum(body: object) -> tuple[str, str]:
    """The schema of POST /v1/secrets/{id}/metadata and of PUT on one key."""
    fields = Fields(body, "SecretMetadatum")
    fields.forbid_others("key", "value")
    for name in ("key", "value"):
        if name not in fields:
            raise fields.fault(name, f"'{name}' is a required property")
    return _key(fields.raw("key")), _value(fields.raw("value"))


def is_url_safe(key: str) -> bool:
    """Whether a key of user metadata can stand in a path as it is."""
    return _URL_SAFE.fullmatch(key) is not None


def project_quotas(body: object) -> dict[str, int]:
    """The schema of PUT /v1/project-quotas/{id}."""
    fields = Fields(body, "Project Quota")
    fields.forbid_others("project_quotas")
    given = fields.raw("project_quotas")
    if not isinstance(given, dict):
        raise fields.fault("project_quotas", "project_quotas is not of type 'object'")
    quotas = Fields(given, "Project Quota")
    quotas.forbid_others(*RESOURCES)
    limits = {name: quotas.integer(name, least=-_LARGEST_QUOTA, most=_LARGEST_QUOTA) for name in RESOURCES}
    return {name: limit for name, limit in limits.items() if limit is not None}


def transport_key(body: object) -> TransportKeyBody:
    """The schema of POST /v1/transport_keys."""
    fields = Fields(body, "Transport Key")
    return TransportKeyBody(
        plugin_name=fields.required_text("plugin_name"),
        transport_key=fields.required_text("transport_key", longest=_LONGEST_TRANSPORT_KEY),
    )


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


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = key.strip()
    if not is_url_safe(stripped):
        raise InvalidInput("Invalid Key. Key must be URL safe.")
    if not stripped or len(key) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Key. Key must have 1 to {LONGEST_TEXT} characters.")
    return stripped.lower()


def _value(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput("Invalid Metadata. Keys and Values must be Strings.")
    stripped = value.strip()
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"Invalid Value. Value must have at most {LONGEST_TEXT} characters.")
    if "\x00" in stripped:
        raise InvalidInput("Invalid Value. Value holds a NUL character.")
    return stripped
