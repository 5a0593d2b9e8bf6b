"""What sites, credentials and checks look like as JSON."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.http import references
from barbican_like.http.openapi.values import closed
from barbican_like.http.request import Request
from barbican_like.http.schema import Schema, named
from barbican_like.workqueue import snapshots
from barbican_like.workqueue.http.values import INTEGER_ID, TIME, nullable
from barbican_like.workqueue.models import Auth, Credential, Site
from barbican_like.workqueue.states import JobProtocol

_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_POSITIVE: Final[Schema] = {"type": "integer", "minimum": 1}
_PROTOCOL: Final[Schema] = {"enum": list(JobProtocol)}

SITE: Final = named(
    "TransferSite",
    closed(
        {
            "id": INTEGER_ID,
            "name": _TEXT,
            "description": _TEXT,
            "visibility": {"enum": ["private", "public"]},
            "endpoints": {
                "type": "array",
                "items": closed({"protocol": _PROTOCOL, "url": _TEXT, "options": {"type": "object"}}),
            },
            "protocols": {"type": "array", "items": _PROTOCOL},
            "home": _TEXT,
            "default_path": _TEXT,
            "auth": {"enum": list(Auth)},
            "host_keys": {"type": "array", "items": _TEXT},
            "ca_cert": nullable(_TEXT),
            "limits": closed(
                {"connections": _POSITIVE, "per_link": _POSITIVE, "bandwidth": nullable(_POSITIVE)}
            ),
            "enabled": _FLAG,
            "is_owner": _FLAG,
            "created": TIME,
            "timestamp": TIME,
        }
    ),
)
CREDENTIAL: Final = named(
    "TransferCredential",
    closed(
        {
            "site_id": INTEGER_ID,
            "secret_ref": {"type": "string", "format": "uri"},
            "expires": nullable(TIME),
            "timestamp": TIME,
        }
    ),
)
CHECK: Final = named(
    "TransferSiteCheck",
    closed(
        {
            "site_id": INTEGER_ID,
            "ok": _FLAG,
            "endpoints": {
                "type": "array",
                "items": closed(
                    {
                        "protocol": _PROTOCOL,
                        "url": _TEXT,
                        "ok": _FLAG,
                        "latency": nullable({"type": "number", "minimum": 0}),
                        "error": nullable(closed({"class": _TEXT, "code": _TEXT, "reason": _TEXT})),
                    }
                ),
            },
        }
    ),
)


def site(found: Site, project_id: str) -> dict[str, Any]:
    """A site, as a project sees it."""
    return snapshots.of_site(found) | {"is_owner": found.project_id == project_id}


def credential(req: Request, found: Credential) -> dict[str, Any]:
    """Which secret it is, never what is in it."""
    return {
        "site_id": found.site_id,
        "secret_ref": f"{references.root(req)}/v1/secrets/{found.secret_id}",
        "expires": snapshots.shown_time(found.expires),
        "timestamp": snapshots.shown_time(found.updated_at),
    }
