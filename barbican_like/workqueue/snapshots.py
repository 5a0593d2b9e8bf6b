"""Jobs and sites as a GET shows them, and as those see them who hear of a change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from barbican_like.workqueue.faults import Fault
from barbican_like.workqueue.models import Element, Job, Site


def shown_time(moment: datetime | None) -> str | None:
    """A time as answers have it: with its offset."""
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()


def of_fault(fault: Fault) -> dict[str, str]:
    """Why an element has failed."""
    return {"class": fault.kind, "code": fault.code, "reason": fault.reason}


def of_job(found: Job, failed: Element | None) -> dict[str, Any]:
    """A job.

    :param failed: its first element that was given up.
    """
    counters = found.counters
    error = None
    if failed is not None and failed.error is not None:
        error = {"elementid": failed.id, **of_fault(failed.error)}
    return {
        "id": found.id,
        "user_id": found.user_id,
        "project_id": found.project_id,
        "src_siteid": found.src_siteid,
        "dst_siteid": found.dst_siteid,
        "src_filepath": found.src_filepath,
        "dst_filepath": found.dst_filepath,
        "type": found.type,
        "status": found.status,
        "extra_opts": dict(found.extra_opts),
        "priority": found.priority,
        "protocol": found.protocol,
        "log_uid": found.log_uid,
        "max_tries": found.max_tries,
        "dry_run": found.dry_run,
        "created": shown_time(found.created_at),
        "timestamp": shown_time(found.updated_at),
        "num_elements": counters.total,
        **{f"num_{status.lower()}": number for status, number in counters.by_status().items()},
        "bytes_total": found.bytes_total,
        "bytes_done": found.bytes_done,
        "error": error,
    }


def of_site(found: Site) -> dict[str, Any]:
    """A site; whether it is one's own depends on who asks."""
    spec = found.spec
    return {
        "id": found.id,
        "name": spec.name,
        "description": spec.description,
        "visibility": "public" if spec.is_public else "private",
        "endpoints": [
            {"protocol": one.protocol, "url": one.url, "options": dict(one.options)} for one in spec.endpoints
        ],
        "protocols": [one.protocol for one in spec.endpoints],
        "home": spec.home,
        "default_path": spec.default_path,
        "auth": spec.auth,
        "host_keys": list(spec.host_keys),
        "ca_cert": spec.ca_cert,
        "limits": {
            "connections": spec.connections,
            "per_link": spec.per_link,
            "bandwidth": spec.bandwidth,
        },
        "enabled": spec.enabled,
        "created": shown_time(found.created_at),
        "timestamp": shown_time(found.updated_at),
    }
