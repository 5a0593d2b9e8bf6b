"""The examples of doc/source/activity.rst, sent one after the other as they stand there."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from tests.support.application import Instance
from tests.support.caller import Answer, Raw
from tests.support.events import admin_of, at_rest

PAGE: Final = Path(__file__).parents[3] / "doc" / "source" / "activity.rst"
_BLOCK: Final = re.compile(r"^\.\. code-block:: sh\n   :name: (\S+)\n\n((?:   .*\n|\n)+)", re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """Name and command of each example, in their order."""
    return [(name, textwrap.dedent(text)) for name, text in _BLOCK.findall(PAGE.read_text("utf-8"))]


def sent(command: str, application: Callable[..., Any]) -> Answer:
    """What curl would send, as it is answered."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words.pop(0) == "curl"
    method, headers, body, url = "", {}, b"", ""
    while words:
        match words.pop(0):
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0).encode()
            case word:
                url = word
    path = unquote(urlsplit(url).path)
    request = Raw(method=method or ("POST" if body else "GET"), path=path, headers=headers, body=body)
    return request.send(application)


def test_every_example_does_what_the_page_says(new_instance: Callable[..., Instance]) -> None:
    instance = new_instance()
    admin, event_id, statuses = admin_of(instance), "", {}
    for name, command in blocks():
        answer = sent(command.replace("$EVENT", event_id), instance.application)
        assert answer.status in {200, 202}, (name, answer.body)
        if answer.status == 202:
            (event_id,) = orjson.loads(answer.body)["events"]
            statuses[name] = at_rest(admin, event_id)["status"]
    assert statuses == {
        "activity-authority": "SUCCESS",
        "activity-first-user": "SUCCESS",
        "activity-second-user": "SUCCESS",
        "activity-key": "SUCCESS",
        "activity-request": "PENDING",
    }
    found = at_rest(admin, event_id)  # it was approved, so it rests no more
    assert (found["status"], [one["message"] for one in found["messages"]]) == (
        "SUCCESS",
        ["She asked me to.", "Fine."],
    )
