"""Sends a request to the application that is mounted at the start of its path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

_SLASHES: Final = re.compile("//+")


class Mounts:
    """A WSGI application made of others. A path with doubled slashes is the one without them.

    :param applications: by path prefix; ``/`` takes what no other does.
    """

    def __init__(self, applications: Mapping[str, Callable[..., Any]]) -> None:
        prefixes = sorted(applications, key=len, reverse=True)
        self._mounted = [(prefix.rstrip("/"), applications[prefix]) for prefix in prefixes]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Move the prefix from PATH_INFO to SCRIPT_NAME (PEP 3333) and hand on."""
        path: str = environ.get("PATH_INFO", "")
        if "//" in path:  # such as of a client whose endpoint ends in a slash
            path = _SLASHES.sub("/", path)
        for prefix, application in self._mounted:
            # What is no path, such as the * of OPTIONS, is the root's to refuse.
            if not prefix or path == prefix or path.startswith(f"{prefix}/"):
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
                environ["PATH_INFO"] = path[len(prefix) :]
                answer: Iterable[bytes] = application(environ, start_response)
                return answer
        raise LookupError("no application is mounted at /")
