"""castellan's BarbicanKeyManager, unmodified, with a name and a password for Keystone and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from barbicanclient import client as barbican_client
from castellan.common import exception

from tests.support.castellan import manager_and_password
from tests.support.instance import Instance, running
from tests.support.keystone import Keystone
from tests.support.keystone_seed import REGION, User, session_of
from tests.support.scenarios.castellan_calls import every_call

# The first of them may have to install Keystone.
pytestmark = [pytest.mark.keystone, pytest.mark.timeout(900)]

Newcomer = Callable[[str], User]


@pytest.mark.parametrize("role", ["admin", "member"])
def test_every_call_works_and_leaves_no_order(
    server: Instance, identity: Keystone, newcomer: Newcomer, tmp_path: Path, role: str
) -> None:
    """castellan orders its keys and deletes the orders: a member may. (Keystone's admins are members too.)"""
    user = newcomer(role)
    every_call(*manager_and_password(identity, user, tmp_path))
    mine = barbican_client.Client(session=session_of(identity.url, user), region_name=REGION)
    assert (mine.orders.total(), mine.containers.total()) == (0, 0)


@pytest.mark.parametrize(("role", "left"), [("admin", 0), ("creator", 2), ("member", 2)])
def test_by_the_legacy_policies_only_an_admin_leaves_no_order(
    identity: Keystone, newcomer: Newcomer, tmp_path: Path, role: str, left: int
) -> None:
    """castellan logs that it could not delete it, and goes on.

    This server is not in the catalog: castellan is told where it is.
    """
    user = newcomer(role)
    section = identity.middleware_conf(http_connect_timeout=60)
    policies = "[oslo_policy]\nenforce_new_defaults = false\n"
    with running(tmp_path, f"{section}{policies}", "--auth", "keystone") as started:
        endpoint = f"barbican_endpoint = {started.endpoint}"
        every_call(*manager_and_password(identity, user, tmp_path, endpoint))
        mine = barbican_client.Client(session=session_of(identity.url, user), endpoint=started.endpoint)
        assert (mine.orders.total(), mine.containers.total()) == (left, 0)


def test_a_wrong_password_is_an_error_of_its_own(
    server: Instance, identity: Keystone, newcomer: Newcomer, tmp_path: Path
) -> None:
    known = newcomer("member")
    manager, context = manager_and_password(
        identity, User(known.name, known.project, known.roles, "guess"), tmp_path
    )
    with pytest.raises(exception.KeyManagerError, match="requires authentication"):
        manager.list(context)
