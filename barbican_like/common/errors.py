"""Every error the product raises on purpose, in one tree.

::

    BarbicanError
      ConfigurationError          an operator must change something; ends the process with one line
      ClientError                 the caller must change something; its text is shown to the caller
        InvalidInput              a value is unusable
          BadQuery                a parameter of the query string is unusable
            UnusableParameter     the same where the answer names it
          SchemaMismatch          a field of a request body is unusable
          UnusableField           the same where the answer names it
          FieldNotSupported       a well-formed value that this server has no use for
          OperationRefused        the operation cannot be done with what was given
        NotAuthenticated          nobody is known by what was given
        Forbidden
          PolicyDenied            the policy refuses this caller this operation
          QuotaReached            the project has as many of a resource as it may have
        NotFound
        MethodNotAllowed
        NotAcceptable
        Conflict
          Duplicate               there is one with this key already
        Gone                      it was there, and is kept no longer
        LengthRequired            of a payload: without it a body cut short looks like a whole one
        RequestTimeout            a request did not come in time
        TooManyFailures             wrong passwords came from where the request comes from
        HeadersTooLarge
        TooLarge
          PayloadTooLarge         of a second step, whose answer names the operation
        UnsupportedMediaType
      ServerError                 the caller did nothing wrong; its text is never shown
        IntegrityFailure          a sealed value cannot be opened: altered, moved or another key
        ReadOnly                  a view was asked to write: a defect of this program
        HostRefused               no connection may be made to a machine's addresses
        HostUnknown               a machine's name has no address
        Interrupted               a task's work must not go on
          ClaimLost               a worker no longer holds the task it works on
          TaskCancelled           an operator has cancelled it
          TimeLimitReached        it has taken longer than its kind may
          WorkerStops             its worker ends, and another may have it
        Overloaded                a bounded wait ran out; trying again is the right thing
          StaleProject            a remembered project was removed; the next try makes it anew

No error text ever carries a payload, a key or a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self


class BarbicanError(Exception):
    """The root; ``message`` is the whole text."""

    default: ClassVar[str] = "Unexpected failure"

    def __init__(self, message: str | None = None) -> None:
        self.message = self.default if message is None else message
        super().__init__(self.message)


def sentence(operation: str, message: str) -> str:
    """What a user reads of a fault of an operation.

    :param operation: its name, such as ``Secret update``.
    :param message: what is wrong, with a full stop at its end or without.
    """
    return f"{operation} issue seen - {message.removesuffix('.')}."


class ConfigurationError(BarbicanError):
    """An operator must change something before this process can run."""


class ClientError(BarbicanError):
    """The caller's request cannot be served as it is.

    ``names_operation`` tells whether the answer opens with the operation's name
    ("Secret update issue seen - ..."), as clients of the original see it.
    """

    names_operation: ClassVar[bool] = False

    @property
    def members(self) -> Mapping[str, object]:
        """What the answer has besides the code and the texts."""
        return {}


class InvalidInput(ClientError):
    """A value is unusable."""


class BadQuery(InvalidInput):
    """A query string parameter is unusable."""

    default = "URI provided invalid query string parameters."


class UnusableParameter(BadQuery):
    """A query string parameter is unusable; the answer names it.

    :param field: the parameter's name.
    :param reason: what is wrong with it.
    """

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        super().__init__(f"The parameter '{field}' is unusable: {reason}")

    @property
    def members(self) -> Mapping[str, object]:
        """The parameter's name."""
        return {"field": self.field}


class SchemaMismatch(InvalidInput):
    """A field of a request body is unusable.

    :param schema: the schema's name, such as ``Secret`` or ``Secret' within 'Order``.
    :param reason: what is wrong, without the value where it may be secret.
    :param field: the field's name, empty for the body as a whole.

    ``path`` is the whole way to it in the body, such as ``event.data.values.2``.
    """

    def __init__(self, schema: str, reason: str, field: str) -> None:
        self.field = field
        self.path = ""
        super().__init__(
            f"Provided object does not match schema '{schema}': {reason}. Invalid property: '{field}'"
        )

    def inside(self, part: str) -> Self:
        """The same error, seen from what holds the value.

        :param part: its name or number there.
        """
        self.path = f"{part}.{self.path}" if self.path else part
        return self


class UnusableField(InvalidInput):
    """A field of a request body is unusable; the answer names it.

    :param field: the whole way to it in the body, such as ``event.data.values.2``; empty for the body itself.
    :param message: what is wrong, without the value where it may be secret.
    """

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)

    @property
    def members(self) -> Mapping[str, object]:
        """The way to the field."""
        return {"field": self.field}


class FieldNotSupported(InvalidInput):
    """A well-formed value that this server has no use for."""

    default = "Provided field value is not supported"


