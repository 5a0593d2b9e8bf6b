"""[api] auth = noauth: pages in browsers are kept away, since listening on loopback does not do that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from barbican_like.common.errors import ConfigurationError
from barbican_like.http.controller import METHODS
from barbican_like.http.middleware.browsers import NoPages
from tests.integration.filters.conftest import Htpasswd, line
from tests.integration.filters.test_basic import basic
from tests.integration.filters.test_pipelines import SHIPPED
from tests.support.application import Instance, prepare, running
from tests.support.caller import Answer, Raw
from tests.support.openapi import operations

PATHS: Final = ("/", "/healthcheck", "/v1/secrets", "/v1/openapi.json", "/nowhere")
StartInstance = Callable[..., Instance]


def ask(instance: Instance, headers: Mapping[str, str], path: str = "/v1/secrets", **more: Any) -> Answer:
    """A request of a project, with more headers."""
    sent = {"X-Project-Id": "mine", **headers}
    return Raw(method=more.pop("method", "GET"), path=path, headers=sent, **more).send(instance.application)


@pytest.fixture(scope="module")
def named(new_instance: StartInstance) -> Instance:
    """An application with a public name, more names, and an origin whose pages may ask."""
    return new_instance(
        "host_href = https://keys.example.com/kms\n"
        "[api]\nallowed_hosts = internal.example.com, 192.0.2.7, fd00::7\n"
        "[cors]\nallowed_origin = https://horizon.example.com",
        worker=False,
    )


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:9311", "localhost.", "kms.localhost:80", "ip6-localhost"),
        *("127.0.0.1", "127.0.0.1:9311", "127.1.2.3", "[::1]", "[::1]:9311"),
    ],
)
def test_the_loopback_interfaces_names_are_served(instance: Instance, host: str) -> None:
    assert ask(instance, {"Host": host}).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    [
        *("evil.example.com", "evil.example.com:9311", "localhost.example.com", "127.0.0.1.example.com"),
        *("192.0.2.7", "[2001:db8::1]", "0.0.0.0", "keys.example.com"),
        *(
            "",
            "localhost:9311/x",
            "me@localhost",
            "localhost, evil.example.com",
            "[::1",
            "a b",
            "localhost:x",
        ),
    ],
)
def test_a_page_that_poses_as_this_server_is_not_served(instance: Instance, host: str, path: str) -> None:
    """Its owner lets its name mean 127.0.0.1: Host has that name. /healthcheck is no exception."""
    answer = ask(instance, {"Host": host}, path)
    assert answer.status == 421
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-openstack-request-id"].startswith("req-")
    assert answer.body.startswith(b'{"code":421,"title":"Misdirected Request","description":"Without authent')


def test_a_request_without_a_host_is_not_served(instance: Instance) -> None:
    environ = Raw(method="GET", path="/").environ()
    del environ["HTTP_HOST"]
    begun: list[str] = []
    b"".join(instance.application(environ, lambda status, _headers: begun.append(status)))
    assert begun == ["421 Misdirected Request"]


@pytest.mark.parametrize(
    "host", ["keys.example.com", "Internal.Example.com.:443", "192.0.2.7:9311", "[fd00::7]:9311", "localhost"]
)
def test_names_of_the_configuration_are_served(named: Instance, host: str) -> None:
    """host_href's, those of [api] allowed_hosts, and the loopback interface's all the same."""
    assert ask(named, {"Host": host}).status == 200


def test_what_a_proxy_says_of_the_host_changes_nothing(new_instance: StartInstance) -> None:
    proxied = new_instance("[oslo_middleware]\nenable_proxy_headers_parsing = true", worker=False)
    for said in ({"X-Forwarded-Host": "localhost"}, {"Forwarded": "host=localhost"}):
        assert ask(proxied, {"Host": "evil.example.com", **said}).status == 421


@pytest.mark.parametrize(
    ("listening", "served", "refused"),
    [
        ("192.0.2.7", "192.0.2.7:9311", "192.0.2.8:9311"),
        ("0.0.0.0", "192.0.2.8:9311", "keys.example.com"),
        ("::", "[2001:db8::1]:9311", "keys.example.com"),
        ("keys.example.com", "keys.example.com:9311", "other.example.com"),
    ],
)
def test_the_listen_address_is_served(listening: str, served: str, refused: str) -> None:
    """Of an API that listens everywhere each address is one; a name, which can mean any, is not."""

    def application(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return []

    guard = NoPages(application, [listening, ""], [])
    statuses = [
        Raw(method="GET", path="/", headers={"Host": host}).send(guard).status for host in (served, refused)
    ]
    assert statuses == [200, 421]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example.com", "http://localhost:3000", "http://localhost", "null", "", "file://"]
)
def test_a_page_of_another_origin_is_refused(instance: Instance, origin: str, method: str, path: str) -> None:
    """Another port of this machine is another origin too. A preflight is refused as well."""
    asked = {"Host": "localhost:9400", "Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = ask(instance, asked, path, method=method)
    assert answer.status == 403
    assert b"pages of other origins are refused" in answer.body
    assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_a_page_of_this_server_is_served(instance: Instance, named: Instance) -> None:
    """Or of its public address, where a proxy stands before it."""
    for origin in ("http://localhost:9400", "https://LOCALHOST:9400"):
        assert ask(instance, {"Host": "localhost:9400", "Origin": origin}).status == 200
    assert ask(named, {"Host": "127.0.0.1:9311", "Origin": "https://keys.example.com"}).status == 200


def test_a_page_of_an_allowed_origin_is_served(named: Instance) -> None:
    """[cors] allowed_origin."""
    answer = ask(named, {"Origin": "https://horizon.example.com"})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (
        200,
        "https://horizon.example.com",
    )


def test_who_allows_every_origin_has_said_so(new_instance: StartInstance) -> None:
    open_to_all = new_instance("[cors]\nallowed_origin = *", worker=False)
    assert ask(open_to_all, {"Origin": "https://evil.example.com"}).status == 200


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize(
    "path",
    [
        path
        for path, method, shown in operations()
        if method == "POST" and "requestBody" in shown and path != "/api/v1/confirm"
    ],
)
def test_no_form_is_taken(instance: Instance, path: str, content_type: str) -> None:
    """A page may POST these types anywhere without asking first; no route takes one of them.

    But the confirmation of an address: its page has a form, and who sends it has to know the link's token.
    """
    filled = "/".join("secrets" if word.startswith("{") else word for word in path.split("/"))
    answer = ask(instance, {"Content-Type": content_type}, filled, method="POST", body=b"{}")
    assert answer.status in {404, 415}


def test_who_authenticates_may_use_any_name_and_page(new_instance: StartInstance, htpasswd: Htpasswd) -> None:
    """A page cannot know a password or a token, so nothing is asked of Host and Origin."""
    htpasswd.write(line("alice", "right"))
    asking = new_instance(f"[api]\nauth = basic\nhtpasswd_file = {htpasswd.path}", worker=False)
    sent = {"Host": "evil.example.com", "Origin": "null", "Authorization": basic("alice", "right")}
    assert ask(asking, sent).status == 200


def test_a_paste_file_of_the_operators_own_changes_nothing(tmp_path: Path) -> None:
    """The filter is none of the paste file's: copies of an older one have it as well."""
    file = tmp_path / "paste.ini"
    file.write_text(SHIPPED.read_text().replace("%(here)s", str(SHIPPED.parent)))
    with running(prepare(tmp_path, f"[api]\npaste_file = {file}"), worker=False) as mine:
        assert ask(mine, {"Host": "evil.example.com"}).status == 421


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[api]\nallowed_hosts = *", "allowed_hosts"),
        ("[api]\nallowed_hosts = http://x", "allowed_hosts"),
        ("host_href = http://[x", "host_href"),
    ],
)
def test_a_name_that_is_none_is_told_at_the_start(tmp_path: Path, settings: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said), running(prepare(tmp_path, settings), worker=False):
        pass


def test_every_method_is_guarded(instance: Instance) -> None:
    for method in METHODS:
        assert ask(instance, {"Host": "evil.example.com"}, method=method).status == 421
