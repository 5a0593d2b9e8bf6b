"""The bodies that make jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from barbican_like.common.errors import SchemaMismatch
from barbican_like.http.schema import (
    Anything,
    Boolean,
    Custom,
    Integer,
    Member,
    Nullable,
    Object,
    OneOf,
    Schema,
    Time,
    Value,
    Where,
)
from barbican_like.workqueue.http.values import ALIASES, DROPPED, PATH, SITE_ID, enum_value
from barbican_like.workqueue.options import Overwrite, Verify
from barbican_like.workqueue.states import JobProtocol, JobType

TITLE: Final = "Job"
MOST_TRIES: Final = 20
_LONGEST_TIMEOUT: Final = 10**7
_FASTEST: Final = 2**50
_MOST_NAMED: Final = 10  # members that are wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class JobBody:
    """What a request says of a job."""

    src_siteid: int
    src_filepath: str
    type: JobType | None = None
    dst_siteid: int | None = None
    dst_filepath: str | None = None
    protocol: JobProtocol | None = None
    extra_opts: Mapping[str, Any] = field(default_factory=dict)
    max_tries: int = 2
    priority: int = 5
    dry_run: bool = False


def fault(name: str, reason: str) -> SchemaMismatch:
    """What is wrong with a member that only its surroundings can tell."""
    return Where(TITLE, name).fault(f"{name} {reason}")


_OVERWRITE: Final = OneOf(tuple(Overwrite), any_case=True)


def _parse_overwrite(value: object, where: Where) -> str:
    if isinstance(value, bool):
        return Overwrite.ALWAYS if value else Overwrite.NEVER
    return _OVERWRITE.parse(value, where)


def _parse_depth(value: object, where: Where) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in {1, -1}:
        raise where.fault(f"{where.label} is neither 1 nor -1")
    return value


def _parse_timeout(value: object, where: Where) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LONGEST_TIMEOUT:
        raise where.fault(f"{where.label} is no number of seconds, above 0 and up to {_LONGEST_TIMEOUT}")
    return value


_OPTIONS: Final[Mapping[str, Value[Any]]] = {
    "overwrite": Custom(
        _parse_overwrite,
        {
            "enum": [*Overwrite, True, False],
            "description": "What becomes of another file at the destination.",
        },
    ),
    "verify": OneOf(tuple(Verify), "How a copy is looked at once it is there.", any_case=True),
    "depth": Custom(_parse_depth, {"enum": [1, -1], "description": "Of a LIST: -1 is all levels."}),
    "symlinks": OneOf(("skip", "follow"), "Links at the source.", any_case=True),
    "timeout": Custom(
        _parse_timeout,
        {
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": _LONGEST_TIMEOUT,
            "description": "Seconds that one attempt may take.",
        },
    ),
    "not_before": Time("Nothing begins before this time."),
    "bandwidth": Integer(least=1, most=_FASTEST, exact=True, about="Bytes a second of each file, at most."),
}


def _parse_options(value: object, where: Where) -> dict[str, Any]:
    """The options, words as they are written here; all else as it came."""
    if not isinstance(value, dict):
        raise where.fault(f"{where.label} is not of type 'object'")
    others = [f"{where.field}.{name[:64]}" for name in value if name not in _OPTIONS]
    if others:
        is_or_are = "is" if len(others) == 1 else "are"
        names = ", ".join(others[:_MOST_NAMED])
        raise Where(TITLE, others[0]).fault(f"{names} {is_or_are} unknown: there are {sorted(_OPTIONS)}")
    return {
        name: _kept(option, _OPTIONS[name].parse(option, Where(TITLE, f"{where.field}.{name}")))
        for name, option in value.items()
    }


def _kept(option: object, parsed: object) -> object:
    """How an option is stored, and told."""
    if isinstance(parsed, datetime):
        text = str(option).strip()
        has_offset = datetime.fromisoformat(text).tzinfo is not None
        return text if has_offset else parsed.replace(tzinfo=UTC).isoformat()
    return str(parsed) if isinstance(parsed, str) else option


def _options_schema() -> Schema:
    properties = {name: option.json_schema() for name, option in _OPTIONS.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def not_before(options: Mapping[str, Any]) -> datetime | None:
    """The time before which nothing begins."""
    text = options.get("not_before")
    return None if text is None else _OPTIONS["not_before"].parse(text, Where(TITLE, "extra_opts.not_before"))


def _members(*, needs_destination: bool, needs_target: bool) -> tuple[Member, ...]:
    return (
        Member("src_siteid", SITE_ID, required=True),
        Member("src_filepath", PATH, required=True),
        Member("dst_siteid", SITE_ID if needs_destination else Nullable(SITE_ID), required=needs_destination),
        Member("dst_filepath", PATH if needs_target else Nullable(PATH), required=needs_target),
        Member("protocol", enum_value(JobProtocol, ALIASES)),
        Member("extra_opts", Custom(_parse_options, _options_schema())),
        Member("max_tries", Integer(least=1, most=MOST_TRIES, exact=True, about="Of each element.")),
        Member("priority", Integer(least=0, most=9, exact=True, about="0 is the most urgent.")),
        Member("dry_run", Boolean("Only find out what would be done.")),
        *(Member(name, Anything(), kept=False) for name in DROPPED),
    )


def _object(name: str, *members: Member, make: Callable[..., JobBody] = JobBody) -> Object[JobBody]:
    return Object(title=TITLE, name=name, members=members, make=make, closed=True)


ANY_JOB: Final = _object(
    "NewJob",
    Member("type", enum_value(JobType), required=True),
    *_members(needs_destination=False, needs_target=False),
)
_FORCED: Final = Member("type", Anything("The path says it."), kept=False)

BODIES: Final[Mapping[JobType, Object[JobBody]]] = {
    kind: _object(
        f"New{kind.capitalize()}Job",
        _FORCED,
        *_members(
            needs_destination=kind is JobType.COPY, needs_target=kind in {JobType.COPY, JobType.RENAME}
        ),
    )
    for kind in JobType
}
"""Those whose type the path says."""
