"""What the database holds, counted without the product's own queries."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import text

from barbican_like import rooms
from barbican_like.model.database import Database

_STANDING = ", ".join(f"'{kind.name}'" for kind in rooms.standing())
TASKS = f"(select * from tasks where name not in ({_STANDING})) tasks"  # noqa: S608  our own names
"""The tasks that end some time; those that remove what is old are always there."""

_ORPHANS = """
    select count(*) from secrets s
    where not exists (select 1 from orders o where o.secret_id = s.id)
      and not exists (select 1 from container_secrets c where c.secret_id = s.id)
"""
_INCOMPLETE_KEYS = """
    select count(*) from orders o
    where o.type = 'key' and o.status = 'ACTIVE'
      and not exists (select 1 from secrets s join secret_payloads p on p.secret_id = s.id
                      where s.id = o.secret_id)
"""
_INCOMPLETE_PAIRS = """
    select count(*) from orders o
    where o.type = 'asymmetric' and o.status = 'ACTIVE'
      and 2 <> (select count(*) from container_secrets c
                join secret_payloads p on p.secret_id = c.secret_id where c.container_id = o.container_id)
"""


class Ledger:
    """Counts rows."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._database.reading() as connection:
            return [tuple(row) for row in connection.execute(text(sql), values)]

    def change(self, sql: str, **values: Any) -> int:
        """Run one statement behind the product's back; how many rows it hit."""
        with self._database.writing() as connection:
            return connection.execute(text(sql), values).rowcount

    @contextmanager
    def without_foreign_keys(self) -> Iterator[Callable[[str], Any]]:
        """Run statements on SQLite as a tool does that does not check references."""
        with self._database.reader.connect() as connection:
            connection.exec_driver_sql("pragma query_only = off")
            connection.exec_driver_sql("pragma foreign_keys = off")
            yield connection.exec_driver_sql
            connection.exec_driver_sql("pragma foreign_keys = on")

    def number(self, sql: str, **values: Any) -> int:
        """The one number of a query."""
        ((found,),) = self.rows(sql, **values)
        return int(found)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return self.number(f"select count(*) from {table}")  # noqa: S608  a name of the test's own

    def statuses(self) -> dict[str, int]:
        """How many orders have which status."""
        found = self.rows("select status, count(*) from orders group by status")
        return {status: int(number) for status, number in found}

    def settled(self) -> bool:
        """Whether no order is PENDING."""
        return self.number("select count(*) from orders where status = 'PENDING'") == 0

    def ordered(self) -> dict[str, int]:
        """How many orders there are as arguments of :meth:`differences`: keys and pairs."""
        found = {kind: int(n) for kind, n in self.rows("select type, count(*) from orders group by type")}
        return {"keys": found.get("key", 0), "pairs": found.get("asymmetric", 0)}

    def claims(self) -> int:
        """How many tasks are claimed."""
        return self.number(f"select count(*) from {TASKS} where claimed_by is not null")  # noqa: S608

    def claims_of(self, pid: int) -> list[str]:
        """The entities whose tasks a worker process has claimed."""
        joined = f"{TASKS} join worker_leases l on l.id = tasks.claimed_by"
        rows = self.rows(f"select entity_id from {joined} where pid = :pid", pid=pid)  # noqa: S608
        return [entity for (entity,) in rows]

    def holder(self, entity: str) -> int | None:
        """The process id of the worker that has claimed an entity's task."""
        sql = "select l.pid from tasks t join worker_leases l on l.id = t.claimed_by where t.entity_id = :id"
        return next((int(pid) for (pid,) in self.rows(sql, id=entity)), None)

    def leases(self) -> dict[str, int]:
        """Every worker's lease, with its process id."""
        return {lease: int(pid) for lease, pid in self.rows("select id, pid from worker_leases")}

    def differences(self, *, keys: int, pairs: int, stored: int = 0) -> Mapping[str, tuple[int, int]]:
        """What is not as it must be once all orders are done and ``stored`` secrets were stored.

        Each entry: what is counted, how many there are, how many there must be.
        """
        secrets = keys + 2 * pairs + stored
        must = {
            "orders": (self.count("orders"), keys + pairs),
            "ACTIVE orders": (self.statuses().get("ACTIVE", 0), keys + pairs),
            "secrets": (self.count("secrets"), secrets),
            "payloads": (self.count("secret_payloads"), secrets),
            "containers": (self.count("containers"), pairs),
            "places in containers": (self.count("container_secrets"), 2 * pairs),
            "open tasks": (self.count(TASKS), 0),
            "secrets that no order made": (self.number(_ORPHANS), stored),
            "key orders without a whole secret": (self.number(_INCOMPLETE_KEYS), 0),
            "pair orders without two whole secrets": (self.number(_INCOMPLETE_PAIRS), 0),
        }
        return {name: pair for name, pair in must.items() if pair[0] != pair[1]}
