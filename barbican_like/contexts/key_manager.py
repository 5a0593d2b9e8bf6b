"""How a task service gets its secrets: over HTTP, with the context's own credentials, at each call anew.

The credentials are in ``key_manager.conf`` beside the context file, which only its owner may read::

    [key_manager]
    endpoint = http://localhost:9311
    project_id = demo               # where no Keystone says which it is

    [credentials]                   # none where the key manager asks for none
    auth_type = http_basic          # or v3password, v3applicationcredential, ...
    username = alice
    password = ...

The options of ``[credentials]`` are keystoneauth1's, by which OpenStack's services say who they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from barbicanclient import client as barbican_client
from barbicanclient import exceptions
from keystoneauth1 import loading
from keystoneauth1.exceptions import ClientException
from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError
from barbican_like.plugin.crypto import private_file

FILE: Final = "key_manager.conf"
GROUP: Final = "key_manager"
_CREDENTIALS: Final = "credentials"
_OPTIONS: Final = (
    cfg.StrOpt("endpoint", default="http://localhost:9311", help="Base URL of the key manager."),
    cfg.StrOpt("project_id", help="The project of the secrets, where no Keystone says which it is."),
)
_MICROVERSION: Final = "1.1"  # secrets have had consumers since
_REASONS: Final = (exceptions.BarbicanException, exceptions.HTTPError, ClientException, ValueError)


class SecretUnavailable(Exception):
    """The key manager does not give a secret, or cannot be asked. The text never has anything of it."""


def credentials(context_file: Path) -> cfg.ConfigOpts:
    """What a context tells the key manager of itself.

    :raises SecretUnavailable: where there is no such file, or others may read it.
    """
    path = context_file.with_name(FILE)
    conf = cfg.ConfigOpts()
    conf.register_opts(_OPTIONS, group=GROUP)
    loading.register_auth_conf_options(conf, _CREDENTIALS)
    loading.register_session_conf_options(conf, _CREDENTIALS)
    try:
        private_file.read(path, "credentials")
        conf([], default_config_files=[str(path)], default_config_dirs=[], project="barbican")
    except (ConfigurationError, cfg.Error) as error:
        raise SecretUnavailable(str(error)) from error
    return conf


class KeyManager:
    """The key manager as one service of a context sees it.

    :param consumer: the id under which the service stands among the consumers of its secrets.
    :raises SecretUnavailable: when the credentials cannot be used.
    """

    def __init__(self, conf: cfg.ConfigOpts, consumer: str) -> None:
        self._consumer = consumer
        self._registered: set[str] = set()
        options = conf[GROUP]
        try:
            auth = (
                loading.load_auth_from_conf_options(conf, _CREDENTIALS)
                if conf[_CREDENTIALS].auth_type
                else None
            )
            session = loading.load_session_from_conf_options(conf, _CREDENTIALS, auth=auth)
            self._client: Any = barbican_client.Client(
                session=session,
                endpoint=options.endpoint,
                project_id=options.project_id,
                microversion=_MICROVERSION,
            )
        except (*_REASONS, cfg.Error) as error:
            raise SecretUnavailable(f"{FILE}: {error}") from error

    def fetch(self, reference: str) -> bytes:
        """A secret's payload as it is now; the service becomes one of its consumers.

        :param reference: its URL, or its id.
        :raises SecretUnavailable: when it is not there or not for this context, or the key manager is away.
        """
        try:
            if reference not in self._registered:
                self._client.secrets.register_consumer(
                    reference, service="contexts", resource_type="task_service", resource_id=self._consumer
                )
                self._registered.add(reference)
            payload = self._client.secrets.get(reference).payload
        except _REASONS as error:
            raise SecretUnavailable(f"{reference}: {error}") from error
        return payload.encode() if isinstance(payload, str) else bytes(payload)
