"""What stands in the way of a change: none of it heals by trying again."""

from __future__ import annotations

from barbican_like.common.errors import Conflict


class Unfit(Conflict):
    """A change that the registry cannot take as things are; its text may be shown and logged.

    ``Unfit`` is the one class that a handler catches; those below tell a caller more.
    """


class NoSuchThing(Unfit):
    """What is to be changed is not there."""

    def __init__(self, thing_id: str) -> None:
        super().__init__(f"There is no {thing_id}")


class UnknownTarget(Unfit):
    """A link leads to what is not there, or is of another type.

    :param target: the name that is linked to.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(f"There is no {target} to link to")


class NameTaken(Unfit):
    """There is a thing with this name already. (Authorities and projects share their names.)"""

    def __init__(self, thing_id: str) -> None:
        super().__init__(f"The name {thing_id} is taken")


class LoginTaken(Unfit):
    """Another user has this login."""

    default = "Another user has this login"


class Overlap(Unfit):
    """A resource has a lease already in that time."""

    def __init__(self, resource: str, lease_id: str) -> None:
        super().__init__(f"The resource {resource} has the lease {lease_id} in that time")


class InUse(Unfit):
    """Others need it."""

    def __init__(self, thing_id: str, needed_by: str) -> None:
        super().__init__(f"{thing_id} cannot be removed: {needed_by} needs it")


class TooMany(Unfit):
    """A list would be longer than one may be."""

    def __init__(self, thing_id: str, name: str) -> None:
        super().__init__(f"{thing_id} would have more {name} than may be")


class Circle(Unfit):
    """An authority would be under itself."""

    def __init__(self, thing_id: str) -> None:
        super().__init__(f"{thing_id} cannot be under itself")


class TimesUnfit(Unfit):
    """The times of a lease do not fit together."""
