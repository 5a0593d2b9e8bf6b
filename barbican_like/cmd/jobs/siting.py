"""The commands about sites and the credentials that are shown to them."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from barbican_like.cmd.jobs import showing
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import CommandFailed, Exit

_TITLES: Final = ("ID", "NAME", "PROTOCOLS", "AUTH", "VISIBILITY", "OWN", "URL")
_SCHEMES: Final = {"file": "FILE", "sftp": "SFTP", "dummy": "DUMMY", "gsiftp": "GRIDFTP"}
_LIMITS: Final = ("connections", "per_link", "bandwidth")
_PLAIN: Final = {
    "description": "description",
    "home": "home",
    "default_path": "default_path",
    "auth": "site_auth",
}


def sites(desk: Desk) -> Exit:
    """List the sites that may be used."""
    found = desk.sites.all()
    desk.show(found, showing.table(_TITLES, (_row(site) for site in found)))
    return Exit.DONE


def site(desk: Desk) -> Exit:
    """Show a site."""
    found = desk.service.get(_path(desk))
    desk.show(found, showing.fields(found))
    return Exit.DONE


def addsite(desk: Desk) -> Exit:
    """Make a site, or with --replace describe one anew."""
    body = _described(desk.given)
    if desk.given.replace:
        found = desk.service.put(f"sites/{desk.sites.id_of(desk.given.name)}", body)
    else:
        found = desk.service.post("sites", body)
    desk.show(found, str(found["id"]))
    return Exit.DONE


def delsite(desk: Desk) -> Exit:
    """Remove a site."""
    desk.service.delete(_path(desk))
    return Exit.DONE


def check(desk: Desk) -> Exit:
    """Connect to a site and list its root; refused where that fails."""
    found = desk.service.get(f"{_path(desk)}/check")
    rows = (
        (one["protocol"], one["url"], "ok" if one["ok"] else one["error"]["code"], one["latency"])
        for one in found["endpoints"]
    )
    desk.show(found, showing.table(("PROTOCOL", "URL", "RESULT", "SECONDS"), rows))
    for one in found["endpoints"]:
        if not one["ok"]:
            desk.complain(f"{showing.safe(one['url'])}: {showing.safe(one['error']['reason'])}")
    return Exit.DONE if found["ok"] else Exit.REFUSED


def credential(desk: Desk) -> Exit:
    """Show, set or delete which secret the project shows to a site."""
    path = f"{_path(desk)}/credential"
    action, secret = desk.given.action, desk.given.secret
    if (action == "set") != (secret is not None):
        raise CommandFailed(Exit.USAGE, "credential set needs a SECRET, the others take none")
    if action == "delete":
        desk.service.delete(path)
        return Exit.DONE
    found = desk.service.put(path, {"secret_ref": secret}) if secret else desk.service.get(path)
    desk.show(found, showing.fields(found))
    return Exit.DONE


def _path(desk: Desk) -> str:
    return f"sites/{desk.sites.id_of(desk.given.site)}"


def _described(given: Namespace) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": given.name,
        "endpoints": [_endpoint(url, dict(given.option or ())) for url in given.urls],
        "visibility": "public" if given.public else "private",
        "enabled": not given.disabled,
        "host_keys": given.host_key or [],
    }
    body |= {name: value for name, option in _PLAIN.items() if (value := getattr(given, option)) is not None}
    limits = {name: value for name in _LIMITS if (value := getattr(given, name)) is not None}
    if limits:
        body["limits"] = limits
    if given.ca_cert is not None:
        body["ca_cert"] = _text(given.ca_cert)
    return body


def _endpoint(text: str, options: Mapping[str, str | bool]) -> dict[str, Any]:
    """``PROTOCOL=URL``, or a URL whose scheme says the protocol."""
    protocol, equals, url = text.partition("=")
    if not (equals and protocol.isalnum()):
        protocol, url = _SCHEMES.get(text.partition(":")[0], ""), text
    if not protocol:
        raise CommandFailed(
            Exit.USAGE, f"{text}: say which protocol this is: S3={text}, WEBDAV=... or HTTP=..."
        )
    return {"protocol": protocol, "url": url, "options": dict(options)}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(Exit.REFUSED, f"{path}: {getattr(error, 'strerror', 'is no text')}") from None


def _row(found: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        found["id"],
        found["name"],
        ",".join(found["protocols"]),
        found["auth"],
        found["visibility"],
        "yes" if found["is_owner"] else "no",
        found["endpoints"][0]["url"],
    )
