"""The environment that the edge makes of a request: PEP 3333's, in which no header poses as another."""

from dataclasses import dataclass, field
from typing import Any
from wsgiref.validate import validator

from hypothesis import given
from hypothesis import strategies as st

from barbican_like.http.edge import environ


@dataclass
class Told:
    """Headers as granian tells them."""

    pairs: list[tuple[str, str]]
    lost: list[str] = field(default_factory=list)  # names whose values cannot be read

    def keys(self) -> list[str]:
        return list(dict.fromkeys([name for name, _ in self.pairs] + self.lost))

    def items(self) -> list[tuple[str, str]]:
        return self.pairs

    def get(self, key: str) -> str | None:
        return next((value for name, value in self.pairs if name == key), None)


@dataclass
class Asked:
    """A request as granian tells it."""

    headers: Told
    method: str = "GET"
    path: str = "/v1/secrets"
    query_string: str = ""
    http_version: str = "1.1"
    scheme: str = "http"
    client: str = "127.0.0.1:40000"
    server: str = "127.0.0.1:9311"


def built(*pairs: tuple[str, str], body: bytes = b"", **fields: str) -> dict[str, Any]:
    """The environment of a request with these headers."""
    return environ.build(Asked(Told(list(pairs)), **fields), pairs, body)


NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_!#$%&'*+.^`|~", min_size=1, max_size=20)
VALUES = st.text([chr(code) for code in range(32, 127)], max_size=30)
PATHS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).map(lambda text: f"/{text}")


@given(
    pairs=st.lists(st.tuples(NAMES, VALUES), max_size=8),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
    path=PATHS,
    query=VALUES,
    version=st.sampled_from(["1", "1.1"]),
    client=st.sampled_from(["127.0.0.1:40000", "[::1]:40000"]),
    body=st.binary(max_size=50),
)
def test_any_request_becomes_what_pep_3333_asks_for(
    pairs: list[tuple[str, str]],
    method: str,
    path: str,
    query: str,
    version: str,
    client: str,
    body: bytes,
) -> None:
    """Checked by the standard library's validator; path and body arrive as they were."""
    asked = Asked(
        Told(pairs),
        method=method,
        path=path,
        query_string=query,
        http_version=version,
        client=client,
    )
    seen: dict[str, Any] = {}

    def application(env: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(env)
        length = int(env.get("CONTENT_LENGTH", 0))
        seen["body"] = env["wsgi.input"].read(length)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    answer = validator(application)(environ.build(asked, pairs, body), lambda *_: lambda _: None)
    assert list(answer) == [b""]
    answer.close()  # type: ignore[attr-defined]  # the validator's own iterator has it
    assert seen["body"] == body
    assert seen["PATH_INFO"].encode("latin-1").decode("utf-8") == path
    assert not any("_" in name and environ_key(name) in seen for name, _ in pairs if unrivalled(name, pairs))


def environ_key(name: str) -> str:
    """Where a header would stand."""
    return "HTTP_" + name.upper().replace("-", "_")


def unrivalled(name: str, pairs: list[tuple[str, str]]) -> bool:
    """Whether no header with hyphens stands in the same place."""
    return not any("_" not in other and environ_key(other) == environ_key(name) for other, _ in pairs)


def test_a_name_with_an_underscore_cannot_pose_as_the_one_with_hyphens() -> None:
    mine, other = ("x-project-id", "mine"), ("x_project_id", "other")
    assert built(mine, other)["HTTP_X_PROJECT_ID"] == "mine"
    assert built(other, mine)["HTTP_X_PROJECT_ID"] == "mine"
    assert "HTTP_X_PROJECT_ID" not in built(other)


def test_values_of_one_header_are_joined() -> None:
    env = built(("accept", "a"), ("cookie", "a=1"), ("accept", "b"), ("cookie", "b=2"))
    assert (env["HTTP_ACCEPT"], env["HTTP_COOKIE"]) == ("a,b", "a=1; b=2")


def test_the_length_is_that_of_the_body_that_was_read() -> None:
    env = built(("transfer-encoding", "chunked"), body=b"abc", method="PUT")
    assert (env["CONTENT_LENGTH"], env["wsgi.input"].read()) == ("3", b"abc")
    assert "HTTP_TRANSFER_ENCODING" not in env
    assert "CONTENT_LENGTH" not in built()
    assert built(method="PUT")["CONTENT_LENGTH"] == "0"


def test_addresses_of_both_families() -> None:
    env = built(client="[::1]:40000", server="[::1]:9311")
    assert (env["REMOTE_ADDR"], env["SERVER_NAME"], env["SERVER_PORT"]) == ("::1", "::1", "9311")


def test_a_header_that_says_who_calls_must_be_readable() -> None:
    """granian leaves out what is not ASCII: without its X-Roles a caller might get more than with them."""
    pairs = [("accept", "*/*")]
    assert environ.unreadable(Told(pairs, ["user-agent", "x-roles"]), pairs) == "x-roles"
    assert environ.unreadable(Told(pairs, ["user-agent"]), pairs) is None
    assert environ.unreadable(Told(pairs), pairs) is None
