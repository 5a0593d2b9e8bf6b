"""Names of the registry's objects: ``urn:publicid:IDN+A:B+user+SHORT``, read and compared by component.

An authority ``A:B`` and a project ``SHORT`` of it are both authorities to other parties of the federation
(GENI, SFA), so their names look alike: only stored rows tell which of them is what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 255
"""Characters of a name."""

SHORTNAME: Final = "[A-Za-z0-9._-]{1,64}"
"""What a component is, as an expression."""

_PREFIX: Final = "urn:publicid:IDN"
_IT_ITSELF: Final = "sa"  # what follows the type in an authority's name
_COMPONENT: Final = re.compile(SHORTNAME)


class UrnKind(StrEnum):
    """The types of names that there are; the words stand in the names."""

    USER = "user"
    AUTHORITY = "authority"  # an authority or a project
    SLICE = "slice"
    NODE = "node"  # a resource


class BadUrn(ValueError):
    """A text that is no name."""


@dataclass(frozen=True, slots=True)
class Urn:
    """A name in its components; equal where all of them are."""

    path: tuple[str, ...]  # the authority that it is under, from the root; of an authority its own
    kind: UrnKind
    name: str = _IT_ITSELF  # the object's shortname

    def __str__(self) -> str:
        return f"{_PREFIX}+{':'.join(self.path)}+{self.kind}+{self.name}"

    @property
    def shortname(self) -> str:
        """The last component."""
        return self.path[-1] if self.kind is UrnKind.AUTHORITY else self.name

    @property
    def hrn(self) -> str:
        """The human-readable name: components joined by dots, a dot within one escaped, as SFA has it."""
        own = () if self.kind is UrnKind.AUTHORITY else (self.name,)
        return ".".join(part.replace(".", "\\.") for part in (*self.path, *own))


def parse(text: str) -> Urn:
    """A text as a name.

    :raises BadUrn: saying what is wrong with it.
    """
    if len(text) > LONGEST:
        raise BadUrn(f"is longer than {LONGEST} characters")
    parts = text.split("+")
    if len(parts) != 4 or parts[0] != _PREFIX:  # noqa: PLR2004  prefix, authority, type, name
        raise BadUrn(f"is no name such as {_PREFIX}+a:b+user+c")
    _, authority, kind, name = parts
    if kind not in set(UrnKind):
        raise BadUrn(f"has none of the types {[one.value for one in UrnKind]}")
    urn = Urn(tuple(authority.split(":")), UrnKind(kind), name)
    if not all(_COMPONENT.fullmatch(component) for component in (*urn.path, name)):
        raise BadUrn(f"has a component that does not match {SHORTNAME}")
    if urn.kind is UrnKind.AUTHORITY and name != _IT_ITSELF:
        raise BadUrn(f"is an authority's, which ends in {_IT_ITSELF}")
    return urn


def is_at_or_above(ancestor: Urn, urn: Urn) -> bool:
    """Whether an authority is one that a name is under, or the one that it names.

    By component: ``onelab:up`` is not above ``onelab:upmc``.
    """
    depth = len(ancestor.path)
    return ancestor.kind is UrnKind.AUTHORITY and urn.path[:depth] == ancestor.path


def below(authority: Urn, kind: UrnKind, shortname: str) -> Urn:
    """The name of something that an authority or a project gets.

    :raises BadUrn: when it would be too long.
    """
    if kind is UrnKind.AUTHORITY:
        urn = Urn((*authority.path, shortname), kind)
    else:
        urn = Urn(authority.path, kind, shortname)
    if len(str(urn)) > LONGEST:
        raise BadUrn(f"makes a name that is longer than {LONGEST} characters")
    return urn


def root(shortname: str) -> Urn:
    """The name of an authority that is under no other."""
    return Urn((shortname,), UrnKind.AUTHORITY)


def shortname_of(text: str) -> str:
    """A text as a shortname: what may not be in one becomes a hyphen. Empty where nothing is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-")[:64]
