"""``SITE:PATH``, and the names of sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from barbican_like.cmd.jobs.exits import CommandFailed, Exit
from barbican_like.cmd.jobs.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A path at a site."""

    site: str  # name or id, as given
    path: str

    @property
    def name(self) -> str:
        """The last name of the path."""
        return self.path.rstrip("/").rpartition("/")[2]

    def below(self, name: str) -> Place:
        """A name in this directory."""
        return Place(site=self.site, path=f"{self.path.rstrip('/')}/{name}")


def place(text: str) -> Place:
    """What ``SITE:PATH`` says.

    :raises ValueError: when it is not of that form.
    """
    site, colon, path = text.partition(":")
    if not (site and colon and path):
        raise ValueError(text)
    return Place(site=site, path=path)


class Sites:
    """The sites that the caller may use, asked for once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._known: list[dict[str, Any]] | None = None

    def all(self) -> list[dict[str, Any]]:
        """Each of them."""
        if self._known is None:
            self._known = list(self._service.pages("sites"))
        return self._known

    def id_of(self, given: str) -> int:
        """The id of a site that is given by its name, one's own before public ones, or else by its id.

        :raises CommandFailed: when there is none, or several.
        """
        named = [site for site in self.all() if site["name"] == given]
        own = [site for site in named if site["is_owner"]]
        found = own or named
        if len(found) > 1:
            ids = ", ".join(str(site["id"]) for site in found)
            raise CommandFailed(Exit.REFUSED, f"several sites are called {given}: say which of {ids}")
        if found:
            return int(found[0]["id"])
        if given.isascii() and given.isdigit():
            return int(given)
        raise CommandFailed(Exit.REFUSED, f"there is no site {given}; barbican-jobs sites lists them")

    def has(self, name: str) -> bool:
        """Whether a site is called so."""
        return any(site["name"] == name for site in self.all())

    def name_of(self, site_id: int | None) -> str:
        """The name of a site; its id where it is gone or hidden."""
        return next((site["name"] for site in self.all() if site["id"] == site_id), str(site_id))
