"""What a secret holds that is shown to sites: a JSON object whose members depend on the site's ``auth``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import orjson

from barbican_like.workqueue.models import Auth


@dataclass(frozen=True, slots=True)
class Shape:
    """The members that a credential has; each is a text that is not empty."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()


SHAPES: Final[Mapping[Auth, Shape]] = MappingProxyType(
    {
        Auth.NONE: Shape(()),
        Auth.PASSWORD: Shape(("username", "password")),
        Auth.SSH_KEY: Shape(("username", "private_key"), ("passphrase",)),
        Auth.S3_KEY: Shape(("access_key", "secret_key"), ("session_token",)),
        Auth.TOKEN: Shape(("token",)),
        Auth.X509: Shape(("proxy",)),
    }
)


class BadCredential(ValueError):
    """A secret that is no credential; its text names members, never values."""


def read_credential(payload: bytes, auth: Auth) -> Mapping[str, str]:
    """The members of a credential. Returns what is secret.

    :raises BadCredential: naming what is wrong.
    """
    shape = SHAPES[auth]
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise BadCredential("the secret's payload is no JSON") from None
    if not isinstance(found, dict):
        raise BadCredential("the secret's payload is no JSON object")
    missing = [name for name in shape.needed if not _is_text(found.get(name))]
    if missing:
        raise BadCredential(f"the secret's payload needs the texts {list(shape.needed)}: not so {missing}")
    odd = sorted(name[:64] for name in found if name not in {*shape.needed, *shape.optional})
    odd += [name for name in shape.optional if name in found and not _is_text(found[name])]
    if odd:
        raise BadCredential(f"the secret's payload has members of no use for {auth}: {odd[:5]}")
    return {name: str(value) for name, value in found.items()}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
