"""The server, as a command sees it: JSON over HTTP, and whatever goes wrong as one kind of error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from keystoneauth1 import exceptions
from requests import Response
from requests.exceptions import RequestException

from barbican_like.cmd.jobs.exits import CommandFailed, Exit
from barbican_like.cmd.jobs.login import Login

PREFIX: Final = "/workqueue/api/v1.0"
_CATALOG_TYPE: Final = "key-manager"
_PAGE: Final = 1000
_IN_TROUBLE: Final = 500  # and above


class Unreachable(CommandFailed):
    """Nobody answers, or the server is in trouble: it may be better later."""

    def __init__(self, message: str) -> None:
        super().__init__(Exit.NOBODY, message)


class Service:
    """Calls below the workqueue's prefix.

    :raises CommandFailed: from every call; :class:`Unreachable` where another try may help.
    """

    def __init__(self, login: Login) -> None:
        self._login = login

    def get(self, path: str, **query: object) -> Any:
        """The JSON of a GET; a query's None is left out."""
        return self._json(self._call("GET", _with(path, query)))

    def pages(self, path: str, most: int | None = None, **query: object) -> Iterator[dict[str, Any]]:
        """The items of all pages, one after the other.

        :param most: so many at most; None: all.
        """
        left = most
        following: str | None = _with(path, query | {"limit": min(_PAGE, most or _PAGE)})
        while following is not None and left != 0:
            answer = self._call("GET", following)
            for item in self._json(answer)[:left]:
                yield item
                left = None if left is None else left - 1
            following = _next_page(answer, path)

    def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of a POST."""
        return self._json(self._call("POST", path, {} if body is None else body, headers))

    def put(self, path: str, body: object) -> Any:
        """The JSON of a PUT."""
        return self._json(self._call("PUT", path, body))

    def delete(self, path: str) -> None:
        """Remove something."""
        self._call("DELETE", path)

    def _base(self) -> str:
        url = self._login.url
        if url is None:
            url = self._login.session.get_endpoint(service_type=_CATALOG_TYPE, interface="public")
            if url is None:
                raise CommandFailed(Exit.REFUSED, f"Keystone's catalog has no {_CATALOG_TYPE}; give --url")
        return url.rstrip("/").removesuffix("/v1").rstrip("/") + PREFIX

    def _call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        try:
            base = self._base()
            answer = self._login.session.request(
                f"{base}/{path}",
                method,
                headers={"Accept": "application/json", **(headers or {})},
                json=body,
                raise_exc=False,
                log=False,
            )
        except exceptions.HttpError as error:  # of Keystone
            raise CommandFailed(Exit.REFUSED, f"Keystone refuses this: {error.message}") from None
        except (exceptions.ClientException, RequestException) as error:
            url = self._login.url or "the server"
            raise Unreachable(f"{url} cannot be reached: {_first_line(error)}") from None
        if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise _refusal(answer)
        return answer

    @staticmethod
    def _json(answer: Response) -> Any:
        try:
            return answer.json()
        except ValueError:
            raise Unreachable(f"{answer.url}: the answer is no JSON; is this the right server?") from None


def _with(path: str, query: Mapping[str, object]) -> str:
    words = {name: str(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(words)}" if words else path


def _next_page(answer: Response, path: str) -> str | None:
    """The next page: its query counts, since a proxy may have given the server another name."""
    link = answer.links.get("next")
    return None if link is None else f"{path}?{link['url'].partition('?')[2]}"


def _refusal(answer: Response) -> CommandFailed:
    """What the server says about it, with the field that is wrong."""
    said = f"{answer.status_code} {answer.reason}"
    try:
        body = answer.json()
        said = f"{body['code']} {body['title']}: {body['description']}"
    except (ValueError, KeyError, TypeError):
        pass  # some proxy's page: its status has to do
    if answer.status_code >= _IN_TROUBLE:
        return Unreachable(said)
    return CommandFailed(Exit.REFUSED, said)


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