class OperationRefused(InvalidInput):
    """The operation cannot be done with what was given; the answer names the operation."""

    names_operation = True


class NotAuthenticated(ClientError):
    """Nobody is known by what was given."""


class Forbidden(ClientError):
    """The caller may not do this."""


class PolicyDenied(Forbidden):
    """The policy refuses this caller this operation.

    :param operation: the operation's name as clients read it, such as ``Secret creation``.
    """

    def __init__(self, operation: str) -> None:
        super().__init__(f"{operation} attempt not allowed - please review your user/project privileges")


class QuotaReached(Forbidden):
    """The project has as many of a resource as it may have."""

    default = "Creation not allowed because a quota has been reached"
    names_operation = True


class NotFound(ClientError):
    """There is no such thing, or the caller may not know of it."""

    default = "Not Found."


class MethodNotAllowed(ClientError):
    """The resource exists, the method on it does not.

    :param allow: the methods that do exist, for the Allow header.
    """

    def __init__(self, allow: tuple[str, ...], message: str | None = None) -> None:
        self.allow = allow
        super().__init__(message or "Method Not Allowed.")


class NotAcceptable(ClientError):
    """Nothing on offer matches the Accept header or the API version asked for."""

    default = "Not Acceptable."


class Conflict(ClientError):
    """The thing's present state does not allow this."""


class Duplicate(Conflict):
    """There is one with this key already."""

    default = "Conflict. There is one already."


class Gone(ClientError):
    """The place in the feed that was asked for is not kept any more, or has never been.

    :param oldest: the number of the oldest row that is kept.
    :param last: the last number given.
    """

    def __init__(self, oldest: int, last: int) -> None:
        self._members = {"oldest": oldest, "last_seq": last}
        super().__init__("Gone. The feed has nothing at this place: begin anew, with include_initial.")

    @property
    def members(self) -> Mapping[str, object]:
        """The bounds of the feed."""
        return self._members


class LengthRequired(ClientError):
    """A body without a Content-Length, where one cut short could not be told from a whole one."""

    default = "Length Required. A payload must be sent with its Content-Length."


class RequestTimeout(ClientError):
    """A request did not come in time."""

    default = "The request did not come in time."


class TooManyFailures(ClientError):
    """Too many wrong passwords came from where the request comes from.

    :param seconds: after which to try again, for the Retry-After header.
    """

    default = "Too many attempts to authenticate have failed; try again later."

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__()


class HeadersTooLarge(ClientError):
    """The request line and the headers are over the configured limit."""

    default = "The request line and the headers are too large."


class TooLarge(ClientError):
    """The body or a payload is over its limit."""

    default = "Provided information too large to process"


class PayloadTooLarge(TooLarge):
    """A second-step payload is over its limit; the answer names the operation."""

    names_operation = True


class UnsupportedMediaType(ClientError):
    """The body's Content-Type is none of the expected ones."""

    def __init__(self, expected: list[str]) -> None:
        super().__init__(f"Unexpected content type. Expected content types are: {expected}")


class ServerError(BarbicanError):
    """Something failed on this side; the text is for logs only."""


class IntegrityFailure(ServerError):
    """A sealed value cannot be opened.

    One text for an altered, truncated or moved value and for a wrong key, so that nobody
    learns which (RFC 5116 section 2.2: the only failure is FAIL).
    """

    default = "The stored value cannot be opened: it was altered or moved, or the key is another"


class ReadOnly(ServerError):
    """A view was asked to write, which takes a unit of work: a defect of the program, never of a user."""

    default = "A view cannot write; nothing was written"


class HostRefused(ServerError):
    """No connection may be made to any of a machine's addresses."""

    default = "No connection is allowed to that address"


class HostUnknown(ServerError):
    """A machine's name has no address now."""

    default = "The machine's name cannot be resolved"


class Interrupted(ServerError):
    """The work on a task must not go on; raised by ``Run.checkpoint``."""


class ClaimLost(Interrupted):
    """A worker no longer holds the task it works on: another has it, or it is done."""

    default = "The claim on the task was lost; nothing was written"


class TaskCancelled(Interrupted):
    """An operator has cancelled the task."""

    default = "The task was cancelled"


class TimeLimitReached(Interrupted):
    """A try of the task has taken longer than its kind may."""

    default = "The task's time limit was reached"


class WorkerStops(Interrupted):
    """The worker ends; the task is handed back."""

    default = "The worker stops"


class Overloaded(ServerError):
    """A bounded wait ran out. The same request can be sent again."""

    default = "The server is busy; please try again"


class StaleProject(Overloaded):
    """A project that this process remembers was removed meanwhile; the next try makes it anew."""
