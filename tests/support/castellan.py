"""castellan's key manager, set up as services do: a configuration file, and a request's context."""

from pathlib import Path
from typing import Any

from castellan import key_manager
from keystoneauth1.plugin import BaseAuthPlugin
from oslo_config import cfg
from oslo_context.context import RequestContext


class PluginContext(RequestContext):
    """A request's context that brings its own way to authenticate."""

    def __init__(self, auth: BaseAuthPlugin) -> None:
        super().__init__()
        self._auth = auth

    def get_auth_plugin(self) -> BaseAuthPlugin:
        """Asked for by castellan."""
        return self._auth


def manager_of(endpoint: str, folder: Path) -> Any:
    """castellan's key manager for a server.

    :param folder: where its configuration file is written.
    """
    file = folder / "castellan.conf"
    file.write_text(f"[key_manager]\nbackend = barbican\n[barbican]\nbarbican_endpoint = {endpoint}\n")
    conf = cfg.ConfigOpts()
    conf(["--config-file", str(file)], project="castellan-test")
    return key_manager.API(conf)
