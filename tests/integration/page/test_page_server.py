"""What the server gives browsers: the files of the page with their caching, and headers that bound it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
import webob

from barbican_like.page.http.files import FOLDER, Files
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An instance with a gateway's address."""
    conf = prepare(tmp_path_factory.mktemp("page"), "[live]\nenable = true\nhost = 127.0.0.1\nport = 9312\n")
    with running(conf, worker=False) as instance:
        yield instance


@pytest.fixture
def caller(page: Instance) -> Caller:
    """Somebody whose browser asks."""
    return page.caller("demo")


def test_the_address_without_its_slash_leads_to_the_one_with_it(caller: Caller) -> None:
    answer = caller.get("/ui", accept="text/html")
    assert (answer.status_int, answer.headers["Location"]) == (308, "http://localhost/ui/")


def test_the_document_names_files_that_are_there_and_may_be_kept_for_ever(caller: Caller) -> None:
    answer = caller.get("/ui/", accept="text/html")
    assert answer.status_int == 200
    assert answer.content_type == "text/html"
    assert answer.headers["Cache-Control"] == "no-cache"
    named = re.findall(r'(?:href|src)="([^"]+)"', answer.text)
    assert {"main.js", "style.css", "icon.svg"} <= {name.partition("/")[2] for name in named}
    digest = named[0].partition("/")[0]
    shipped = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.js")}
    first = {name for name in shipped if not name.startswith("views/")} | {"views/sign-in.js"}
    assert first == {name.partition("/")[2] for name in named if name.endswith(".js")}
    for name in {*named, *(f"{digest}/{one}" for one in shipped)}:
        file = caller.get(f"/ui/{name}")
        assert file.status_int == 200, name
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_document_that_the_browser_has_is_not_sent_again(caller: Caller) -> None:
    tag = caller.get("/ui/").headers["ETag"]
    again = caller.get("/ui/", headers={"If-None-Match": tag})
    assert (again.status_int, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert caller.get("/ui/", headers={"If-None-Match": '"other"'}).status_int == 200


def test_who_can_unpack_gets_it_packed(page: Instance) -> None:
    application = page.caller("demo").application
    plain = webob.Request.blank("/ui/").get_response(application)
    packed = webob.Request.blank("/ui/", accept_encoding="gzip, br").get_response(application)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/ui/", "/ui/session", "/ui/nothing", "/ui/0123456789abcdef/main.js"])
def test_every_answer_forbids_what_the_page_does_not_need(caller: Caller, path: str) -> None:
    headers = caller.get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["img-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://127.0.0.1:9312"
    assert rules["base-uri"] == rules["form-action"] == rules["frame-ancestors"] == "'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("name", ["../config.py", "..%2fconfig.py", "nothing.js", "", "core", "index.html"])
def test_what_is_no_file_of_the_page_is_not_found(caller: Caller, name: str) -> None:
    digest = Files.read(FOLDER).digest
    assert caller.get(f"/ui/{digest}/{name}").status_int == 404


def test_the_settings_say_how_to_sign_in_and_where_changes_are_told(caller: Caller) -> None:
    answer = caller.get("/ui/session")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json.keys() == {"auth", "live", "version", "idle"}
    assert answer.json["auth"] == "noauth"
    assert answer.json["live"] == "ws://127.0.0.1:9312/api/v1/live"
    assert answer.json["idle"] == 1800
    refused = caller.post("/ui/session", {"user": "a", "password": "b", "project": "c"})
    assert refused.status_int == 409


def test_without_a_gateway_no_address_of_one_is_told(tmp_path: Path) -> None:
    conf = prepare(tmp_path, "[live]\nenable = false\n")
    with running(conf, worker=False) as instance:
        caller = instance.caller("demo")
        assert caller.get("/ui/session").json["live"] is None
        assert "connect-src 'self';" in caller.get("/ui/").headers["Content-Security-Policy"]


def test_a_gateway_at_every_address_is_called_by_the_name_of_the_page(tmp_path: Path) -> None:
    settings = (
        "[DEFAULT]\nhost_href =\n[api]\nallowed_hosts = keys.example\n[live]\nhost = 0.0.0.0\nport = 9312\n"
    )
    with running(prepare(tmp_path, settings), worker=False) as instance:
        caller = instance.caller("demo")
        here = {"Host": "keys.example:9311"}
        assert caller.get("/ui/session", headers=here).json["live"] == "ws://keys.example:9312/api/v1/live"
        policy = caller.get("/ui/", headers=here).headers["Content-Security-Policy"]
        assert "connect-src 'self' ws://keys.example:9312;" in policy


def test_an_operator_can_take_the_page_away(tmp_path: Path) -> None:
    with running(prepare(tmp_path, "[api]\nui = false\n"), worker=False) as instance:
        caller = instance.caller("demo")
        assert [caller.get(path).status_int for path in ("/ui", "/ui/", "/ui/session")] == [404] * 3


def test_another_content_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("$files $preloads")
    (tmp_path / "main.js").write_text("1")
    first = Files.read(tmp_path)
    (tmp_path / "main.js").write_text("2")
    second = Files.read(tmp_path)
    assert first.digest != second.digest
    assert first.index_tag != second.index_tag
