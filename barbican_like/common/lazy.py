"""Attributes that are made at their first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  used as a decorator, as property is
    """Like ``functools.cached_property``, for objects that one thread uses, and without a lock.

    Until Python 3.12 the lock of cached_property is one for all objects of a class: a thread that waits
    inside, such as for the writer lock, stops every other, also the one that it waits for.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, thing: None, owner: type) -> Self: ...

    @overload
    def __get__(self, thing: object, owner: type) -> T: ...

    def __get__(self, thing: object | None, owner: type) -> Self | T:
        if thing is None:
            return self
        # Kept under the attribute's name, where it is found before this descriptor the next time.
        made = thing.__dict__[self._name] = self._make(thing)
        return made
