"""From a site's description to a storage: which adapter serves which protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from barbican_like.common.hosts import Hosts
from barbican_like.workqueue.faults import ErrorCode, TransferFailed
from barbican_like.workqueue.models import Endpoint, SiteSpec
from barbican_like.workqueue.protocols.dummy import DummyStorage, Occasion, Script
from barbican_like.workqueue.protocols.file import FileStorage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.states import JobProtocol

_SSH_PORT: Final = 22
S3_REGION: Final = "us-east-1"
"""Where a bucket is of which nothing is said; most that speak S3 take it for their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """All that it takes to speak to a site."""

    spec: SiteSpec
    endpoint: Endpoint
    file_roots: tuple[Path, ...]
    hosts: Hosts = field(default_factory=Hosts)
    credential: Mapping[str, str] = field(default_factory=dict, repr=False)
    follow: bool = False  # links
    is_source: bool = True
    occasion: Occasion = field(default_factory=Occasion)


def _open_file(opening: Opening) -> Storage:
    root = Path(unquote(urlsplit(opening.endpoint.url).path))
    if not is_allowed_root(root, opening.file_roots):
        raise TransferFailed.permanent(ErrorCode.DENIED, "The operator allows no such folder")
    return FileStorage(root, follow=opening.follow)


def _open_dummy(opening: Opening) -> Storage:
    script = Script.from_url(opening.endpoint.url)
    return DummyStorage(script, opening.occasion, is_source=opening.is_source)


def _open_sftp(opening: Opening) -> Storage:
    # Imported here: it takes a third of a second, and many have no such site.
    from barbican_like.workqueue.protocols.sftp import SftpStorage
    from barbican_like.workqueue.protocols.sftp_login import Address

    parts = urlsplit(opening.endpoint.url)
    address = Address(
        host=parts.hostname or "",
        port=parts.port or _SSH_PORT,
        root=unquote_to_bytes(parts.path) or b"/",
        host_keys=opening.spec.host_keys,
    )
    return SftpStorage(address, opening.hosts, opening.credential, follow=opening.follow)


def _open_webdav(opening: Opening) -> Storage:
    from barbican_like.workqueue.protocols.web import WebAddress
    from barbican_like.workqueue.protocols.webdav import WebdavStorage

    address = WebAddress(url=opening.endpoint.url, ca_cert=opening.spec.ca_cert)
    return WebdavStorage(address, opening.hosts, opening.credential)


def _open_http(opening: Opening) -> Storage:
    from barbican_like.workqueue.protocols.http_source import HttpStorage
    from barbican_like.workqueue.protocols.web import WebAddress

    address = WebAddress(url=opening.endpoint.url, ca_cert=opening.spec.ca_cert)
    return HttpStorage(address, opening.hosts, opening.credential)


def _open_s3(opening: Opening) -> Storage:
    from barbican_like.workqueue.protocols.s3 import S3Storage
    from barbican_like.workqueue.protocols.s3_client import S3Address

    parts, options = urlsplit(opening.endpoint.url), opening.endpoint.options
    bucket, _, prefix = unquote_to_bytes(parts.path).strip(b"/").partition(b"/")
    address = S3Address(
        endpoint=f"{parts.scheme}://{parts.netloc}",
        bucket=bucket.decode(),
        prefix=prefix.strip(b"/"),
        region=options.get("region", S3_REGION),
        path_style=options.get("path_style", True),
        ca_cert=opening.spec.ca_cert,
    )
    return S3Storage(address, opening.hosts, opening.credential)


_ADAPTERS: Final[Mapping[JobProtocol, Callable[[Opening], Storage]]] = {
    JobProtocol.FILE: _open_file,
    JobProtocol.DUMMY: _open_dummy,
    JobProtocol.SFTP: _open_sftp,
    JobProtocol.S3: _open_s3,
    JobProtocol.WEBDAV: _open_webdav,
    JobProtocol.HTTP: _open_http,
}

SERVED: Final = tuple(protocol for protocol in JobProtocol if protocol in _ADAPTERS)
"""The protocols that this program speaks."""


def new_storage(opening: Opening) -> Storage:
    """A site, to be opened.

    :raises TransferFailed: when it cannot be spoken to at all.
    """
    return _ADAPTERS[opening.endpoint.protocol](opening)


def is_allowed_root(root: Path, allowed: tuple[Path, ...]) -> bool:
    """Whether a folder lies in one that the operator allows; links on the way count as where they lead."""
    real = root.resolve()
    return any(real.is_relative_to(one.resolve()) for one in allowed)
