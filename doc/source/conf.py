"""How Sphinx builds these documents: `tox -e docs`, or the sphinx-build line in tox.ini."""

import sys
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from barbican_like import rooms

project = "barbican_like"
author = "the barbican_like maintainers"
copyright = "the barbican_like maintainers, Apache License 2.0"

sys.path.insert(0, str(Path(__file__).parent))
extensions = ["operations"]
html_theme = "alabaster"
html_theme_options = {
    "description": "A key manager whose orders never get lost",
    "fixed_sidebar": True,
    "page_width": "1100px",
}
highlight_language = "none"
nitpicky = True

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class FromCode(Directive):
    """A table whose rows are read from the program, so that it cannot differ from it."""

    titles: tuple[str, ...]
    widths: str

    def rows(self) -> Iterable[tuple[str, ...]]:
        """The cells, row by row."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """The table's nodes."""
        lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {self.widths}", ""]
        for row in (self.titles, *self.rows()):
            lines += [f"   {'* -' if column == 0 else '  -'} {cell}" for column, cell in enumerate(row)]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source=__file__), 0, holder)
        return holder.children


class Options(FromCode):
    """`.. options:: GROUP`: the options of a group."""

    required_arguments = 1
    titles = ("Option", "Default", "Meaning")
    widths = "30 20 50"

    def rows(self) -> Iterable[tuple[str, ...]]:
        """One for each option."""
        group = None if self.arguments[0] == "DEFAULT" else self.arguments[0]
        for option in dict(rooms.list_opts())[group]:
            default = str(option.default).lower() if isinstance(option.default, bool) else option.default
            yield f"``{option.name}``", "unset" if default in {None, ""} else f"``{default}``", option.help


class Routes(FromCode):
    """`.. routes::`: every route with its methods, as the route tables have them."""

    titles = ("Path", "Method", "Operation", "Policy rule")
    widths = "40 12 28 20"

    def rows(self) -> Iterable[tuple[str, ...]]:
        """One for each path and method."""
        for _, mount in rooms.mounts(rooms.load([])):
            for path, controller in mount.table.items():
                for method in METHODS:
                    handler = getattr(controller, f"on_{method.lower()}", None)
                    if handler is not None:
                        rule = handler.operation.rule
                        rule = f"``{rule}``" if isinstance(rule, str) else ""
                        shown = f"{mount.prefix.rstrip('/')}/{'/'.join(path)}"
                        yield f"``{shown}``", method, handler.operation.name, rule


def setup(app: Sphinx) -> None:
    """Make the directives known."""
    app.add_directive("options", Options)
    app.add_directive("routes", Routes)
