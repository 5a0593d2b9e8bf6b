"""What the page's controllers are given."""

from __future__ import annotations

from dataclasses import dataclass

from oslo_config import cfg

from barbican_like.common.live_address import live_url
from barbican_like.page.http.files import Files, shipped
from barbican_like.page.http.sign_in import SignIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a controller may use besides the frame."""

    files: Files
    auth: str  # the pipeline, as [api] auth names it
    live_url: str  # the gateway's address, see :func:`barbican_like.common.live_address.live_url`
    idle_seconds: int  # after which the page signs its user out
    sign_in: SignIn | None  # None where Keystone is not asked


def services(conf: cfg.ConfigOpts) -> Services:
    """All of them.

    :raises ConfigurationError: when Keystone is to be asked and its section is wrong.
    """
    sign_in = None
    if conf.api.auth == "keystone":
        # Imported here: it takes half a second, and only this pipeline uses it.
        from barbican_like.page.http.keystone import Keystone

        sign_in = SignIn(Keystone(conf))
    return Services(
        files=shipped(),
        auth=conf.api.auth,
        live_url=live_url(conf),
        idle_seconds=conf.api.ui_idle_timeout,
        sign_in=sign_in,
    )
