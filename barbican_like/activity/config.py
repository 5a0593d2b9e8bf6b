"""The room's options."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from oslo_config import cfg

from barbican_like.activity.mail.login import Login
from barbican_like.activity.subscriptions.targets import Targets
from barbican_like.common import config
from barbican_like.common.config import Groups
from barbican_like.common.errors import ConfigurationError

_ACTIVITY: Final = [
    cfg.IntOpt(
        "token_ttl",
        default=3_600,
        min=1,
        help="Seconds that a token of POST /usertoken lasts at most.",
    ),
    cfg.IntOpt(
        "retention",
        default=604_800,
        min=60,
        help="Seconds for which the feed keeps a change. A reader that was away for longer begins anew.",
    ),
    cfg.BoolOpt(
        "webhook_allow_private",
        default=False,
        help="Let subscriptions have targets with http, on this machine and in private networks; link-local "
        "addresses never.",
    ),
    cfg.StrOpt(
        "registration",
        default="closed",
        choices=[("closed", "401"), ("open", "once they have confirmed their address")],
        help="Whether people without credentials may ask for a user or an authority; open needs smtp_host "
        "and public_url.",
    ),
    cfg.StrOpt("smtp_host", help="Server that mails are given to. Unset: nobody is sent any."),
    cfg.PortOpt("smtp_port", default=25, help="Its port."),
    cfg.BoolOpt(
        "smtp_starttls",
        default=False,
        help="Encrypt the connection with STARTTLS, and give no mail to a server that does not, or whose "
        "certificate is not valid.",
    ),
    cfg.StrOpt(
        "smtp_ca_file",
        help="Certificates of authorities that the server's is held against. Unset: those of the system.",
    ),
    cfg.StrOpt("smtp_user", help="Name to log in with, which needs smtp_starttls. Unset: none."),
    cfg.StrOpt("smtp_password", secret=True, help="Its password."),
    cfg.StrOpt(
        "mail_from", default="barbican_like@localhost", help="Address that mails come from, and no name."
    ),
    cfg.StrOpt(
        "public_url",
        help="Address of this room as people reach it, such as https://keys.example/api/v1: links in mails "
        "begin with it.",
    ),
]

_LIVE: Final = [
    cfg.BoolOpt("enable", default=True, help="Let bin/barbican.sh start the gateway of the live feed too."),
    cfg.StrOpt("host", help="Address that the gateway listens on. Unset: that of the API."),
    cfg.PortOpt(
        "port",
        help="Port that the gateway listens on. Unset: the next one after the API's.",
    ),
    cfg.StrOpt(
        "url",
        help="Address of the gateway as clients reach it, such as https://live.example. "
        "Unset: its host, or the one that a request names where that is every address of the machine, and "
        "its port, where it is enabled; else there is none.",
    ),
]


def feed_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder of the gateways' wake-up sockets."""
    return config.data_folder(conf) / "run" / "feed"


def is_registration_open(conf: cfg.ConfigOpts) -> bool:
    """Whether people without credentials may ask to be let in.

    :raises ConfigurationError: when they could not confirm their address.
    """
    chosen = conf.activity
    if chosen.registration == "open" and not (chosen.smtp_host and chosen.public_url):
        raise ConfigurationError("[activity] registration = open needs smtp_host and public_url")
    return bool(chosen.registration == "open")


def smtp_login(conf: cfg.ConfigOpts) -> Login | None:
    """Who the mail server is told that gives it mails; None: nobody.

    :raises ConfigurationError: when it would be told a password that others could read, or none.
    """
    chosen = conf.activity
    if bool(chosen.smtp_user) is not bool(chosen.smtp_password):
        raise ConfigurationError("[activity] smtp_user and smtp_password go together")
    if not chosen.smtp_user:
        return None
    if not chosen.smtp_starttls:
        raise ConfigurationError("[activity] smtp_user needs smtp_starttls: nobody may read its password")
    return Login(chosen.smtp_user, chosen.smtp_password)


def targets(conf: cfg.ConfigOpts) -> Targets:
    """What subscriptions may have for targets."""
    return Targets(conf.activity.webhook_allow_private)


GROUPS: Final[Groups] = {"activity": _ACTIVITY, "live": _LIVE}
"""By section."""
