"""References and pages: what the links in answers look like."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.application import Instance
from tests.support.caller import Caller, Raw, path_of

StartInstance = Callable[..., Instance]


@pytest.fixture(scope="module")
def blank(new_instance: StartInstance) -> Instance:
    """An application whose references are made of what requests came by."""
    return new_instance("host_href =\n[api]\nallowed_hosts = kms.example.org", worker=False)


@pytest.fixture(scope="module")
def of_any_host(new_instance: StartInstance, tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """The same for callers who authenticate: the Host of their requests may be anything."""
    file = tmp_path_factory.mktemp("basic") / "htpasswd"
    file.touch(0o600)
    return new_instance(f"host_href =\n[api]\nauth = basic\nhtpasswd_file = {file}", worker=False)


@pytest.fixture(scope="module")
def with_other_names(new_instance: StartInstance) -> Instance:
    """An application that is reached by another name than that of its references."""
    return new_instance("[api]\nallowed_hosts = evil.example.org", worker=False)


@pytest.fixture(scope="module")
def behind_a_name(new_instance: StartInstance) -> Instance:
    """An application that knows its public name."""
    return new_instance("host_href = https://keys.example.org:443/kms/", worker=False)


def test_a_configured_address_begins_every_reference(behind_a_name: Instance) -> None:
    caller = behind_a_name.caller()
    answer = caller.post("/v1/secrets", {})
    assert answer.json["secret_ref"].startswith("https://keys.example.org:443/kms/v1/secrets/")
    assert answer.headers["Location"] == answer.json["secret_ref"]
    assert caller.get("/").json["versions"]["values"][0]["links"][0]["href"] == (
        "https://keys.example.org:443/kms/v1/"
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.org"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Host": "evil.example.org"},
        {"Forwarded": "host=evil.example.org;proto=https"},
    ],
)
def test_no_header_changes_a_configured_address(with_other_names: Instance, headers: dict[str, str]) -> None:
    caller = with_other_names.caller()
    path = caller.new_secret()
    answers = [caller.get(p, headers=headers) for p in ("/", "/v1/", path, "/v1/secrets?limit=1")]
    assert all("evil" not in answer.text and "javascript" not in answer.text for answer in answers)
    assert answers[2].json["secret_ref"] == f"http://localhost:9311{path}"


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, "http://kms.example.org:9311"),
        ({"X-Forwarded-Proto": "https"}, "https://kms.example.org:9311"),
        ({"X-Forwarded-Proto": " HTTPS "}, "https://kms.example.org:9311"),
        ({"X-Forwarded-Proto": "javascript"}, "http://kms.example.org:9311"),
        ({"Host": "[::1]:9311"}, "http://[::1]:9311"),
    ],
)
def test_a_blank_address_is_made_of_the_request(blank: Instance, headers: dict[str, str], base: str) -> None:
    answer = blank.caller().post("/v1/secrets", {}, headers={"Host": "kms.example.org:9311"} | headers)
    assert answer.json["secret_ref"].startswith(f"{base}/v1/secrets/")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.org/x",
        "a b",
        'x"y',
        "x\r\nSet-Cookie: y",
        "",
        "h" * 300,
        "<",
        "x@y",
        "x#",
        "[",
        "[::1",
        "x:y",
    ],
)
def test_a_host_header_that_is_no_host_is_not_repeated(of_any_host: Instance, host: str) -> None:
    answer = Raw(method="GET", path="/", headers={"Host": host}).send(of_any_host.application)
    assert answer.status == 300
    assert b'"href":"http://localhost:9311/v1/"' in answer.body


def test_a_mount_point_in_front_is_kept(blank: Instance) -> None:
    environ = Raw(method="GET", path="/v1/", headers={"X-Project-Id": "p"}).environ()
    environ["SCRIPT_NAME"] = "/kms"
    body = b"".join(blank.application(environ, lambda *_: None))
    assert b'"href":"http://localhost:9311/kms/v1/"' in body


@pytest.mark.parametrize(
    ("query", "shown", "previous", "following"),
    [
        ("", 10, None, (10, 10)),
        ("?limit=5", 5, None, (5, 5)),
        ("?limit=5&offset=5", 5, (0, 5), (10, 5)),
        ("?limit=5&offset=3", 5, (0, 5), (8, 5)),
        ("?limit=5&offset=7", 5, (2, 5), None),
        ("?limit=5&offset=12", 0, (7, 5), None),
        ("?limit=12", 12, None, None),
        ("?limit=100", 12, None, None),
        ("?limit=101", 12, None, None),
        ("?limit=0", 1, None, (1, 1)),
        ("?limit=-3", 1, None, (1, 1)),
        ("?limit=many", 10, None, (10, 10)),
        ("?limit=1.5", 10, None, (10, 10)),
        ("?limit=", 10, None, (10, 10)),
        ("?offset=-1", 10, None, (10, 10)),
        ("?offset=x", 10, None, (10, 10)),
        ("?offset=" + "9" * 400, 0, ..., None),
        ("?limit=" + "9" * 400, 12, None, None),
    ],
)
@pytest.mark.parametrize("collection", ["secrets", "orders", "containers"])
def test_a_page_has_its_neighbours(
    dozen: Caller,
    collection: str,
    query: str,
    shown: int,
    previous: tuple[int, int] | None,
    following: tuple[int, int] | None,
) -> None:
    page = dozen.get(f"/v1/{collection}{query}").json
    assert page["total"] == 12
    assert len(page[collection]) == shown
    assert _window(page.get("next")) == following
    if previous is not ...:
        assert _window(page.get("previous")) == previous


def _window(link: str | None) -> tuple[int, int] | None:
    if link is None:
        return None
    found = parse_qs(urlsplit(link).query)
    return int(found["offset"][0]), int(found["limit"][0])


@pytest.fixture(scope="module")
def dozen(instance: Instance) -> Caller:
    """A project with twelve secrets, orders and containers."""
    caller = instance.caller()
    for number in range(12):
        order = caller.new_order("asymmetric", algorithm="ed25519", name=f"pair {number}")
        instance.orders_done.wait_for(order.rpartition("/")[2])
    for secret in caller.get("/v1/secrets?limit=100").json["secrets"]:
        caller.delete(path_of(secret["secret_ref"]))
    for number in range(12):
        caller.new_secret(name=f"secret {number}")
    return caller


def test_links_have_the_form_that_clients_know(dozen: Caller) -> None:
    page = dozen.get("/v1/secrets?limit=2&offset=2").json
    assert page["next"].startswith("http://localhost:9311/v1/secrets?limit=2&offset=4&marker=")
    assert page["previous"] == "http://localhost:9311/v1/secrets?limit=2&offset=0"


@pytest.mark.parametrize("collection", ["secrets", "orders", "containers"])
def test_following_next_shows_everything_once(dozen: Caller, collection: str) -> None:
    seen: list[str] = []
    link: str | None = f"/v1/{collection}?limit=5"
    while link is not None:
        page = dozen.get(link).json
        seen += [item[f"{collection[:-1]}_ref"] for item in page[collection]]
        link = page.get("next")
    assert len(seen) == len(set(seen)) == 12


@pytest.mark.parametrize(
    ("collection", "name", "value"),
    [
        ("secrets", "name", "secret %"),
        ("secrets", "sort", "name:desc"),
        ("secrets", "created", "gt:2020-01-01T00:00:00+00:00"),
        ("orders", "meta", "ed25519"),
        ("containers", "name", "pair %"),
        ("containers", "type", "generic"),
    ],
)
def test_links_keep_the_filters(dozen: Caller, collection: str, name: str, value: str) -> None:
    query = {"offset": "4", "limit": "4", name: value}
    page = dozen.get(f"/v1/{collection}?" + "&".join(f"{n}={_quoted(v)}" for n, v in query.items())).json
    assert page["total"] == 12
    for link in (page["next"], page["previous"]):
        assert parse_qs(urlsplit(link).query)[name] == [value]
        assert dozen.get(link).json["total"] == 12


def _quoted(text: str) -> str:
    return text.replace("%", "%25").replace("+", "%2B").replace(" ", "%20")
