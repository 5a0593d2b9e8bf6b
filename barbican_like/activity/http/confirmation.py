"""Links of registrations: a page with a button, and what it sends. Nobody needs to say who he is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from barbican_like.activity import registration
from barbican_like.activity.http.services import Services
from barbican_like.http.controller import JSON, OPEN, Controller, Operation, Raw, json_of
from barbican_like.http.openapi.described import Answer, Content
from barbican_like.http.openapi.values import closed
from barbican_like.http.request import Request
from barbican_like.http.schema import Located, Member, Object, Schema, Text, Value

_FORM: Final = "application/x-www-form-urlencoded"
_HTML: Final = "text/html; charset=utf-8"
_LONGEST: Final = 128
_HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
)
_PAGE: Final = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Registration</title></head>
<body><h1>Registration</h1>{content}</body></html>
"""
_BUTTON: Final = """<p>Please confirm that you have registered with this address.</p>
<form method="post" action="{action}"><input type="hidden" name="token" value="{token}">
<button type="submit">Confirm</button></form>"""
_DONE: Final = "<p>Thank you. Your address is confirmed; somebody will decide on your registration.</p>"
_EXAMPLE: Final = {"token": "pX3v6JmWQ0vR8sJc0sY7cQb6i0m1r2t3u4v5w6x7y8z"}


def _token(token: str) -> str:
    return token


_BODY: Final[Value[str]] = Located(
    Object(
        title="Confirmation",
        name="Confirmation",
        members=(Member("token", Text("Of the link.", shortest=1, longest=_LONGEST), required=True),),
        make=_token,
        closed=True,
    )
)
_ANSWER: Final[Schema] = closed({"result": {"const": "success"}, "event": {"type": "string"}})


def _contents(_bounds: Any) -> dict[str, Content]:
    shown = {"usual": _EXAMPLE}
    return {media: Content(schema=_BODY.json_schema(), examples=shown) for media in (JSON, _FORM)}


class LinkController(Controller[Services]):
    """``/api/v1/confirm/{token}``."""

    default_operation = "Confirmation"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """The token of a link that can be followed; another is not found."""
        registration.event_of_link(req.view, path[0][:_LONGEST])
        return (path[0],)

    @Operation(
        "Confirmation",
        rule=OPEN,
        any_accept=True,
        id="show_confirmation",
        answers={200: Answer(description="A page with a button.", content={"text/html": {"type": "string"}})},
    )
    def on_get(self, req: Request, token: str) -> Raw:
        """Show a button, and confirm nothing: mail scanners follow links."""
        action = escape(f"{self.services.public_url}/confirm", quote=True)
        button = _BUTTON.format(action=action, token=escape(token, quote=True))
        return Raw(_PAGE.format(content=button).encode(), _HTML, headers=_HEADERS)


class ConfirmController(Controller[Services]):
    """``/api/v1/confirm``."""

    default_operation = "Confirmation"

    @Operation(
        "Confirmation",
        rule=OPEN,
        any_accept=True,
        media_types=(JSON, _FORM),
        id="confirm_registration",
        content=_contents,
        answers={
            200: Answer(
                description="The address is confirmed; somebody will decide. A form is answered by a page.",
                content={JSON: _ANSWER, "text/html": {"type": "string"}},
            )
        },
        errors=(404,),
    )
    def on_post(self, req: Request) -> dict[str, Any] | Raw:
        """Confirm the address that the link was sent to, once."""
        of_page = req.media_type == _FORM
        token = _BODY.parse(_form(req) if of_page else json_of(req, _BODY))
        event = registration.confirm(req.uow, self.services.events.journal, token)
        if of_page:
            return Raw(_PAGE.format(content=_DONE).encode(), _HTML, headers=_HEADERS)
        return {"result": "success", "event": event.id}


def _form(req: Request) -> dict[str, str]:
    """The members of a form; of one that is there twice the last."""
    text = req.read_body().decode("utf-8", "replace")
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
