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
    Schema,
    Text,
    Where,
)
from barbican_like.workqueue import urls
from barbican_like.workqueue.config import Settings
from barbican_like.workqueue.http.values import ALIASES, DROPPED, PATH, enum_value
from barbican_like.workqueue.models import Auth, Endpoint, SiteSpec
from barbican_like.workqueue.protocols.certificates import trusting
from barbican_like.workqueue.states import JobProtocol

TITLE: Final = "Site"
_NAME: Final = re.compile("[A-Za-z0-9._-]{1,64}")
_NAME_SCHEMA: Final[Schema] = {
    "type": "string",
    "pattern": f"^{_NAME.pattern}$",
    "description": "Unique within the project.",
}
_MOST_CONNECTIONS: Final = 1000
_FASTEST: Final = 2**50
_LONGEST_CERTIFICATE: Final = 65_536
_HOST_KEY: Final = re.compile(r"[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,4096}={0,2}(?: .{0,255})?")
AUTHS: Final[Mapping[JobProtocol, tuple[Auth, ...]]] = {
    JobProtocol.SFTP: (Auth.PASSWORD, Auth.SSH_KEY),
    JobProtocol.S3: (Auth.S3_KEY,),
    JobProtocol.WEBDAV: (Auth.NONE, Auth.PASSWORD, Auth.TOKEN),
    JobProtocol.HTTP: (Auth.NONE, Auth.PASSWORD, Auth.TOKEN),
    JobProtocol.GRIDFTP: (Auth.X509,),
}
"""What sites can be shown, by their protocols; those that are missing look at nothing."""


def fault(name: str, reason: str) -> SchemaMismatch:
    """What is wrong with a member that only its surroundings can tell."""
    return Where(TITLE, name).fault(f"{name} {reason}")


def _parse_name(value: object, where: Where) -> str:
    if not isinstance(value, str):
        raise where.fault(f"{where.label} is not of type 'string'")
    if _NAME.fullmatch(value) is None:
        raise where.fault(f"{where.label} is not {_NAME.pattern}")
    return value


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


def _check_host_keys(keys: tuple[str, ...]) -> None:
    """Do nothing where each is one."""
    if not keys:
        return
    # Imported here: it takes a third of a second, and many have no such site.
    from barbican_like.workqueue.protocols.sftp_keys import is_host_key

    for number, key in enumerate(keys):
        if not is_host_key(key):
            raise fault(f"host_keys.{number}", "is no public key: its second word holds none of that kind")


_CERTIFICATES: Final = {
    "type": "string",
    "maxLength": _LONGEST_CERTIFICATE,
    "description": "PEM: the authorities whose signature on the site's certificate counts.",
}


def _parse_certificates(value: object, where: Where) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_CERTIFICATE:
        raise where.fault(f"{where.label} is no text of 1 to {_LONGEST_CERTIFICATE} characters")
    try:
        trusting(value)
    except ValueError as error:
        raise where.fault(f"{where.label} {error}") from None
    return value


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
    _check_auth(endpoints, auth)
    _check_host_keys(host_keys)
    if any(one.protocol is JobProtocol.SFTP for one in endpoints) and not host_keys:
        raise fault(
            "host_keys", "are needed for SFTP: the site's public keys, such as ssh-keyscan prints them"
        )
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


def _check_auth(endpoints: tuple[Endpoint, ...], auth: str | None) -> None:
    """Do nothing where each endpoint can be shown such a credential."""
    for endpoint in endpoints:
        wanted = AUTHS.get(endpoint.protocol)
        if wanted is not None and (auth or Auth.NONE) not in wanted:
            choices = " or ".join(wanted)
            what = "is needed" if auth is None else f"is {auth}"
            raise fault("auth", f"{what}: {endpoint.protocol} wants {choices}")


SITE: Final = Object(
    title=TITLE,
    name="NewTransferSite",
    members=(
        Member("name", Custom(_parse_name, _NAME_SCHEMA), required=True),
        Member("endpoints", Listing(_ENDPOINT, "In the order of preference."), required=True),
        Member("description", Text()),
        Member(
            "visibility", OneOf(("private", "public"), "A public one is for every project.", any_case=True)
        ),
        Member("home", Custom(_parse_home, PATH.schema | {"description": "Where ~ is, from the root."})),
        Member("default_path", PATH),
        Member("auth", OneOf(tuple(Auth), "What it wants to be shown.", any_case=True)),
        Member("host_keys", Listing(Custom(_parse_host_key, {"type": "string"}))),
        Member("ca_cert", Nullable(Custom(_parse_certificates, _CERTIFICATES))),
        Member("limits", _LIMITS),
        Member("enabled", Boolean()),
        *(Member(name, Anything(), kept=False) for name in (*DROPPED, "protocols", "is_owner", "created")),
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
        except urls.BadEndpoint as error:
            raise fault(f"endpoints.{number}.{error.member}", str(error)) from None
