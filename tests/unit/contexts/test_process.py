"""Processes of services, as the kernel tells of them."""

import os

import pytest

from barbican_like.contexts.process import group_exists


def test_a_group_that_is_another_users_by_now_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as what a service has started by sudo: it can be neither killed nor waited for."""

    def refuse(_leader: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    assert not group_exists(4711)
