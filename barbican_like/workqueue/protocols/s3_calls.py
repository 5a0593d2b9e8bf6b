"""Calls of the AWS SDK: what their errors are to users."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from barbican_like.workqueue import reaching
from barbican_like.workqueue.faults import ErrorCode, TransferFailed, not_found

_AUTH: Final = frozenset(
    {
        "401", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId",
        "InvalidSecurity", "InvalidToken", "InvalidClientTokenId", "SignatureDoesNotMatch",
        "TokenRefreshRequired", "UnrecognizedClientException",
    }
)  # fmt: skip
_MISSING: Final = frozenset({"404", "NoSuchBucket", "NoSuchKey", "NotFound"})
_REFUSED: Final = frozenset({"403", "Forbidden"})
_PERMANENT: Final[Mapping[str, tuple[ErrorCode, str]]] = {
    "403": (ErrorCode.DENIED, "the site does not allow this"),
    "AccessDenied": (ErrorCode.DENIED, "the site does not allow this"),
    "AllAccessDisabled": (ErrorCode.DENIED, "the site does not allow this"),
    "Forbidden": (ErrorCode.DENIED, "the site does not allow this"),
    "MethodNotAllowed": (ErrorCode.UNSUPPORTED, "the site does not offer this"),
    "InvalidObjectState": (ErrorCode.DENIED, "the object is in an archive"),
    "KeyTooLongError": (ErrorCode.BAD_NAME, "the name is too long"),
    "412": (ErrorCode.EXISTS, "there is one already"),
    "PreconditionFailed": (ErrorCode.EXISTS, "there is one already"),
    "EntityTooLarge": (ErrorCode.UNSUPPORTED, "the site takes no file of that size"),
    "NotImplemented": (ErrorCode.UNSUPPORTED, "the site does not offer this"),
    "InvalidBucketName": (ErrorCode.NOT_FOUND, "there is no such bucket"),
    "AuthorizationHeaderMalformed": (ErrorCode.UNSUPPORTED, "the bucket is in another region"),
    "IllegalLocationConstraintException": (ErrorCode.UNSUPPORTED, "the bucket is in another region"),
    "PermanentRedirect": (ErrorCode.UNSUPPORTED, "the bucket is in another region"),
    **dict.fromkeys(
        ("301", "302", "303", "307", "308", "TemporaryRedirect"),
        (ErrorCode.UNSUPPORTED, "the bucket is elsewhere, as in another region"),
    ),
    "400": (ErrorCode.BAD_NAME, "the site does not take such a name"),
    "InvalidArgument": (ErrorCode.BAD_NAME, "the site does not take such a name"),
    "InvalidURI": (ErrorCode.BAD_NAME, "the site does not take such a name"),
}
_FULL: Final = frozenset({"507", "QuotaExceeded", "StorageFull", "XMinioStorageFull"})


@contextmanager
def calling(shown: str) -> Iterator[None]:
    """Calls an error of the SDK what it is to users; none of its texts is shown."""
    try:
        yield
    except ClientError as error:
        raise _refused(code_of(error), shown) from error
    except HTTPClientError as error:
        raise reaching.failed(error, shown) from error
    except BotoCoreError as error:
        raise TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the site's answer is none") from error


def code_of(error: ClientError) -> str:
    """The code that a site has given."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_plain_refusal(error: ClientError) -> bool:
    """Whether it says no more than that it refuses, as answers without a body do."""
    return code_of(error) in _REFUSED


def _refused(code: str, shown: str) -> TransferFailed:
    if code in _AUTH:
        return TransferFailed.auth("The site does not accept the credential")
    if code in _MISSING:
        return not_found(shown)
    if code in _PERMANENT:
        kind, reason = _PERMANENT[code]
        return TransferFailed.permanent(kind, f"{shown}: {reason}")
    if code in _FULL:
        return TransferFailed.transient(ErrorCode.NO_SPACE, f"{shown}: no space is left")
    return TransferFailed.transient(ErrorCode.CONNECTION, f"{shown}: the site says that it failed")
