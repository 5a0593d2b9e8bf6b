"""The bodies that describe sites and credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from barbican_like.common.errors import SchemaMismatch
from barbican_like.http.schema import (
    Anything,
    Boolean,
    Custom,
    Integer,
    Listing,
    Member,
    Nullable,
    Object,
    OneOf,
    Text,
    Where,
)
from barbican_like.workqueue import urls
from barbican_like.workqueue.config import Settings
from barbican_like.workqueue.http.values import ALIASES, PATH, enum_value
from barbican_like.workqueue.models import Auth, Endpoint, SiteSpec
from barbican_like.workqueue.protocols.opening import SERVED
from barbican_like.workqueue.states import JobProtocol

TITLE: Final = "Site"
_NAME: Final = "[A-Za-z0-9._-]{1,64}"
_MOST_CONNECTIONS: Final = 1000
_FASTEST: Final = 2**50
_LONGEST_CERTIFICATE: Final = 65_536
_HOST_KEY: Final = re.compile(r"[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,4096}={0,2}(?: .{0,255})?")
_DROPPED: Final = ("id", "protocols", "is_owner", "created", "timestamp")
NO_AUTH: Final = frozenset({JobProtocol.FILE, JobProtocol.DUMMY, JobProtocol.WEBDAV, JobProtocol.HTTP})


def fault(name: str, reason: str) -> SchemaMismatch:
    """What is wrong with a member that only its surroundings can tell."""
    return Where(TITLE, name).fault(f"{name} {reason}")


def _parse_options(value: object, where: Where) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise where.fault(f"{where.label} is not of type 'object'")
    for name, option in value.items():
        if not isinstance(option, str | bool | int) or (isinstance(option, str) and len(option) > 255):  # noqa: PLR2004
            raise where.fault(f"{where.label}: {name[:64]} is neither a short text nor a number nor a flag")
    return value


_ENDPOINT: Final = Object(
    title="Endpoint",
    members=(
        Member("protocol", enum_value(JobProtocol, ALIASES), required=True),
        Member("url", Text("Its path is the site's root.", shortest=1, longest=urls.LONGEST), required=True),
        Member("options", Custom(_parse_options, {"type": "object"})),
    ),
    make=Endpoint,
    closed=True,
)


def _parse_home(value: object, where: Where) -> str:
    home = PATH.parse(value, where)
    if not home.startswith("/") or home.split("/")[1:2] == ["~"]:
        raise where.fault(f"{where.label} does not start at the root, with a slash")
    return home


def _parse_host_key(value: object, where: Where) -> str:
    if not isinstance(value, str) or not _HOST_KEY.fullmatch(value):
        raise where.fault(f"{where.label} is no public key such as 'ssh-ed25519 AAAA...'")
    return " ".join(value.split(" ")[:2])


_LIMITS: Final[Object[dict[str, Any]]] = Object(
    title="Limits",
    members=(
        Member("connections", Integer(least=1, most=_MOST_CONNECTIONS, exact=True), default=4),
        Member("per_link", Integer(least=1, most=_MOST_CONNECTIONS, exact=True), default=4),
        Member("bandwidth", Nullable(Integer(least=1, most=_FASTEST, exact=True))),
    ),
    make=dict,
    closed=True,
)


def _site(
    *,
    name: str,
    endpoints: tuple[Endpoint, ...],
    description: str = "",
    visibility: str = "private",
    home: str = "/",
    default_path: str = "~",
    auth: str | None = None,
    host_keys: tuple[str, ...] = (),
    ca_cert: str | None = None,
    limits: Mapping[str, Any] | None = None,
    enabled: bool = True,
) -> SiteSpec:
    if not endpoints:
        raise fault("endpoints", "holds none")
    if len({one.protocol for one in endpoints}) < len(endpoints):
        raise fault("endpoints", "has two for one protocol")
    open_to_all = all(one.protocol in NO_AUTH for one in endpoints)
    if auth is None and not open_to_all:
        raise fault("auth", "is needed: these endpoints want a credential")
    if auth == Auth.NONE and not open_to_all:
        raise fault("auth", "is NONE, but these endpoints want a credential")
    if any(one.protocol is JobProtocol.SFTP for one in endpoints):
        _check_ssh(auth, host_keys)
    return SiteSpec(
        name=name,
        endpoints=endpoints,
        description=description,
        is_public=visibility == "public",
        home=home,
        default_path=default_path,
        auth=Auth(auth or Auth.NONE),
        host_keys=host_keys,
        ca_cert=ca_cert,
        enabled=enabled,
        **(limits or {"connections": 4, "per_link": 4}),
    )


def _check_ssh(auth: str | None, host_keys: tuple[str, ...]) -> None:
    if not host_keys:
        raise fault(
            "host_keys", "are needed for SFTP: the site's public keys, such as ssh-keyscan prints them"
        )
    if auth not in {Auth.PASSWORD, Auth.SSH_KEY}:
        raise fault("auth", "is neither PASSWORD nor SSH_KEY, which SFTP wants")


SITE: Final = Object(
    title=TITLE,
    name="NewTransferSite",
    members=(
        Member(
            "name", Text("Unique within the project.", shortest=1, longest=64, pattern=_NAME), required=True
        ),
        Member("endpoints", Listing(_ENDPOINT, "In the order of preference."), required=True),
        Member("description", Text()),
        Member("visibility", OneOf(("private", "public"), "A public one is for every project.")),
        Member("home", Custom(_parse_home, PATH.schema | {"description": "Where ~ is, from the root."})),
        Member("default_path", PATH),
        Member("auth", OneOf(tuple(Auth), "What it wants to be shown.")),
        Member("host_keys", Listing(Custom(_parse_host_key, {"type": "string"}))),
        Member("ca_cert", Nullable(Text("PEM", longest=_LONGEST_CERTIFICATE))),
        Member("limits", _LIMITS),
        Member("enabled", Boolean()),
        *(Member(name, Anything(), kept=False) for name in _DROPPED),
    ),
    make=_site,
    closed=True,
)

CREDENTIAL: Final = Object(
    title="Credential",
    name="NewTransferCredential",
    members=(Member("secret_ref", Text("The reference of a secret.", shortest=1), required=True),),
    make=lambda *, secret_ref: secret_ref,
    closed=True,
)


def check_endpoints(spec: SiteSpec, settings: Settings) -> None:
    """Do nothing where each endpoint can be used.

    :raises SchemaMismatch: naming the one that cannot.
    """
    for number, endpoint in enumerate(spec.endpoints):
        try:
            urls.check(endpoint.protocol, endpoint.url, endpoint.options, settings)
        except urls.BadUrl as error:
            member = "protocol" if endpoint.protocol not in SERVED else "url"
            raise fault(f"endpoints.{number}.{member}", str(error)) from None
