"""Keystone as the page's sign-in asks it: version 3, by keystoneauth1."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from keystoneauth1 import session as keystone_session
from keystoneauth1.exceptions import ClientException
from keystoneauth1.exceptions.http import BadRequest, Forbidden, NotFound, Unauthorized
from keystoneauth1.identity.v3 import Password as PasswordPlugin
from oslo_config import cfg

from barbican_like.common import log
from barbican_like.common.errors import Overloaded
from barbican_like.http.middleware import keystone_options
from barbican_like.page.http.sign_in import Password, Session, Token

_LOG = logging.getLogger(__name__)
_SECONDS: Final = 5
_REFUSED: Final = (BadRequest, Unauthorized, Forbidden, NotFound)


class Keystone:
    """Asks the Keystone of ``[keystone_authtoken]``.

    :raises ConfigurationError: naming the option that is missing or wrong.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        keystone_options.prepare(conf)
        options = conf[keystone_options.GROUP]
        self._url = str(options.www_authenticate_uri).rstrip("/")
        if not self._url.endswith("/v3"):
            self._url += "/v3"
        verify = False if options.insecure else (options.cafile or True)
        self._session = keystone_session.Session(verify=verify, timeout=_SECONDS)

    def by_password(self, given: Password) -> Session | None:
        """A new token for a project."""
        # Keystone's first domain has this id; others are called by their names.
        by_id, by_name = (given.domain, None) if given.domain == "default" else (None, given.domain)
        plugin = PasswordPlugin(
            self._url,
            username=given.user,
            password=given.password,
            project_name=given.project,
            user_domain_id=by_id,
            project_domain_id=by_id,
            user_domain_name=by_name,
            project_domain_name=by_name,
        )
        found = _answer(lambda: plugin.get_auth_ref(self._session))
        if found is None or found.project_id is None:
            return None
        return Session(
            token=found.auth_token,
            user=found.username,
            project_id=found.project_id,
            project=found.project_name,
            expires_at=found.expires,
        )

    def by_token(self, given: Token) -> Session | None:
        """What Keystone says of a token. Its bearer asks, as the token lets him."""
        headers = {"X-Auth-Token": given.token, "X-Subject-Token": given.token}
        said = _answer(
            lambda: self._session.get(
                f"{self._url}/auth/tokens?nocatalog", headers=headers, authenticated=False, log=False
            ).json()
        )
        token: dict[str, Any] = (said or {}).get("token", {})
        if "project" not in token:
            return None
        return Session(
            token=given.token,
            user=token["user"]["name"],
            project_id=token["project"]["id"],
            project=token["project"]["name"],
            expires_at=datetime.fromisoformat(token["expires_at"]).astimezone(UTC),
        )


def _answer(ask: Callable[[], Any]) -> Any:
    """What Keystone says; None for a refusal.

    :raises Overloaded: when it says nothing that can be used.
    """
    try:
        return ask()
    except _REFUSED:
        return None
    except (ClientException, ValueError) as error:
        log.event(_LOG, "keystone.unavailable", logging.WARNING, reason=type(error).__name__)
        raise Overloaded("Keystone does not answer") from None
