"""Which URLs subscriptions may have for targets."""

from __future__ import annotations

import pytest

from barbican_like.activity.subscriptions.targets import BadTarget, Targets

PUBLIC = [
    "https://hooks.example/barbican",
    "https://hooks.example:8443/a?b=c",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/",
    "https://xn--bcher-kva.example/",
]
PRIVATE = [
    "http://hooks.example/",
    "https://127.0.0.1/",
    "https://10.0.0.1:8443/hook",
    "https://[::1]/",
    "https://localhost/",
    "https://api.localhost./",
    "https://intranet/",
    "https://db.internal/",
    "https://[::ffff:10.0.0.1]/",
]
NEVER = [
    "",
    "hooks.example",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "https://",
    "https:///path",
    "https://user@hooks.example/",
    "https://user:k4n4ry@hooks.example/",
    "https://hooks.example/#part",
    "https://hooks.example:0/",
    "https://hooks.example:65536/",
    "https://hooks.example:port/",
    "https://hooks example/",
    "https://hooks.example/\r\nX-Header: 1",
    "https://hooks.example/\u00e9",
    "https://hooks.example/" + "a" * 2_048,
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://1.2.3.4.5/",
    "https://ho%6Fks.example/",
    "https://hooks\\.example/",
    "https://.example/",
    "https://[::1/",
    "https://xn--a-.example/",
    "https://xn--.example/",
]


@pytest.mark.parametrize("target", PUBLIC)
def test_public_urls_with_https_are_targets(target: str) -> None:
    Targets().check(target)
    Targets(allow_private=True).check(target)


@pytest.mark.parametrize("target", PRIVATE)
def test_private_ones_are_targets_only_where_the_operator_allows_that(target: str) -> None:
    with pytest.raises(BadTarget):
        Targets().check(target)
    Targets(allow_private=True).check(target)


@pytest.mark.parametrize("target", NEVER)
@pytest.mark.parametrize("allow_private", [False, True])
def test_no_operator_allows_these(target: str, *, allow_private: bool) -> None:
    """No credentials, no fragment, no other scheme, no link-local address, no odd way to write one."""
    with pytest.raises(BadTarget) as refused:
        Targets(allow_private=allow_private).check(target)
    assert "k4n4ry" not in str(refused.value)
