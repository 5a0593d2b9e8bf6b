"""What SFTP says of a name, as an entry."""

from __future__ import annotations

import stat as modes
from typing import Final

import asyncssh

from barbican_like.workqueue.protocols.port import Entry, Kind

_KINDS: Final = {modes.S_IFREG: Kind.FILE, modes.S_IFDIR: Kind.DIRECTORY, modes.S_IFLNK: Kind.LINK}


def kind_of(attributes: asyncssh.SFTPAttrs) -> Kind:
    """What a name stands for."""
    return _KINDS.get(modes.S_IFMT(attributes.permissions or 0), Kind.OTHER)


def entry_of(name: bytes, attributes: asyncssh.SFTPAttrs) -> Entry:
    """A name with what is said of it."""
    kind = kind_of(attributes)
    return Entry(
        name=name,
        kind=kind,
        size=(attributes.size or 0) if kind is not Kind.DIRECTORY else 0,
        mtime=float(attributes.mtime or 0),
        mode=attributes.permissions or 0,
    )
