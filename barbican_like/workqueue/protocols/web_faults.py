"""What the status of an answer over HTTP is to users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx

from barbican_like.workqueue import paths
from barbican_like.workqueue.faults import ErrorCode, TransferFailed, not_found

_PERMANENT: Final[Mapping[int, tuple[ErrorCode, str]]] = {
    400: (ErrorCode.BAD_NAME, "the site does not take such a name"),
    401: (ErrorCode.DENIED, "the site wants a credential"),
    403: (ErrorCode.DENIED, "the site does not allow this"),
    405: (ErrorCode.UNSUPPORTED, "the site does not offer this"),
    412: (ErrorCode.EXISTS, "there is one already"),
    413: (ErrorCode.UNSUPPORTED, "the site takes no file of that size"),
    414: (ErrorCode.BAD_NAME, "the name is too long"),
    451: (ErrorCode.DENIED, "the site does not allow this"),
    501: (ErrorCode.UNSUPPORTED, "the site does not offer this"),
}
_TRANSIENT: Final = {507: (ErrorCode.NO_SPACE, "no space is left")}
_GONE: Final = frozenset({404, 410})


def failure(answer: httpx.Response, path: bytes, *, is_shut_out: bool) -> TransferFailed:
    """What an answer that is no success is to users; nothing that the site says is shown.

    :param is_shut_out: whether it is the credential that is refused.
    """
    status, shown = answer.status_code, paths.text_of(path) or "the site"
    if is_shut_out:
        return TransferFailed.auth("The site does not accept the credential")
    if status in _GONE:
        return not_found(shown)
    if status in _PERMANENT:
        code, reason = _PERMANENT[status]
        return TransferFailed.permanent(code, f"{shown}: {reason}")
    if status < 400:  # noqa: PLR2004
        return TransferFailed.permanent(
            ErrorCode.UNSUPPORTED, f"{shown}: the site's answer is none to this request ({status})"
        )
    code, reason = _TRANSIENT.get(status, (ErrorCode.CONNECTION, f"the site says that it failed ({status})"))
    return TransferFailed.transient(code, f"{shown}: {reason}")
