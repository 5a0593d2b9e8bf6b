"""The way from a path to its controller, by a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NoReturn

from barbican_like.common.errors import NotFound
from barbican_like.http.controller import OPEN, Controller, Operation
from barbican_like.http.frame import Frame

ID: Final = "{id}"
"""The segment of a pattern that stands for anything."""

Table = Mapping[tuple[str, ...], type[Controller[Any]]]
"""A controller for each pattern. A segment is a word, or ``{id}``."""


class _Key(Enum):
    """Keys of the router's tree that no segment of a path can be equal to."""

    ANY = "any"
    HERE = "here"


class Unknown(Controller[Any]):
    """Every path that is not in a table: 404 for any method."""

    def lookup(self, *_: object) -> NoReturn:
        """Find nothing.

        :raises NotFound: always.
        """
        raise NotFound("Not Found. There is no such resource.")

    @Operation("Request", rule=OPEN, any_accept=True)
    def on_get(self, *_: object) -> None:
        """Never reached: the lookup comes first."""

    on_post = on_put = on_patch = on_delete = on_get


class Router:
    """Finds controllers.

    :param table: a route table.
    :param frame: given to each controller.
    :param services: its room's, given to each too.
    :param unknown_below: by its first word, who answers a path that is not in the table
        instead of :class:`Unknown`.
    :param template: a pattern as documents show it.
    """

    def __init__(
        self,
        table: Table,
        frame: Frame,
        services: object,
        unknown_below: Mapping[str, type[Controller[Any]]],
        template: Callable[[Sequence[str]], str] = "/".join,
    ) -> None:
        self._unknown = Unknown(frame, services)
        self._unknown_below = {
            word: controller(frame, services) for word, controller in unknown_below.items()
        }
        # A node maps a word to the node below it, ANY to the node below an id, HERE to its controller.
        self._tree: dict[str | _Key, Any] = {}
        for pattern, controller in table.items():
            node = self._tree
            for segment in pattern:
                node = node.setdefault(_Key.ANY if segment == ID else segment, {})
            node[_Key.HERE] = serving = controller(frame, services)
            serving.route = template(pattern)

    def find(self, path: str) -> tuple[Controller[Any], list[str]]:
        """The controller of a path and the ids in it; a trailing slash makes no difference."""
        node, ids = self._tree, []
        trimmed = path.strip("/")
        for segment in trimmed.split("/") if trimmed else ():
            if segment in node:
                node = node[segment]
            elif segment and _Key.ANY in node:
                node = node[_Key.ANY]
                ids.append(segment)
            else:
                return self._not_found(trimmed, ids)
        found = node.get(_Key.HERE)
        return (found, ids) if found is not None else self._not_found(trimmed, ids)

    def _not_found(self, path: str, ids: list[str]) -> tuple[Controller[Any], list[str]]:
        special = self._unknown_below.get(path.partition("/")[0])
        return (self._unknown, []) if special is None else (special, ids)
