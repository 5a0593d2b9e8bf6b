"""The unit of work: repositories over one connection, and the only commit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from barbican_like.common.lazy import lazy
from barbican_like.model import repositories as repo
from barbican_like.model import tables
from barbican_like.model.database import Database
from barbican_like.model.models import Consumer, ContainerConsumer


class Repositories(ABC):
    """Every repository, over a connection that is taken when the first of them is used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @lazy
    def connection(self) -> Connection:
        """The connection; taking it may wait for a lock."""
        return self._take()

    @abstractmethod
    def _take(self) -> Connection:
        """Get the connection."""

    @lazy
    def projects(self) -> repo.ProjectRepo:
        """Projects."""
        return repo.ProjectRepo(self.connection)

    @lazy
    def secrets(self) -> repo.SecretRepo:
        """Secrets."""
        return repo.SecretRepo(self.connection)

    @lazy
    def secret_consumers(self) -> repo.ConsumerRepo[Consumer]:
        """Consumers of secrets."""
        return repo.ConsumerRepo(self.connection, repo.OF_SECRETS)

    @lazy
    def containers(self) -> repo.ContainerRepo:
        """Containers."""
        return repo.ContainerRepo(self.connection)

    @lazy
    def container_consumers(self) -> repo.ConsumerRepo[ContainerConsumer]:
        """Consumers of containers."""
        return repo.ConsumerRepo(self.connection, repo.OF_CONTAINERS)

    @lazy
    def secret_metadata(self) -> repo.SecretMetadataRepo:
        """User metadata of secrets."""
        return repo.SecretMetadataRepo(self.connection)

    @lazy
    def secret_acls(self) -> repo.AclRepo:
        """ACLs of secrets."""
        return repo.AclRepo(self.connection, tables.secrets, tables.secret_acls, tables.secret_acl_users)

    @lazy
    def container_acls(self) -> repo.AclRepo:
        """ACLs of containers."""
        return repo.AclRepo(
            self.connection, tables.containers, tables.container_acls, tables.container_acl_users
        )

    @lazy
    def quotas(self) -> repo.QuotaRepo:
        """Quotas of projects."""
        return repo.QuotaRepo(self.connection)

    @lazy
    def transport_keys(self) -> repo.TransportKeyRepo:
        """Transport keys."""
        return repo.TransportKeyRepo(self.connection)

    @lazy
    def secret_stores(self) -> repo.SecretStoreRepo:
        """Secret stores, and who prefers which."""
        return repo.SecretStoreRepo(self.connection)

    @lazy
    def orders(self) -> repo.OrderRepo:
        """Orders."""
        return repo.OrderRepo(self.connection)

    @lazy
    def tasks(self) -> repo.TaskRepo:
        """Open tasks."""
        return repo.TaskRepo(self.connection)

    @lazy
    def task_desk(self) -> repo.TaskDesk:
        """Tasks as operators see them."""
        return repo.TaskDesk(self.connection)

    @lazy
    def leases(self) -> repo.LeaseRepo:
        """Leases of worker processes."""
        return repo.LeaseRepo(self.connection)

    @lazy
    def keyring_terms(self) -> repo.KeyringTermRepo:
        """Terms of the keyring."""
        return repo.KeyringTermRepo(self.connection)

    @lazy
    def project_keys(self) -> repo.ProjectKeyRepo:
        """Projects' wrapped keys."""
        return repo.ProjectKeyRepo(self.connection)


class Reading(Repositories):
    """A view: each statement sees what is committed by then; nothing can be kept from here."""

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


class UnitOfWork(Repositories):
    """One transaction, begun at its first use, committed by :meth:`commit` alone.

    Leaving the block without a commit rolls everything back.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._stack = ExitStack()
        self._after_commit: list[Callable[[], None]] = []

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

    def commit(self) -> None:
        """Make everything permanent, free the connection, then do what was to follow.

        :raises Overloaded: when the database cannot take it now; nothing is written then.
        """
        self._stack.close()
        for action in self._after_commit:
            action()
        self._after_commit.clear()
