"""supervisord reads from its generated configuration what was meant."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from supervisor.options import UnhosedConfigParser, expand

from barbican_like import rooms
from barbican_like.cmd.supervise.settings import Plan
from barbican_like.cmd.supervise.supervisord import ProgramState, configuration, quoted

PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" ;#%'\"\\"), min_size=1)


def parsed(text: str) -> UnhosedConfigParser:
    parser = UnhosedConfigParser()
    parser.read_string(text)
    return parser


def plan(workers: int, *files: str) -> Plan:
    return Plan(
        conf=rooms.load([]),
        config_files=tuple(map(Path, files)),
        host="127.0.0.1",
        port=9311,
        auth="noauth",
        workers=workers,
    )


@given(st.lists(PRINTABLE, min_size=1))
def test_quoted_words_come_back_unchanged_from_supervisords_own_parser(words: list[str]) -> None:
    parser = parsed(f"[program:x]\ncommand = {quoted(words)}\n")
    assert shlex.split(expand(parser.get("program:x", "command"), {}, "command")) == words


def test_files_are_handed_on_in_their_order() -> None:
    parser = parsed(configuration(plan(1, "/a ;b/one.conf", "/c/two.conf")))
    words = shlex.split(expand(parser.get("program:worker", "command"), {}, "command"))
    assert words[-4:] == ["--config-file", "/a ;b/one.conf", "--config-file", "/c/two.conf"]


@pytest.mark.parametrize(
    ("workers", "programs"),
    [
        (0, {"program:api", "program:transfer_worker"}),
        (3, {"program:api", "program:worker", "program:transfer_worker"}),
    ],
)
def test_a_worker_program_is_there_only_where_workers_are_wanted(workers: int, programs: set[str]) -> None:
    parser = parsed(configuration(plan(workers)))
    assert {name for name in parser.sections() if name.startswith("program:")} == programs
    if workers:
        assert parser.get("program:worker", "numprocs") == str(workers)


@pytest.mark.parametrize(
    ("state", "failed"),
    [("STARTING", False), ("RUNNING", False), ("STOPPING", False), ("BACKOFF", True), ("FATAL", True)],
)
def test_a_program_has_failed_when_it_ended_unasked(state: str, failed: bool) -> None:
    assert ProgramState(name="worker-1", state=state, pid=None, description="").has_failed is failed
