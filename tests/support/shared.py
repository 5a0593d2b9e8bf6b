"""What many tests share, made when the first of them asks for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def one_of_each(make: Callable[[str], AbstractContextManager[T]]) -> Iterator[Callable[[str], T]]:
    """Gives the one thing of a name, made at the first call with that name; all of them end at the end.

    A fixture with parameters would hold one at a time, and make it anew whenever tests with another parameter
    have come between.
    """
    made: dict[str, T] = {}
    with ExitStack() as stack:

        def of(name: str) -> T:
            if name not in made:
                made[name] = stack.enter_context(make(name))
            return made[name]

        yield of
