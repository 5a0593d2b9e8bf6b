"""The page of options has a table for each group of options that there is."""

import re
from pathlib import Path

from barbican_like.rooms import list_opts


def test_the_page_has_a_table_for_each_group(root: Path) -> None:
    """The tables themselves are made from the code when the page is built; none may be forgotten."""
    page = (root / "doc/source/configuration.rst").read_text("utf-8")
    tables = re.findall(r"^\[(\w+)\]\n-+\n\n\.\. options:: (\w+)$", page, re.MULTILINE)
    assert tables == [(name, name) for name in (group or "DEFAULT" for group, _ in list_opts())]
