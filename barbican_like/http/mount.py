"""A route table with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from barbican_like.http.controller import Controller
from barbican_like.http.dispatch import Application
from barbican_like.http.frame import Frame, Headers, no_headers
from barbican_like.http.request import Request
from barbican_like.http.router import ID, Router, Table
from barbican_like.http.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """What a room serves below one prefix."""

    prefix: str  # what the paths begin with, such as /v1; / for the root
    table: Table
    bounds: object = None  # of the configuration, what schemas of bodies depend on
    path_names: Mapping[str, str] = field(default_factory=dict)  # of an id in a path, by the word before it
    path_schemas: Mapping[str, Schema] = field(default_factory=dict)  # by such a name; else it is a UUID
    unknown_below: Mapping[str, type[Controller[Any]]] = field(default_factory=dict)  # see Router
    headers: Callable[[Request], Headers] = no_headers  # that every answer has besides
    anonymous: bool = False  # nobody needs to say who they are

    def application(self, frame: Frame, services: object) -> Application:
        """The WSGI application that serves it; its controllers are made now.

        :param services: what the room gives its controllers.
        """
        own = replace(frame, prefix=self.prefix.rstrip("/"), bounds=self.bounds, headers=self.headers)
        return Application(Router(self.table, own, services, self.unknown_below, self.template))

    def template(self, pattern: Sequence[str]) -> str:
        """A pattern of the table as documents show it: the whole path, with names for its ids.

        The root has a slash at its end where there is something below it.

        :raises KeyError: when an id has no name.
        """
        words = list(pattern)
        for place, word in enumerate(words):
            if word == ID:
                words[place] = f"{{{self.path_names[pattern[place - 1]]}}}"
        root = [""] if len(self.table) > 1 else []
        return "/".join((self.prefix.rstrip("/"), *(words or root))) or "/"
