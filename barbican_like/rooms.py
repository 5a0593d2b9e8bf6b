"""The list of rooms, and what derives from it. A new room is one more name in :data:`ROOMS`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from oslo_config import cfg

from barbican_like.activity.room import activity
from barbican_like.common import config
from barbican_like.common.figures import Figures
from barbican_like.common.notices import Notice
from barbican_like.contexts.room import CONTEXTS
from barbican_like.key_manager import KEY_MANAGER
from barbican_like.model.migrate import Migrations
from barbican_like.model.models import Project
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.operations.room import OPERATIONS
from barbican_like.page.room import PAGE
from barbican_like.queue.kinds import TaskKind
from barbican_like.room import Command, Followed, Parts, Program, Room, Tasks, Watch
from barbican_like.workqueue.room import WORKQUEUE

if TYPE_CHECKING:
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy import Policy
    from barbican_like.http.policy.rules import Policies
    from barbican_like.model.database import Observer
    from barbican_like.queue.claims import Claims

_TELLING: Final[tuple[Room, ...]] = (KEY_MANAGER, WORKQUEUE, CONTEXTS)
ROOMS: Final[tuple[Room, ...]] = (
    *_TELLING,
    activity(tuple(followed for room in _TELLING for followed in room.followed)),
    OPERATIONS,
    PAGE,
)


def options() -> dict[str | None, list[cfg.Opt]]:
    """Every option by section."""
    quotas = [
        cfg.IntOpt(
            f"quota_{quota.resource}",
            default=quota.default,
            help=f"{quota.label} that a project may have where an administrator has set nothing else. "
            "Negative: no limit; 0: none.",
        )
        for room in ROOMS
        for quota in room.quotas
    ]
    return config.joined([config.GROUPS, *(room.options for room in ROOMS), {"quotas": quotas}])


def new_config() -> cfg.ConfigOpts:
    """An empty configuration with every option registered; commands add theirs before parsing."""
    return config.new_config(options())


def load(
    arguments: Sequence[str], conf: cfg.ConfigOpts | None = None, prog: str = "barbican"
) -> cfg.ConfigOpts:
    """Parse a command line with its configuration files (a later file wins).

    :raises ConfigurationError: naming the option or the file that is wrong.
    """
    conf = conf or new_config()
    config.parse(conf, arguments, prog, options())
    return conf


def migrations() -> tuple[Migrations, ...]:
    """Every branch of migrations."""
    return tuple(room.migrations for room in ROOMS if room.migrations is not None)


def kinds() -> dict[str, TaskKind]:
    """Every kind of task, by its name."""
    return {kind.name: kind for room in ROOMS for kind in room.kinds}


def lanes() -> set[str]:
    """Every lane of tasks."""
    return {kind.lane for kind in kinds().values()}


def own_lanes() -> frozenset[str]:
    """The lanes that programs of rooms serve, and other workers only where their configuration says so."""
    return frozenset(lane for room in ROOMS for lane in room.own_lanes)


def standing() -> tuple[TaskKind, ...]:
    """The kinds of which there is always one task."""
    return tuple(kind for room in ROOMS for kind in room.standing)


def tasks(parts: Parts, claims: Claims) -> Tasks:
    """What works each kind of task."""
    return {kind: task for room in ROOMS for kind, task in room.tasks(parts, claims).items()}


def watches(parts: Parts) -> tuple[Watch, ...]:
    """What a worker process has going beside its tasks."""
    return tuple(watch for room in ROOMS for watch in room.watches(parts))


def mounts(conf: cfg.ConfigOpts) -> Iterator[tuple[Room, Mount]]:
    """All that is served over HTTP, each with its room."""
    for room in ROOMS:
        for mount in room.mounts(conf):
            yield room, mount


def policies() -> Policies:
    """Every policy rule."""
    # Imported here, as below: a worker has no use for the HTTP side.
    from barbican_like.http.policy.rules import Policies

    return Policies.joined(room.policies() for room in ROOMS if room.policies is not None)


def purge(uow: UnitOfWork, project: Project, limit: int) -> int:
    """Remove up to so many rows of a project from each room; returns how many, 0 when nothing is left."""
    return sum(room.purge(uow, project, limit) for room in ROOMS)


def figures(parts: Parts, view: Reading) -> Figures:
    """What operators see of all rooms."""
    return Figures.joined(room.figures(parts, view) for room in ROOMS)


def programs() -> tuple[Program, ...]:
    """Every program that the supervisor keeps besides the API and the workers."""
    return tuple(program for room in ROOMS for program in room.programs)


def policy(conf: cfg.ConfigOpts) -> Policy:
    """The rules in force.

    :raises ConfigurationError: for a policy file that cannot be used.
    """
    from barbican_like.http.policy import Policy

    return Policy.from_config(conf, policies())


def commands() -> Iterator[Command]:
    """Every command that rooms add to ``barbican-manage``."""
    for room in ROOMS:
        yield from room.commands()


def followed() -> tuple[Followed, ...]:
    """Every kind of objects that the feed tells of."""
    return tuple(followed for room in ROOMS for followed in room.followed)


def observers(conf: cfg.ConfigOpts) -> tuple[Observer, ...]:
    """All who hear what rooms tell."""
    return tuple(_observer(room, conf) for room in ROOMS if room.on_notices is not None)


def _observer(room: Room, conf: cfg.ConfigOpts) -> Observer:
    """What a room does about notices, and after their commit."""
    write = room.on_notices
    assert write is not None  # noqa: S101  the caller has looked
    if room.wakes is None:
        return write
    wake = room.wakes(conf)

    def observe(uow: UnitOfWork, notices: Sequence[Notice]) -> None:
        write(uow, notices)
        uow.after_commit(wake)

    return observe


def list_opts() -> list[tuple[str | None, list[cfg.Opt]]]:
    """Every option by section, for oslo-config-generator (entry point ``oslo.config.opts``)."""
    return list(options().items())


def list_rules() -> list[Any]:
    """Every rule, for oslo.policy's tools (entry point ``oslo.policy.policies``)."""
    return list(policies().rules)


def get_enforcer() -> Any:
    """What oslo.policy's tools ask (entry point ``oslo.policy.enforcer``); they have parsed ``cfg.CONF``."""
    from barbican_like.http.policy.enforcer import build_enforcer

    return build_enforcer(cfg.CONF, policies().rules)
