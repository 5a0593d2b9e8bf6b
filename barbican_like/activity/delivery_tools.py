"""What deliveries are made with, from what every room is given.

An owner's rights are those of the caller who made the subscription (his user, project and roles are kept
with it, as they were), asked about each row by the rules that are in force now. What the row itself says,
such as who is on a secret's ACL, is as it was written; what is stored of people, such as whose PI the owner
is, is read anew for each turn. So a right that a policy file, an ACL or a link takes away ends at once; a
role that an identity service takes away ends when the project or the subscription does, since there is no
token to ask it with.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import orjson

from barbican_like.activity import config
from barbican_like.activity.feed.catalogue import Catalogue
from barbican_like.activity.feed.envelope import Envelopes
from barbican_like.activity.feed.filters import Keep
from barbican_like.activity.models import Subscription
from barbican_like.activity.subscriptions.delivery import Tools
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.room import Parts

if TYPE_CHECKING:
    from barbican_like.activity.subscriptions.sending import Sender


def tools(parts: Parts, catalogue: Catalogue, tell: Callable[[UnitOfWork, Subscription, str], None]) -> Tools:
    """The tools of a worker.

    :param tell: tells an owner that his subscription was ended, and why.
    """

    @cache
    def envelopes() -> Envelopes:
        with Reading(parts.database) as view:
            return Envelopes(view.projects.deployment_id(), catalogue.types)

    def keeps(subscription: Subscription) -> Keep:
        # Imported here, as below: a worker that delivers nothing has no use for the policy.
        from barbican_like.activity.http import answers, stored_callers
        from barbican_like.activity.http.access import Judge
        from barbican_like.activity.http.callers import person_of
        from barbican_like.activity.http.queries import Queries

        wanted = Queries(catalogue).filter_of(orjson.loads(subscription.wanted))
        caller = stored_callers.restored(subscription.caller)
        policy = parts.policy()
        with Reading(parts.database) as view:
            person = person_of(view, policy, caller)
        return answers.keeps(wanted, Judge(policy, caller, catalogue, lambda: person))

    hosts, verify = config.targets(parts.conf).hosts, cache(ssl.create_default_context)

    def sender() -> Sender:
        from barbican_like.activity.subscriptions.sending import Sender

        return Sender(hosts, verify())

    return Tools(
        database=parts.database,
        plugins=parts.plugins,
        sender=sender,
        keeps=keeps,
        envelopes=envelopes,
        tell=tell,
    )
