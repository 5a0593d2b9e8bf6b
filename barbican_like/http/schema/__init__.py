"""What a JSON body must look like, said once: the same value parses a body and yields its JSON Schema.

A body is an :class:`Object` of :class:`Member` s, whose values are texts, numbers, words, lists and objects
again. ``parse`` makes of parsed JSON what handlers are given, and its faults name the field; ``json_schema``
is what the OpenAPI document shows. Texts are stripped of the blanks around them.

What holds between members is a check in the ``make`` of the object. Where JSON Schema has words for it, a
:class:`Shown` says them. A value of a room's own is a :class:`Custom`.
"""

from barbican_like.http.schema.compound import (
    Listing,
    Located,
    Mapped,
    Member,
    Nullable,
    Object,
    Shown,
    Union,
    tag,
    tagged,
)
from barbican_like.http.schema.scalars import (
    BLANK,
    LONGEST_TEXT,
    NO_NUL,
    NOT_BLANK,
    Absent,
    Anything,
    Boolean,
    FutureTime,
    Integer,
    OneOf,
    Text,
    Time,
)
from barbican_like.http.schema.value import WHOLE, Custom, Schema, Value, Where, named, resolved

__all__ = [
    "BLANK",
    "LONGEST_TEXT",
    "NOT_BLANK",
    "NO_NUL",
    "WHOLE",
    "Absent",
    "Anything",
    "Boolean",
    "Custom",
    "FutureTime",
    "Integer",
    "Listing",
    "Located",
    "Mapped",
    "Member",
    "Nullable",
    "Object",
    "OneOf",
    "Schema",
    "Shown",
    "Text",
    "Time",
    "Union",
    "Value",
    "Where",
    "named",
    "resolved",
    "tag",
    "tagged",
]
