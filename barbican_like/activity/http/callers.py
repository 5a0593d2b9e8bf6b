"""Who calls, as the registry knows him."""

from __future__ import annotations

from typing import Final

from barbican_like.activity.registry import person
from barbican_like.activity.registry.person import Person
from barbican_like.activity.registry.privilege import Caller
from barbican_like.activity.registry.standing import caller_of
from barbican_like.activity.repository.registry import RegistryRepo
from barbican_like.common.errors import Forbidden
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy
from barbican_like.model.unit_of_work import Repositories

ADMIN_RULE: Final = "activity:admin"
READ_RULE: Final = "registry:get"


def registry_caller(view: Repositories, policy: Policy, context: RequestContext) -> Caller:
    """The caller of a request.

    :param policy: the rules in force, one of which says who is an admin here.
    """
    is_admin = policy.permits(ADMIN_RULE, context)
    return caller_of(view.of(RegistryRepo), context.user_id, is_admin=is_admin)


def require_writer(caller: Caller) -> None:
    """Do nothing where a caller is one who may ask for changes.

    :raises Forbidden: when he is neither a registry user nor an admin.
    """
    if caller.user is None and not caller.is_admin:
        raise Forbidden("Only users of the registry and admins ask for changes")


def person_of(view: Repositories, policy: Policy, context: RequestContext) -> Person:
    """The caller with what he is a PI of, for who judges rows of the feed."""
    caller = registry_caller(view, policy, context)
    pi_of = frozenset[str]() if caller.urn is None else view.of(RegistryRepo).pi_of(caller.urn)
    return person.person_of(caller, pi_of, reads=policy.permits(READ_RULE, context))
