"""Small secrets that rooms keep for a project, such as the keys of its subscriptions.

They are sealed as payloads are, under the project's key, but bound to a content type that no secret can have:
neither opens in the other's place. They are in no list of secrets, and count as no secret.
"""

from __future__ import annotations

from typing import Final

from barbican_like.model.unit_of_work import Repositories, UnitOfWork
from barbican_like.plugin import resources
from barbican_like.plugin.interface import PayloadIdentity
from barbican_like.plugin.registry import Plugins

_CONTENT_TYPE: Final = "sealed-value/1"


def keep_value(uow: UnitOfWork, plugins: Plugins, project_id: str, value_id: str, value: bytes) -> None:
    """Write a value, sealed.

    :param project_id: the project's external id.
    :raises StaleProject: when the project has been removed meanwhile; the next try makes it anew.
    """
    store = resources.store_for_new(uow, plugins, project_id)
    stored = store.store(uow, _identity(project_id, value_id), value)
    with resources.forgetting(store, project_id):
        uow.sealed_values.add(value_id, stored.project, stored.payload)


def open_value(view: Repositories, plugins: Plugins, project_id: str, value_id: str) -> bytes:
    """A value. Returns what is secret.

    :raises NotFound: when it is gone.
    :raises IntegrityFailure: when it is not as it was written.
    """
    stored = view.sealed_values.get(value_id)
    return plugins.store_named(stored.store).retrieve(_identity(project_id, value_id), stored)


def _identity(project_id: str, value_id: str) -> PayloadIdentity:
    return PayloadIdentity(project_id=project_id, secret_id=value_id, content_type=_CONTENT_TYPE)
