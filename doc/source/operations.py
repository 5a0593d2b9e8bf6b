"""Sphinx: the OpenAPI document as a file next to the pages, and as a table on one of them."""

from collections.abc import Iterable
from pathlib import Path

import orjson
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.application import Sphinx

from barbican_like import rooms
from barbican_like.http import document
from barbican_like.http.frame import Limits


def document_of_defaults() -> dict[str, object]:
    """The document of a server that is not configured."""
    conf = rooms.load([])
    limits = Limits(
        request_bytes=conf.max_allowed_request_size_in_bytes,
        default_page=conf.default_limit_paging,
        largest_page=conf.max_limit_paging,
    )
    return document.build([mount for _, mount in rooms.mounts(conf)], limits, conf.host_href)


class Operations(Directive):
    """`.. operations::`: each operation with its body, its answers and its errors."""

    def rows(self) -> Iterable[tuple[str, ...]]:
        """The cells of the table, row by row."""
        yield ("Operation", "Called", "Body", "Answers", "Errors")
        for path, methods in document_of_defaults()["paths"].items():
            for method, shown in methods.items():
                answers = [status for status in shown["responses"] if status < "400"]
                errors = [status for status in shown["responses"] if status >= "400"]
                body = ", ".join(shown.get("requestBody", {}).get("content", {}))
                called = f"``{method.upper()} {path}``"
                yield shown["operationId"], called, body, ", ".join(answers), ", ".join(errors)

    def run(self) -> list[nodes.Node]:
        """The table's nodes."""
        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 22 34 16 8 20", ""]
        for row in self.rows():
            lines += [f"   {'* -' if column == 0 else '  -'} {cell}" for column, cell in enumerate(row)]
        holder = nodes.container()
        self.state.nested_parse(StringList(lines, source=__file__), 0, holder)
        return holder.children


def write_document(app: Sphinx, failure: Exception | None) -> None:
    """Put the document into the folder of the pages."""
    if failure is None:
        content = orjson.dumps(document_of_defaults(), option=orjson.OPT_INDENT_2)
        (Path(app.outdir) / "openapi.json").write_bytes(content)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("operations", Operations)
    app.connect("build-finished", write_document)
    return {"parallel_read_safe": True}
