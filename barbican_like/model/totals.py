"""How long lists are: exact where they are short, and at most ten seconds old where they are long.

To count a million rows takes a second, and every page of a list tells the total. So a list is counted up to
ten thousand first. Where there are more, the total is remembered for a while; before it is too old, a thread
counts anew. Only the request that asks first waits for it, and those that ask for the same meanwhile.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import AbstractContextManager
from time import monotonic
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from barbican_like.common.errors import Overloaded
from barbican_like.model.lists import Count

EXACT: Final = 10_000
"""Up to here a total is exact."""
OLDEST: Final = 10.0
"""Seconds that the total of a longer list may be old."""
_RENEWED: Final = 7.0  # seconds after which a total that is asked for is counted anew, beside the requests
_REMEMBERED: Final = 1_000  # lists

Name = object


class Totals:
    """The totals of long lists, remembered in this process.

    :param reading: gives a connection to count over.
    :param wait: seconds to wait for another request that counts the same.
    :param now: a clock that never goes back, in seconds.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        *,
        wait: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._reading = reading
        self._wait = wait
        self._now = now
        self._known: OrderedDict[Name, tuple[int, float]] = OrderedDict()  # the total, and of when it is
        self._counted: dict[Name, Future[int]] = {}  # at this moment, by the requests that asked first
        self._due: OrderedDict[Name, Count] = OrderedDict()  # to be counted anew
        self._lock = threading.Lock()
        self._renewer: threading.Thread | None = None
        self._closed = False

    def of(self, count: Count, connection: Connection) -> int:
        """The total of a list.

        :param connection: to count over, where nobody has.
        :raises Overloaded: when another request counts the same, and fails or takes too long.
        """
        few = count.size.some(connection, count.values, EXACT + 1)
        return few if few <= EXACT else self._many(count, connection)

    def close(self) -> None:
        """Count no more."""
        with self._lock:
            self._closed = True
            self._due.clear()
            renewer = self._renewer
        if renewer is not None:
            renewer.join()

    def _many(self, count: Count, connection: Connection) -> int:
        name = count.name
        with self._lock:
            total, begun = self._known.get(name, (0, float("-inf")))
            age = self._now() - begun
            if age < OLDEST:
                self._known.move_to_end(name)
                if age >= _RENEWED:
                    self._renew_later(name, count)
                return total
            first = name not in self._counted
            counted = self._counted.setdefault(name, Future())
        if not first:
            return self._awaited(counted)
        found = None
        try:
            found = self._count(name, count, connection)
        finally:
            self._end(name, found)
        return found

    def _awaited(self, counted: Future[int]) -> int:
        try:
            return counted.result(self._wait)
        except TooLate:
            raise Overloaded("the list could not be counted in time") from None

    def _end(self, name: Name, total: int | None) -> None:
        """Tell those who wait; None where it could not be counted."""
        with self._lock:
            counted = self._counted.pop(name)
        if total is None:
            counted.set_exception(Overloaded("the list could not be counted"))
        else:
            counted.set_result(total)

    def _count(self, name: Name, count: Count, connection: Connection) -> int:
        begun = self._now()
        total = count.size.whole(connection, count.values)
        with self._lock:
            self._known[name] = (total, begun)
            self._known.move_to_end(name)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return total

    def _renew_later(self, name: Name, count: Count) -> None:
        """Let the thread do it, one list at a time; called with the lock held."""
        if self._closed or len(self._due) >= _REMEMBERED:
            return
        self._due.setdefault(name, count)
        if self._renewer is None:
            self._renewer = threading.Thread(target=self._renew, name="totals", daemon=True)
            self._renewer.start()

    def _renew(self) -> None:
        while True:
            with self._lock:
                if not self._due:
                    self._renewer = None
                    return
                name, count = next(iter(self._due.items()))
            try:
                with self._reading() as connection:
                    self._count(name, count, connection)
            except (Overloaded, SQLAlchemyError):
                pass  # whoever asks once the total is too old counts, and hears what is the matter
            finally:
                with self._lock:
                    self._due.pop(name, None)
