"""What a caller may see of the registry in the feed: what a GET would show him."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from barbican_like.activity.registry import telling
from barbican_like.activity.registry.person import Person
from barbican_like.activity.registry.port import Wanted
from barbican_like.activity.registry.standing import standings_of
from barbican_like.activity.registry.things import THINGS, ThingKind
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.common.notices import PRESENT, Audience, Notice
from barbican_like.model.unit_of_work import Repositories

_AT_ONCE: Final = 500  # things of one statement


class RegistrySight:
    """That of things of a type."""

    def __init__(self, kind: ThingKind) -> None:
        self._kind = kind

    def sees(self, person: Person, audience: Audience) -> bool:
        """Whether he may read the registry, and everybody such a thing, or he is in it or over it."""
        return person.reads and (self._kind.open or person.sees(audience))

    def objects(self, view: Repositories) -> Iterator[Notice]:
        """All of them."""
        registry, after = view.of(RegistryRepo), ""
        while things := registry.page(self._kind.type, Wanted(), after=after, limit=_AT_ONCE):
            for thing, standing in zip(things, standings_of(registry, things), strict=True):
                yield telling.told(thing, standing, (PRESENT, None))
            after = things[-1].id


SIGHTS: Final[Mapping[str, RegistrySight]] = MappingProxyType(
    {kind.collection: RegistrySight(kind) for kind in THINGS.values()}
)
"""By the feed's names of them."""
