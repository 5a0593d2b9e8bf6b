"""How long a token counts: until it expires, or until its revocation is heard of."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import msgpack
import pytest
from cryptography.fernet import Fernet
from keystoneauth1 import _utils

from barbican_like.common import timed_cache
from barbican_like.http.middleware import keystone as middleware
from tests.integration.keystone.conftest import Behind, user_named
from tests.support.application import Instance
from tests.support.keystone import Keystone

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]

CREATOR = user_named("project_a_member")


def status(application: Instance, token: str, **headers: str) -> int:
    """What a call with the token is answered with."""
    caller = application.caller("x", X_Auth_Token=token, **headers)
    return int(caller.get("/v1/secrets").status_int)


def aged(identity: Keystone, token: str, seconds: int) -> str:
    """The token as if it had expired some seconds ago (negative: from now), sealed by Keystone's own key."""
    keys = sorted((identity.folder / "fernet-keys").iterdir(), key=lambda file: int(file.name))
    fernet = Fernet(keys[-1].read_bytes())
    payload = msgpack.unpackb(fernet.decrypt(token + "=" * (-len(token) % 4)))
    expires = 4  # of a project's token: version, user, methods, project, expiry, audit ids
    assert payload[expires] > time.time()
    payload[expires] = time.time() - seconds
    sealed = fernet.encrypt_at_time(msgpack.packb(payload), int(time.time()) - abs(seconds) - 60)
    return sealed.rstrip(b"=").decode()


@contextmanager
def stopped(identity: Keystone) -> Iterator[None]:
    """Keystone gives no answer, as when its machine hangs."""
    os.killpg(identity.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(identity.process.pid, signal.SIGCONT)


def test_a_revoked_token_is_refused_once_the_memory_of_it_is_too_old(
    behind: Behind, identity: Keystone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(timed_cache, "time", SimpleNamespace(monotonic=lambda: clock.now))
    application = behind(token_cache_time=300)
    token = identity.token(CREATOR)
    assert status(application, token) == 200
    identity.admin().tokens.revoke_token(token)
    clock.now += 299
    assert status(application, token) == 200
    clock.now += 2
    assert status(application, token) == 401


def test_without_a_memory_a_revocation_counts_at_once(behind: Behind, identity: Keystone) -> None:
    application = behind(token_cache_time=-1)
    token = identity.token(CREATOR)
    assert status(application, token) == 200
    identity.admin().tokens.revoke_token(token)
    assert status(application, token) == 401


def test_an_expired_token_is_refused(application: Instance, identity: Keystone) -> None:
    assert status(application, aged(identity, identity.token(CREATOR), 60)) == 401


def test_a_remembered_token_expires_all_the_same(
    behind: Behind, identity: Keystone, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = behind(token_cache_time=100_000)
    token = aged(identity, identity.token(CREATOR), -3600)
    assert status(application, token) == 200
    later = SimpleNamespace(time=lambda: time.time() + 3601)
    monkeypatch.setattr(middleware, "time", later)
    from_utcnow = _utils.from_utcnow
    monkeypatch.setattr(_utils, "from_utcnow", lambda seconds: from_utcnow(seconds=seconds + 3601))
    assert status(application, token) == 401


def test_a_service_may_finish_what_an_expired_token_began(application: Instance, identity: Keystone) -> None:
    expired = aged(identity, identity.token(CREATOR), 60)
    service = identity.token(user_named("barbican"))
    assert status(application, expired, X_Service_Token=service) == 200
    # What is remembered for the service is not good without it.
    assert status(application, expired) == 401


def test_a_user_may_not_use_an_expired_token_by_another_users(
    application: Instance, identity: Keystone
) -> None:
    expired = aged(identity, identity.token(CREATOR), 60)
    other = identity.token(user_named("project_a_admin"))
    assert status(application, expired, X_Service_Token=other) == 401


def test_a_remembered_token_needs_no_keystone(behind: Behind, identity: Keystone) -> None:
    application = behind(http_connect_timeout=3, http_request_max_retries=0)
    known, unknown = identity.token(CREATOR), identity.token(CREATOR)
    assert status(application, known) == 200
    with stopped(identity):
        assert status(application, known) == 200
        assert status(application, unknown) == 503
    identity.token(CREATOR)  # comes back when Keystone has caught up
    assert status(application, unknown) == 200


def test_the_token_used_last_longest_ago_is_forgotten_first(behind: Behind, identity: Keystone) -> None:
    application = behind("token_cache_size = 2", http_connect_timeout=3, http_request_max_retries=0)
    first, second, third = (identity.token(CREATOR) for _ in range(3))
    for token in (first, second, first, third):
        assert status(application, token) == 200
    with stopped(identity):
        assert [status(application, token) for token in (first, third, second)] == [200, 200, 503]
