"""What a room is: one frozen value that says all it adds to the program.

The rooms of the program are listed once, in :mod:`barbican_like.rooms`; options, migrations, tasks, routes,
policies, commands and the rest derive from that list. Functions here import what they need when they are
called, so that a worker loads no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from oslo_config import cfg

from barbican_like.common.config import Groups
from barbican_like.common.errors import QuotaReached
from barbican_like.common.figures import Figures
from barbican_like.common.notices import Audience, Notice
from barbican_like.model.database import Database
from barbican_like.model.migrate import Migrations
from barbican_like.model.models import Project
from barbican_like.model.quotas import UNLIMITED
from barbican_like.model.unit_of_work import Reading, Repositories, UnitOfWork
from barbican_like.plugin.registry import Plugins
from barbican_like.queue.client import TaskClient
from barbican_like.queue.kinds import TaskKind

if TYPE_CHECKING:
    from barbican_like.http.context import RequestContext
    from barbican_like.http.mount import Mount
    from barbican_like.http.policy import Policy
    from barbican_like.http.policy.rules import Policies
    from barbican_like.queue.claims import Claims
    from barbican_like.queue.task import BaseTask

Purge = Callable[[UnitOfWork, Project, int], int]
"""Removes up to so many rows of a project; returns how many, 0 when there is nothing left."""


Tasks = Mapping[TaskKind, "BaseTask[Any, Any]"]
"""What works each kind of task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the composition root has built and gives to every room of a process."""

    conf: cfg.ConfigOpts
    database: Database
    plugins: Plugins
    client: TaskClient
    purge: Purge  # that of all rooms
    policy: Callable[[], Policy]  # the rules in force, read at the first call: a worker rarely needs them
    figures: Callable[[Parts, Reading], Figures]  # those of all rooms
    kinds: Mapping[str, TaskKind]  # of all rooms, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Something that a project may have so many of: the option ``quota_<resource>`` in ``[quotas]``."""

    resource: str  # such as secrets
    label: str  # as it begins the option's help, such as Secrets
    default: int = UNLIMITED

    def limit(self, conf: cfg.ConfigOpts) -> int:
        """What the operator allows; negative for no limit."""
        return int(conf.quotas[f"quota_{self.resource}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that the supervisor keeps running."""

    name: str  # as status shows it, such as keystone_listener
    module: str  # run with ``python -m``, and given the configuration files
    count: Callable[[cfg.ConfigOpts], int] = lambda _conf: 1  # processes; 0 for none
    numbered: bool = False  # their names end in a number, for there may be several
    stop_seconds: int = 20  # before it is killed
    listens: Callable[[cfg.ConfigOpts], tuple[str, int]] | None = None  # host and port; None: on none


class Sight(Protocol):
    """What one caller may see of the objects of a kind: those that a GET would show him."""

    def sees(self, audience: Audience) -> bool:
        """Whether he may see an object of which this is told. Nothing is read for it; the answer stays."""

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """The objects that are there and may be his to see, as notices; who asks judges each by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A kind of objects whose changes the feed shows to those who may GET them."""

    kind: str  # as notices name it, such as secret
    name: str  # as clients name such objects, such as secrets
    type: str  # as the feed names one of them, such as SECRET
    sight: Callable[[Policy, RequestContext], Sight]  # that of a caller


class Watch(Protocol):
    """Something that a worker process has going beside its tasks, on a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End, soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of ``barbican-manage``."""

    name: str
    help: str
    register: Callable[[Any], None]
    """Adds its actions to argparse's subparsers; each sets ``work``, which takes the parts and the parsed
    arguments, prints what it has to say and returns the exit code."""


def _nothing(*_: object) -> Any:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A capability of the program with all that it registers."""

    name: str  # an identifier, unique
    options: Groups = field(default_factory=dict)  # of barbican.conf, by section
    migrations: Migrations | None = None  # its tables; None for a room that has none
    kinds: tuple[TaskKind, ...] = ()  # of its tasks
    own_lanes: tuple[str, ...] = ()  # those that programs of its own serve, and other workers only if told
    standing: tuple[TaskKind, ...] = ()  # those of which there is always one task, which goes on for ever
    tasks: Callable[[Parts, Claims], Tasks] = lambda *_: {}  # what works each of them
    watches: Callable[[Parts], Sequence[Watch]] = _nothing  # what worker processes have going beside
    mounts: Callable[[cfg.ConfigOpts], Sequence[Mount]] = _nothing  # what it serves over HTTP
    services: Callable[[Parts], object] = lambda _parts: None  # what its controllers are given
    policies: Callable[[], Policies] | None = None  # its rules; None where all it serves is open
    purge: Purge = lambda *_: 0  # removes what a project has here
    figures: Callable[[Parts, Reading], Figures] = lambda *_: Figures()  # what operators see of it
    quotas: tuple[Quota, ...] = ()
    programs: tuple[Program, ...] = ()
    commands: Callable[[], Sequence[Command]] = _nothing
    wakes: Callable[[cfg.ConfigOpts], Callable[[], None]] | None = None
    """Made once a process: called after the commit of what ``on_notices`` has heard. It never waits."""
    followed: tuple[Followed, ...] = ()  # what the feed shows of that which it tells
    on_notices: Callable[[UnitOfWork, Sequence[Notice]], None] | None = None
    """Hears what any room has told in a transaction, at its end, and may write about it."""


def require_below(uow: UnitOfWork, project_id: str, limit: int, used: Callable[[], int]) -> None:
    """Do nothing when a project may have one more of something; call it before making that one.

    The project's row is locked until the commit, so that of many at once only as many pass as are free.

    :param project_id: the project's external id.
    :param limit: negative for none.
    :param used: counts what the project has by now.
    :raises QuotaReached: when it may not.
    """
    if limit < 0:
        return
    uow.projects.hold(project_id)
    if used() >= limit:
        raise QuotaReached
