"""The unit of work: repositories over one connection, and the only commit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from barbican_like.common.lazy import lazy
from barbican_like.common.notices import Notice
from barbican_like.model import repositories as repo
from barbican_like.model.database import Database
from barbican_like.model.lists import Count, Part
from barbican_like.model.repositories.base import Repository

R = TypeVar("R", bound=Repository)


def _named(kind: type[R]) -> lazy[R]:
    """A short name: ``uow.secrets`` is ``uow.of(SecretRepo)``."""
    return lazy(lambda repositories: repositories.of(kind))


class Repositories(ABC):
    """Every repository, over a connection that is taken when the first of them is used.

    A room asks for its own by :meth:`of`; those of the key manager have short names.
    """

    projects = _named(repo.ProjectRepo)
    secrets = _named(repo.SecretRepo)
    secret_consumers = _named(repo.SecretConsumerRepo)
    secret_metadata = _named(repo.SecretMetadataRepo)
    secret_acls = _named(repo.SecretAclRepo)
    containers = _named(repo.ContainerRepo)
    container_consumers = _named(repo.ContainerConsumerRepo)
    container_acls = _named(repo.ContainerAclRepo)
    orders = _named(repo.OrderRepo)
    order_passphrases = _named(repo.OrderPassphraseRepo)
    quotas = _named(repo.QuotaRepo)
    transport_keys = _named(repo.TransportKeyRepo)
    secret_stores = _named(repo.SecretStoreRepo)
    sealed_values = _named(repo.SealedValueRepo)
    keyring_terms = _named(repo.KeyringTermRepo)
    project_keys = _named(repo.ProjectKeyRepo)
    tasks = _named(repo.TaskRepo)
    task_desk = _named(repo.TaskDesk)
    leases = _named(repo.LeaseRepo)

    def __init__(self, database: Database) -> None:
        self._database = database
        self._repositories: dict[type[Repository], Any] = {}

    def of(self, kind: type[R]) -> R:
        """The repository of a kind, the same one each time."""
        repository: R | None = self._repositories.get(kind)
        if repository is None:
            repository = self._repositories[kind] = kind(self.connection)
        return repository

    def total(self, part: Part[Any]) -> int:
        """How long the list is that a page belongs to; above ``totals.EXACT``, how long it was just now.

        :raises Overloaded: when it cannot be counted now.
        """
        if part.known_total is not None:
            return part.known_total
        return self.count(part.count)

    def count(self, count: Count) -> int:
        """How long a list is; above ``totals.EXACT``, how long it was just now.

        :raises Overloaded: when it cannot be counted now.
        """
        return self._database.totals.of(count, self.connection)

    @lazy
    def connection(self) -> Connection:
        """The connection; taking it may wait for a lock."""
        return self._take()

    @abstractmethod
    def _take(self) -> Connection:
        """Get the connection."""


class Reading(Repositories):
    """A view: each statement sees what is committed by then, and none can write.

    Leaving the block after a try to write raises :class:`ReadOnly`.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection: Connection | None = self.__dict__.get("connection")
        if connection is not None:
            database = self._database
            self.__dict__.clear()  # from here on the connection may be another thread's
            database.give_back_reader(connection, error)

    def _take(self) -> Connection:
        return self._database.take_reader()


class Snapshot(Repositories):
    """A view in which all statements see what was committed by the first of them, and none can write."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def _take(self) -> Connection:
        return self._stack.enter_context(self._database.snapshot())


class UnitOfWork(Repositories):
    """One transaction, begun at its first use, committed by :meth:`commit` alone.

    Leaving the block without a commit rolls everything back.

    :param actor: the user for whom it writes; None for the program itself.
    """

    def __init__(self, database: Database, actor: str | None = None) -> None:
        super().__init__(database)
        self.actor = actor
        self._stack = ExitStack()
        self._after_commit: list[Callable[[], None]] = []
        self._notices: list[Notice] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if "connection" in self.__dict__ and not self.connection.closed:
                self.connection.rollback()
        except DBAPIError:  # the connection is gone, and its server has rolled back without being asked
            self.connection.invalidate()
        finally:
            self._stack.__exit__(kind, error, trace)

    def _take(self) -> Connection:
        return self._stack.enter_context(self._database.writing())

    def after_commit(self, action: Callable[[], None]) -> None:
        """Do ``action`` once everything is committed; it must not raise."""
        self._after_commit.append(action)

    @property
    def is_observed(self) -> bool:
        """Whether anybody listens, so that a notice is worth making."""
        return bool(self._database.observers)

    def tell(self, notice: Notice) -> None:
        """Hand a notice to those who observe, who write about it at the end of this transaction."""
        if self._database.observers:
            self._notices.append(notice)

    def commit(self) -> None:
        """Let observers write, make everything permanent, free the connection, then do what was to follow.

        :raises Overloaded: when the database cannot take it now; nothing is written then.
        """
        self._hand_on()
        self._stack.close()
        for action in self._after_commit:
            action()
        self._after_commit.clear()

    def _hand_on(self) -> None:
        """All notices to each observer at once, then those that observers have told by that."""
        while self._notices:
            notices, self._notices = tuple(self._notices), []
            for observe in self._database.observers:
                observe(self, notices)
