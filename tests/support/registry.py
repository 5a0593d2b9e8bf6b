"""Things of the registry for tests: two authorities, one under the other, with people, a project and more."""

from __future__ import annotations

from typing import Any, Final

from barbican_like.activity.registry import data
from barbican_like.activity.registry.port import Registry
from barbican_like.activity.registry.things import THINGS, Thing, ThingType
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.model.database import Database
from barbican_like.model.unit_of_work import UnitOfWork


def urn(path: str, kind: str = "authority", name: str = "sa") -> str:
    """A name, of ``a:b`` and the rest."""
    return f"urn:publicid:IDN+{path}+{kind}+{name}"


ROOT: Final = urn("onelab")
UP: Final = urn("onelab:up")
UPMC: Final = urn("onelab:upmc")
PROJECT: Final = urn("onelab:upmc:apitest")
SLICE: Final = urn("onelab:upmc:apitest", "slice", "first")
NODE: Final = urn("onelab:upmc", "node", "n1")
OTHER_NODE: Final = urn("onelab:upmc", "node", "n2")


def user(name: str, authority: str = "onelab:upmc") -> str:
    """The name of a user."""
    return urn(authority, "user", name)


ALICE: Final = user("alice")
BOB: Final = user("bob")
CAROL: Final = user("carol", "onelab")


def make(registry: Registry, thing_type: ThingType, caller: Thing | None = None, **given: Any) -> Thing:
    """Make a thing by a driver, of what a body would hold."""
    return registry.create(data.creation(THINGS[thing_type], given, caller))


def make_user(registry: Registry, name: str, authority: str = UPMC, **more: Any) -> Thing:
    """A user."""
    given = {"first_name": name.title(), "last_name": "X", "email": f"{name}@example.org"} | more
    return make(registry, ThingType.USER, authority=authority, **given)


def populate(registry: Registry) -> None:
    """All of the names above: Carol is PI of the root, Alice of the project; Bob is in the slice."""
    make(registry, ThingType.AUTHORITY, name="OneLab", shortname="onelab")
    make(registry, ThingType.AUTHORITY, name="UPMC", shortname="upmc", authority=ROOT)
    make(registry, ThingType.AUTHORITY, name="UP", shortname="up", authority=ROOT)
    make_user(registry, "alice", login="alice-login", keys=["ssh-ed25519 AAAA alice"])
    make_user(registry, "bob")
    make_user(registry, "carol", ROOT)
    registry.add(ROOT, "pi_users", [CAROL])
    make(
        registry,
        ThingType.PROJECT,
        name="apitest",
        description="Tries.",
        authority=UPMC,
        pi_users=[ALICE],
    )
    for name in ("n1", "n2"):
        make(registry, ThingType.RESOURCE, authority=UPMC, name=name, type="node", available=True)
    make(registry, ThingType.SLICE, project=PROJECT, shortname="first", users=[ALICE, BOB], resources=[NODE])


def make_lease(registry: Registry, start: int, end: int, *resources: str) -> Thing:
    """A lease of the slice."""
    return make(
        registry,
        ThingType.LEASE,
        slice_id=SLICE,
        resources=list(resources or (NODE,)),
        start_time=start,
        duration=end - start,
        end_time=end,
    )


def settle(database: Database) -> dict[str, str]:
    """All of them and a lease, in a database; their names by those of paths' parameters."""
    with UnitOfWork(database) as uow:
        kept = uow.of(RegistryRepo)
        populate(kept)
        lease = make_lease(kept, 1_000, 1_100)
        uow.commit()
    names = {"user": ALICE, "authority": UPMC, "project": PROJECT, "slice": SLICE, "resource": NODE}
    return {f"{word}_urn": name for word, name in names.items()} | {"lease_urn": lease.id}
