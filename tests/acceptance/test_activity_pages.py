"""The examples of the pages about the feed, subscriptions and the registry, run as somebody who copies them.

Those of activity.rst are run in tests/integration/activity/test_page.py.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import pytest

from tests.support.instance import Instance, running
from tests.support.ports import free_port

_DOCS: Final = Path(__file__).parents[2] / "doc" / "source"
_BLOCK: Final = re.compile(
    r"^\.\. code-block:: (?:sh|python)\n   :name: (\S+)\n\n((?:   .*\n|\n)+)", re.MULTILINE
)
_SECONDS: Final = 60


class Pages:
    """The examples, with the addresses of an instance that runs."""

    def __init__(self, instance: Instance, live_port: int, folder: Path) -> None:
        self.instance, self._folder = instance, folder
        self._real = {
            "http://localhost:9311": instance.endpoint,
            "http://localhost:9312": f"http://localhost:{live_port}",
        }

    def example(self, page: str, name: str) -> str:
        """A block of a page."""
        text = textwrap.dedent(dict(_BLOCK.findall((_DOCS / page).read_text("utf-8")))[name])
        for shown, real in self._real.items():
            text = text.replace(shown, real)
        return text

    def answers(self, page: str, name: str) -> list[Any]:
        """What the calls of a block are answered with; each is JSON."""
        done = subprocess.run(
            ["sh", "-eu", "-c", self.example(page, name)],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        found, decoder, rest = [], json.JSONDecoder(), done.stdout.strip()
        while rest:
            answer, end = decoder.raw_decode(rest)
            found.append(answer)
            rest = rest[end:].strip()
        return found

    @contextmanager
    def following(self, *words: str) -> Iterator[IO[str]]:
        """What a program prints that follows the feed until it is ended."""
        with subprocess.Popen(
            words, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout
            finally:
                process.kill()

    def new_secret(self, name: str) -> str:
        """The id of a secret of the pages' project."""
        made = self.instance.client("demo").secrets.create(name=name, payload="text")
        return str(made.store()).rpartition("/")[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """One instance with a gateway for all of them."""
    folder, port = tmp_path_factory.mktemp("pages"), free_port()
    with running(folder, f"[live]\nport = {port}\n") as instance:
        yield Pages(instance, port, folder)


def test_the_feed_is_read_and_waited_for_as_its_page_says(pages: Pages) -> None:
    secret = pages.new_secret("motto")
    (changes,) = pages.answers("live-feed.rst", "feed-changes")
    assert f"SECRET/{secret}" in {one["subject"] for one in changes["result"]}
    (none,) = pages.answers("live-feed.rst", "feed-filter")
    assert none["result"] == []
    assert none["last_seq"] >= changes["last_seq"]
    (waited,) = pages.answers("live-feed.rst", "feed-longpoll")
    assert waited["result"][: len(changes["result"])] == changes["result"]
    with pages.following("sh", "-euc", f"exec {pages.example('live-feed.rst', 'feed-eventsource')}") as said:
        event = [next(said).strip() for _ in range(5)]
    assert event[:4] == ["retry: 2000", "", "event: change", f"id: {changes['result'][0]['id']}"]
    assert json.loads(event[4].removeprefix("data: ")) == changes["result"][0]


def test_the_websocket_of_the_page_tells_what_is_there_and_what_comes(pages: Pages) -> None:
    there = pages.new_secret("there")
    with pages.following(sys.executable, "-c", pages.example("live-feed.rst", "feed-websocket")) as said:
        while (line := next(said).split()) != ["initial", there]:
            assert line[0] == "initial"
        # All that is there is told of before what comes; this may be among either.
        comes = pages.new_secret("comes")
        assert any(line.split()[1] == comes for line in said)
    (token,) = pages.answers("live-feed.rst", "feed-token")
    assert token.keys() == {"token", "expires_at"}


def test_a_subscription_is_made_as_its_page_says(pages: Pages) -> None:
    (answer,) = pages.answers("subscriptions.rst", "subscribe")
    (made,) = answer["result"]
    assert made["filter"] == {"name": ["secrets"]}
    assert made["secret"].startswith("whsec_")


def test_the_registry_is_read_as_its_page_says(pages: Pages) -> None:
    users, slice_, some = pages.answers("registry.rst", "registry-reads")
    assert users == some == {"result": [], "next": None}
    assert slice_["code"] == 404
    (profile,) = pages.answers("registry.rst", "registry-profile")
    assert profile["code"] == 404
