"""What the feed is told of a change of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from barbican_like.activity.registry import showing
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.privilege import Standing
from barbican_like.activity.registry.standing import standing_of
from barbican_like.activity.registry.things import Thing, ThingType
from barbican_like.common.notices import CREATED, DELETED, PRESENT, Audience, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something changes."""

    event_id: str | None = None
    actor: str | None = None  # the event's user; None for the program itself


_NONE: Final = Cause()


def about(registry: Registry, thing: Thing, op: str, what: str | None = None, cause: Cause = _NONE) -> Notice:
    """The notice of a thing that is there.

    :param thing: as it now is.
    :param op: created, updated or initial.
    :param what: the list that changed; None for the whole.
    """
    pi_of = registry.pi_of(thing.id) if thing.type is ThingType.USER else ()
    return told(thing, standing_of(registry, thing), (op, what), cause, pi_of)


def told(
    thing: Thing,
    standing: Standing,
    done: tuple[str, str | None],
    cause: Cause = _NONE,
    pi_of: Iterable[str] = (),
) -> Notice:
    """The notice of a thing.

    :param thing: as it now is, or last was.
    :param standing: who stands how to it.
    :param done: what was done, and the list that changed: None for the whole.
    :param pi_of: of a user who is there: the authorities and projects that he is a PI of.
    """
    op, what = done
    return Notice(
        object=thing.type.lower(),
        id=thing.id,
        op=op,
        what=what,
        old=None if op == CREATED else thing.status,
        new=None if op == DELETED else thing.status,
        actor=cause.actor,
        event_id=cause.event_id,
        audience=Audience(
            project_id=None,
            above=tuple(one.id for one in standing.above),
            members=tuple(sorted(standing.holders | standing.members)),
            pis=thing.lists.get("pi_users", ()),
            pi_of=tuple(sorted(pi_of)),
            login=thing.values.get("login"),
        ),
        snapshot=showing.snapshot(thing, standing),
        at=thing.updated_at if op == PRESENT else None,
    )
