"""URLs of sites: what each protocol's looks like, and which of them the operator allows."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, unquote, unquote_to_bytes, urlsplit

from barbican_like.workqueue.config import Settings
from barbican_like.workqueue.protocols.dummy import Script
from barbican_like.workqueue.protocols.opening import S3_REGION, SERVED, is_allowed_root
from barbican_like.workqueue.states import JobProtocol

LONGEST: Final = 2048  # characters


_HOST: Final = re.compile(r"[\w.-]{1,253}")
_BUCKET: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
_REGION: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class BadEndpoint(ValueError):
    """An endpoint that is of no use; its text says why.

    :ivar member: the one that is at fault.
    """

    member = "url"


class BadUrl(BadEndpoint):
    """A URL that is of no use."""


class BadProtocol(BadEndpoint):
    """A protocol that is not spoken here."""

    member = "protocol"


class BadOptions(BadEndpoint):
    """Options that are of no use."""

    member = "options"


def check(protocol: JobProtocol, url: str, options: Mapping[str, Any], settings: Settings) -> None:
    """Do nothing for an endpoint that can be used.

    :raises BadEndpoint: for another.
    """
    if protocol not in SERVED:
        raise BadProtocol(f"{protocol} is not served here: choose one of {[one.value for one in SERVED]}")
    try:
        parts = urlsplit(url)
        has_user = bool(parts.username or parts.password)
    except ValueError:
        raise BadUrl("is no URL") from None
    if has_user:
        raise BadUrl("holds a user or a password: those belong into a credential")
    if parts.fragment:
        raise BadUrl("holds a fragment")
    if ".." in unquote(parts.path).split("/") or "\x00" in unquote(parts.path):
        raise BadUrl("holds a path that cannot be one")
    _CHECKS[protocol](parts, options, settings)


def _check_file(parts: SplitResult, options: Mapping[str, Any], settings: Settings) -> None:
    _require(parts, "file")
    _require_no(options, ())
    path = unquote(parts.path)
    if parts.netloc or parts.query or not path.startswith("/"):
        raise BadUrl("is not of the form file:///folder")
    if not is_allowed_root(Path(path), settings.file_roots):
        raise BadUrl("lies in no folder that the operator allows ([workqueue] file_roots)")


def _check_dummy(parts: SplitResult, options: Mapping[str, Any], _settings: Settings) -> None:
    _require(parts, "dummy")
    _require_no(options, ())
    try:
        Script.from_url(parts.geturl())
    except ValueError as error:
        raise BadUrl(str(error)) from None


def _check_sftp(parts: SplitResult, options: Mapping[str, Any], settings: Settings) -> None:
    _require(parts, "sftp")
    _require_no(options, ())
    _require_host(parts, settings)
    if parts.query:
        raise BadUrl("holds a query")


def _check_web(parts: SplitResult, options: Mapping[str, Any], settings: Settings) -> None:
    _require(parts, "https", "http")
    _require_no(options, ())
    _require_host(parts, settings)
    if parts.query:
        raise BadUrl("holds a query")


def _check_s3(parts: SplitResult, options: Mapping[str, Any], settings: Settings) -> None:
    _check_web(parts, {}, settings)
    _require_no(options, ("region", "path_style"))
    region, path_style = options.get("region", S3_REGION), options.get("path_style", True)
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise BadOptions("hold a region that is none")
    if not isinstance(path_style, bool):
        raise BadOptions("hold a path_style that is neither true nor false")
    bucket, _, prefix = unquote_to_bytes(parts.path).strip(b"/").partition(b"/")
    if not _BUCKET.fullmatch(bucket.decode("utf-8", "replace")):
        raise BadUrl("is not of the form https://host/bucket or https://host/bucket/prefix")
    try:
        prefix.decode()
    except UnicodeDecodeError:
        raise BadUrl("holds a prefix that is not UTF-8") from None


_CHECKS: Final[Mapping[JobProtocol, Callable[[SplitResult, Mapping[str, Any], Settings], None]]] = {
    JobProtocol.FILE: _check_file,
    JobProtocol.DUMMY: _check_dummy,
    JobProtocol.SFTP: _check_sftp,
    JobProtocol.S3: _check_s3,
    JobProtocol.WEBDAV: _check_web,
    JobProtocol.HTTP: _check_web,
}


def _require(parts: SplitResult, *schemes: str) -> None:
    if parts.scheme not in schemes:
        raise BadUrl(f"does not begin with {' or '.join(f'{scheme}:' for scheme in schemes)}")


def _require_host(parts: SplitResult, settings: Settings) -> None:
    """Do nothing for a host that may be allowed; what a name resolves to is looked at by each connection."""
    try:
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadUrl("has a port that is none") from None
    if not host:
        raise BadUrl("names no host")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host):
            raise BadUrl("names a host that is none") from None
        return  # what it resolves to is looked at by each connection
    if not settings.hosts.allows(host, address):
        raise BadUrl("is at an address that the operator does not allow ([workqueue] allowed_hosts)")


def _require_no(options: Mapping[str, Any], known: tuple[str, ...]) -> None:
    others = sorted(name[:64] for name in options if name not in known)
    if others:
        raise BadOptions(f"hold {others}, of which this protocol knows nothing")
