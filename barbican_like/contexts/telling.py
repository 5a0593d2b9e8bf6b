"""What the feed is told of task services: each of their transitions, and how they stand.

Logs of services are not in it: what a service writes there may be secret.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from barbican_like.common.notices import CREATED, PRESENT, UPDATED, Notice
from barbican_like.contexts.models import Entry, Standing
from barbican_like.contexts.states import ServiceState

SERVICE: Final = "service"
_STATE: Final = "state"


def about_transition(context_id: str, context: str, entry: Entry) -> Notice:
    """The notice of a transition; a service is there from its first one on.

    :param context_id: that the context's file gives.
    :param context: the file's name.
    """
    transition = entry.transition
    stands = Standing(
        transaction=entry.transaction,
        context_id=context_id,
        context=context,
        service_id=transition.service_id,
        name=entry.name,
        instance=entry.instance,
        state=transition.state,
        desired=transition.desired,
        pid=transition.pid,
        exit_code=transition.exit_code,
        restarts=transition.restarts,
        since=transition.since,
    )
    is_first = transition.old_state == ServiceState.DEFINED
    return Notice(
        object=SERVICE,
        id=_id(stands),
        op=CREATED if is_first else UPDATED,
        what=None if is_first else _STATE,
        old=transition.old_state,
        new=transition.state,
        snapshot=_snapshot(stands) | {"reason": transition.reason},
    )


def about_standing(stands: Standing) -> Notice:
    """The notice of a service as it stands, for one who comes late."""
    snapshot = _snapshot(stands)
    return Notice(
        object=SERVICE, id=_id(stands), op=PRESENT, new=stands.state, snapshot=snapshot, at=stands.since
    )


def _id(stands: Standing) -> str:
    return f"{stands.transaction}/{stands.service_id}"


def _snapshot(stands: Standing) -> dict[str, Any]:
    shown = asdict(stands)
    shown["serviceName"] = shown.pop("name")
    return shown | {"since": stands.since.isoformat()}
