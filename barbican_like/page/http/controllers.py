"""What ``/ui`` serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from importlib.metadata import version
from typing import Any, Final

from barbican_like.common.errors import Conflict, NotFound
from barbican_like.http import references
from barbican_like.http.controller import OPEN, Controller, Operation, Raw, Reply
from barbican_like.http.openapi.described import Answer, json_answer
from barbican_like.http.request import Request
from barbican_like.page.http import schemas
from barbican_like.page.http.files import File
from barbican_like.page.http.services import Services
from barbican_like.page.http.sign_in import Password, Token

_LIVE: Final = "/api/v1/live"
_FOR_EVER: Final = ("Cache-Control", "public, max-age=31536000, immutable")
_ASK_AGAIN: Final = ("Cache-Control", "no-cache")
_NEVER: Final = ("Cache-Control", "no-store")


class IndexController(Controller[Services]):
    """``/ui/``."""

    default_operation = "Page retrieval"

    @Operation(
        "Page retrieval",
        rule=OPEN,
        any_accept=True,
        id="get_page",
        answers={
            200: Answer(description="The page.", content={"text/html": {"type": "string"}}),
            304: Answer(description="The caller has it already."),
            308: Answer(description="The page's address ends in a slash.", location=True),
        },
    )
    def on_get(self, req: Request) -> Raw | Reply:
        """The document; its files have addresses that are relative to the slash at its end."""
        if not req.environ["PATH_INFO"]:
            return Reply(None, 308, "ui/")
        files = self.services.files
        headers = (_ASK_AGAIN, ("ETag", files.index_tag))
        if req.environ.get("HTTP_IF_NONE_MATCH") == files.index_tag:
            return Raw(b"", files.index.media_type, 304, headers)
        return _raw(req, files.index, headers)


class FilesController(Controller[Services]):
    """``/ui/{digest}/...``: below the digest, whatever the page has."""

    default_operation = "File retrieval"

    def lookup(self, req: Request, *ids: str) -> Sequence[File]:
        """The file of this version.

        :raises NotFound: when there is none of this name.
        """
        name = req.environ["PATH_INFO"].strip("/").partition("/")[2]
        found = self.services.files.by_name.get(name)
        if found is None:
            raise NotFound("Not Found. There is no such file.")
        return (found,)

    @Operation("File retrieval", rule=OPEN, any_accept=True)
    def on_get(self, req: Request, file: File) -> Raw:
        """The file, which is the same for ever."""
        return _raw(req, file, (_FOR_EVER,))


class SessionController(Controller[Services]):
    """``/ui/session``."""

    default_operation = "Sign-in"

    @Operation(
        "Page settings retrieval",
        rule=OPEN,
        id="get_page_settings",
        answers={200: json_answer("How to sign in, and where changes are told.", schemas.SETTINGS)},
    )
    def on_get(self, req: Request) -> Reply:
        """What the page must know before anybody has signed in."""
        url = references.to_this_machine(req, self.services.live_url)
        settings = {
            "auth": self.services.auth,
            "live": f"ws{url.removeprefix('http')}{_LIVE}" if url else None,
            "version": version("barbican_like"),
            "idle": self.services.idle_seconds,
        }
        return Reply(settings, 200, headers=(_NEVER,))

    @Operation(
        "Sign-in",
        rule=OPEN,
        body=schemas.CREDENTIALS,
        id="create_page_session",
        examples={
            "password": {"user": "alice", "password": "a password", "project": "demo"},
            "token": {"token": "gAAAAA..."},
        },
        answers={200: json_answer("What the page may call with.", schemas.SESSION)},
        errors=(401, 409, 429),
    )
    def on_post(self, req: Request, given: Password | Token) -> Reply:
        """Ask Keystone for a token, which is kept by the page alone."""
        if self.services.sign_in is None:
            raise Conflict("Only with [api] auth = keystone the server is asked for a token.")
        found = self.services.sign_in.session(given, req.environ.get("REMOTE_ADDR", ""))
        shown: dict[str, Any] = {
            "token": found.token,
            "user": found.user,
            "project": found.project,
            "project_id": found.project_id,
            "expires_at": found.expires_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        }
        return Reply(shown, 200, headers=(_NEVER,))


def _raw(req: Request, file: File, headers: tuple[tuple[str, str], ...]) -> Raw:
    """A file, packed for those who can unpack it."""
    headers = (*headers, ("Vary", "Accept-Encoding"))
    if "gzip" in req.environ.get("HTTP_ACCEPT_ENCODING", ""):
        return Raw(file.packed, file.media_type, headers=(*headers, ("Content-Encoding", "gzip")))
    return Raw(file.content, file.media_type, headers=headers)
