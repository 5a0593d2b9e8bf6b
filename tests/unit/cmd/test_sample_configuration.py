"""The commented sample of barbican.conf is true."""

from pathlib import Path

import pytest

from barbican_like import rooms

SAMPLE = Path(__file__).parents[3] / "etc" / "barbican" / "barbican.conf"


def sections() -> dict[str, list[str]]:
    """The lines of the sample by section, without the comment signs."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in SAMPLE.read_text("ascii").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        found.setdefault(name, []).append(line.removeprefix("#").rstrip())
    return found


def shown(default: object) -> str:
    """A default as a file has it."""
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


@pytest.mark.parametrize("group", [group or "DEFAULT" for group, _ in rooms.list_opts()])
def test_every_option_stands_in_its_section_with_its_default(group: str) -> None:
    options = dict(rooms.list_opts())[None if group == "DEFAULT" else group]
    wanted = [f"{option.name} = {shown(option.default)}".rstrip() for option in options]
    assert [line for line in sections()[group] if " =" in line and not line.startswith(" ")] == wanted


def test_the_sample_as_it_is_changes_nothing() -> None:
    sample = rooms.load(["--config-file", str(SAMPLE)])
    plain = rooms.load([])
    for group, options in rooms.options().items():
        for option in options:
            name = option.dest
            both = (getattr(c if group is None else c[group], name) for c in (sample, plain))
            assert len(set(both)) == 1, name
