"""An XML file from somebody's hands: read without entities, network or DTD, and held against its schema."""

from __future__ import annotations

import re
import stat
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from barbican_like.common.errors import ConfigurationError

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from lxml.etree import _LogEntry as LogEntry

LARGEST: Final = 1 << 20
"""Bytes that a file may have."""
_BLANKS: Final = re.compile(r"\s*")
_PROLOG: Final = (("<?", "?>"), ("<!--", "-->"))
# As libxml2 words them: "Element 'port': [facet 'pattern'] The value ..." and
# "Opening and ending tag mismatch: MetaServiceConf line 1 and Service".
_SCHEMA_MESSAGE: Final = re.compile(
    r"Element '(?P<name>[^']*)'(?:, (?P<what>attribute .*)|: (?P<rest>.*))", re.DOTALL
)
_MISMATCH: Final = re.compile(r"(?:tag mismatch: .* and|in tag) (?P<name>\S+)")


def fault(path: Path, line: int, element: str, what: str) -> ConfigurationError:
    """The error of every file: ``FILE:LINE: element NAME: what``."""
    return ConfigurationError(f"{path}:{line}: element {element}: {' '.join(what.split())}")


class Document:
    """A file that its schema has accepted.

    :param schema: the name of a file beside this module.
    :param text: what the file will hold, for one that is only about to be written.
    :raises ConfigurationError: for a file that cannot be read, is larger than LARGEST, has a DOCTYPE, is not
        well-formed or not as the schema says; it names file, line and element.
    """

    def __init__(self, path: Path, schema: str, text: str | None = None) -> None:
        self.path = path
        text = _text_of(path) if text is None else text
        _refuse_doctype(path, text)
        self.root = _parsed(path, text.encode())
        validator = _schema(schema)
        if not validator.validate(self.root):
            raise _schema_fault(path, min(validator.error_log, key=lambda entry: entry.line))

    def fault(self, element: Element, what: str) -> ConfigurationError:
        """An error in an element that the schema could not see."""
        return fault(self.path, element.sourceline or 0, str(element.tag), what)


def text_of(element: Element | None) -> str:
    """The text of an element without the blanks around it; empty for none."""
    return "" if element is None else (element.text or "").strip()


def children(element: Element) -> list[Element]:
    """The elements in an element; comments and processing instructions are none."""
    return list(element.iterchildren("*"))


def _text_of(path: Path) -> str:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise ConfigurationError(f"{path}: this is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise ConfigurationError(f"{str(path)!r} is no path: {error}") from error
    if len(data) > LARGEST:
        raise fault(path, 1, "document", f"larger than {LARGEST} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise fault(path, line, "document", "not in UTF-8") from error


def _refuse_doctype(path: Path, text: str) -> None:
    """Look for one where XML allows it, behind blanks, comments and instructions, before a parser sees it."""
    at = 0
    while True:
        at = cast("re.Match[str]", _BLANKS.match(text, at)).end()
        if text.startswith("<!DOCTYPE", at):
            raise fault(path, text.count("\n", 0, at) + 1, "DOCTYPE", "no document type is allowed")
        end = next((end for begin, end in _PROLOG if text.startswith(begin, at)), None)
        found = -1 if end is None else text.find(end, at)
        if end is None or found < 0:
            return
        at = found + len(end)


def _parser(*, recover: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",  # whatever the file says of itself
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=recover,
    )


def _parsed(path: Path, data: bytes) -> Element:
    try:
        root = etree.fromstring(data, _parser(recover=False))
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        mismatch = _MISMATCH.search(error.msg)
        name = mismatch["name"].rstrip(",") if mismatch else _last_element(data, line)
        raise fault(path, line, name, re.sub(r", line \d+, column \d+$", "", error.msg)) from error
    if root.getroottree().docinfo.doctype:
        raise fault(path, 1, "DOCTYPE", "no document type is allowed")
    return root


def _last_element(data: bytes, line: int) -> str:
    """The name of the element that began last before a line that could not be parsed."""
    try:
        # Its type does not say that there may be none.
        root = cast("Element | None", etree.fromstring(data, _parser(recover=True)))
    except etree.XMLSyntaxError:  # nothing in it is XML
        return "document"
    elements = [] if root is None else list(root.iter("*"))
    names = [str(element.tag) for element in elements if (element.sourceline or 0) <= line]
    return names[-1] if names else "document"


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).with_name(name)))


def _schema_fault(path: Path, entry: LogEntry) -> ConfigurationError:
    found = _SCHEMA_MESSAGE.match(entry.message)
    if found is None:
        return fault(path, entry.line, "document", entry.message)
    return fault(path, entry.line, found["name"], found["what"] or found["rest"])
