"""The section ``[keystone_authtoken]``: keystonemiddleware's options, with defaults that suit us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from keystoneauth1 import loading
from keystoneauth1.exceptions import ClientException
from keystonemiddleware.auth_token import list_opts
from keystonemiddleware.exceptions import KeystoneMiddlewareException
from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError

GROUP: Final = "keystone_authtoken"

DEFAULTS: Final[dict[str, object]] = {
    "auth_type": "password",
    # Few threads serve, and none of them may hang with Keystone: 5 s for an answer, one more try to connect.
    "http_connect_timeout": 5,
    "http_request_max_retries": 1,
    # An application credential may be limited to some paths of a service: this is the service's type.
    "service_type": "key-manager",
}
"""Where they differ from keystonemiddleware's."""

_DEFAULT_DOMAIN: Final = "default"
"""The id that Keystone gives the domain it is born with."""


def prepare(conf: cfg.ConfigOpts) -> None:
    """Register the section's options and set the defaults.

    :raises ConfigurationError: naming the option that is missing or wrong.
    """
    for group, options in list_opts():
        conf.register_opts(options, group=group)
    with explained():
        loading.register_auth_conf_options(conf, GROUP)
        section = conf[GROUP].auth_section or GROUP
        for name, value in DEFAULTS.items():
            conf.set_default(name, value, group=section if name == "auth_type" else GROUP)
        loader: Any = loading.get_plugin_loader(conf[section].auth_type)
        conf.register_opts(loading.get_auth_plugin_conf_options(loader), group=section)
        _default_domains(conf, section)
        if "auth_url" in conf[section]:
            if not conf[section].auth_url:
                raise ConfigurationError(f"[{section}] auth_url is needed for auth = keystone")
            conf.set_default("www_authenticate_uri", conf[section].auth_url, group=GROUP)
        _read_all(conf)


def _default_domains(conf: cfg.ConfigOpts, section: str) -> None:
    """Names of users and projects mean those of Keystone's first domain, unless a domain is given."""
    given = conf[section]
    for kind in ("user_domain", "project_domain"):
        names = (f"{kind}_id", f"{kind}_name", "default_domain_id", "default_domain_name")
        if all(name in given for name in names) and not any(given[name] for name in names):
            conf.set_default(f"{kind}_id", _DEFAULT_DOMAIN, group=section)


def _read_all(conf: cfg.ConfigOpts) -> None:
    """Read every option once, so that a bad value shows at the start and by its name."""
    for group, options in list_opts():
        for option in options:
            try:
                conf[group][option.dest]
            except ValueError as error:
                raise ConfigurationError(f"configuration: [{group}] {option.name}: {error}") from error


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the libraries say of the section into a ConfigurationError.

    :raises ConfigurationError: for whatever they refuse.
    """
    try:
        yield
    except (cfg.Error, ClientException, KeystoneMiddlewareException) as error:
        raise ConfigurationError(f"[{GROUP}] {error}") from error
