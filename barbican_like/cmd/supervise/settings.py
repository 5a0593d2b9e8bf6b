"""From the operator's flags and files to the configuration that the processes read."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.cmd.supervise.flags import HIGHEST_PORT
from barbican_like.cmd.supervise.instance import Instance, Settings, check_path, write_private
from barbican_like.common.errors import ConfigurationError
from barbican_like.common.live_address import gateway_place

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised here, bound nowhere


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be started, after every flag and file has had its say."""

    conf: cfg.ConfigOpts
    config_files: tuple[Path, ...]  # in the order the processes read them; the instance's own is last
    host: str
    port: int
    auth: str
    workers: int  # worker processes; 0 where the API does their work itself
    live: tuple[str, int] | None = None  # host and port of the live feed's gateway; None: there is none

    @property
    def address(self) -> str:
        """The base URL to give to people."""
        return _told(self.host, self.port)

    @property
    def live_address(self) -> str | None:
        """That of the live feed."""
        return None if self.live is None else _told(*self.live)

    @property
    def local_address(self) -> str:
        """The base URL that reaches the API from this machine."""
        return local_address(self.host, self.port)

    def arguments(self) -> list[str]:
        """The ``--config-file`` arguments every process of the instance gets."""
        return [word for path in self.config_files for word in ("--config-file", str(path))]


def make_plan(instance: Instance, settings: Settings, conf_file: Path | None = None) -> Plan:
    """Write the instance's configuration file and read everything back.

    :param conf_file: where to write it, ``instance.conf`` by default.
    :raises ConfigurationError: naming the file, the option or the flag that is wrong.
    """
    conf_file = conf_file or instance.conf
    for path in settings.config_files:
        check_path("--config", path)
        if not os.access(path, os.R_OK):
            raise ConfigurationError(f"--config {path}: no such file, or you may not read it")
    files = (*(Path(path) for path in settings.config_files), conf_file)
    write_private(conf_file, _instance_conf(instance, settings, host_href=None))
    conf = _load(files)
    said = conf.get_location("host_href")
    if said is None or not said.location.is_user_controlled:
        # References in answers must name the port that is really listened on.
        href = _host_href(conf.api.host, conf.api.port)
        write_private(conf_file, _instance_conf(instance, settings, host_href=href))
        conf = _load(files)
    return Plan(
        conf=conf,
        config_files=files,
        host=conf.api.host,
        port=conf.api.port,
        auth=conf.api.auth,
        workers=(settings.workers or 1) if conf.queue.enable else 0,
        live=gateway_place(conf) if conf.live.enable else None,
    )


def check_listening(plan: Plan, spared: Collection[int] = ()) -> None:
    """Refuse addresses that may not or cannot be listened on, before anything is started.

    :param spared: ports that are listened on now by what is to make room.
    :raises ConfigurationError: one line that names the host or the port and the way out.
    """
    _check_openness(plan, plan.host)
    if plan.port not in spared:
        _check_free(plan.host, plan.port, "--port or BARBICAN_PORT")
    if plan.live is not None:
        host, port = plan.live
        if (port, host) == (plan.port, plan.host) or port > HIGHEST_PORT:
            raise ConfigurationError(f"port {port} cannot be the live feed's: choose with --live-port")
        _check_openness(plan, host)
        if port not in spared:
            _check_free(host, port, "--live-port")


def _check_openness(plan: Plan, host: str) -> None:
    if plan.auth == "noauth" and not is_loopback(host) and not plan.conf.api.allow_remote_noauth:
        raise ConfigurationError(
            f"host {host} can be reached from other machines, and auth is noauth: choose --auth basic "
            "or keystone, or set allow_remote_noauth = true in section [api] of a --config file"
        )


def _check_free(host: str, port: int, way_out: str) -> None:
    family, kind, protocol, _, address = _resolve(host, port)[0]
    with socket.socket(family, kind, protocol) as listener:
        # As the API binds: a connection of an earlier run that still closes is no obstacle.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise ConfigurationError(_bind_failure(host, port, way_out, error)) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address, all of them if it is a name with several."""
    return all(ipaddress.ip_address(found[4][0]).is_loopback for found in _resolve(host, 0))


def local_address(host: str, port: int) -> str:
    """The base URL that reaches, from this machine, an API that listens on ``host``."""
    return base_url(WILDCARDS.get(host, host), port)


def base_url(host: str, port: int) -> str:
    """``http://host:port``, an IPv6 address in its brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _told(host: str, port: int) -> str:
    """The base URL to give to people."""
    return base_url("localhost" if host in WILDCARDS or is_loopback(host) else host, port)


def _bind_failure(host: str, port: int, way_out: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken: choose another with {way_out}"
    return f"cannot listen on {host} port {port}: {error.strerror}: choose with --host and {way_out}"


def _resolve(host: str, port: int) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConfigurationError(f"host {host} is no address of this machine: {error.strerror}") from error
    return [(*entry[:4], (str(entry[4][0]), int(entry[4][1]))) for entry in found]


def _host_href(host: str, port: int) -> str:
    # Which name the others use for a machine that listens everywhere only their requests can say.
    if host in WILDCARDS:
        return ""
    return base_url("localhost" if is_loopback(host) else host, port)


def _load(files: tuple[Path, ...]) -> cfg.ConfigOpts:
    arguments = [word for path in files for word in ("--config-file", str(path))]
    return rooms.load(arguments, prog="barbican-supervisor")


def _instance_conf(instance: Instance, settings: Settings, *, host_href: str | None) -> str:
    """Only what was said on the command line, so that the operator's files decide all the rest."""
    said = settings
    api = {"host": said.host, "port": said.port, "auth": said.auth, "workers": said.api_workers}
    lines = [
        "# Made by `barbican.sh start` from its flags; the next start makes it anew.",
        "[DEFAULT]",
        f"data_dir = {instance.data}",
        *([] if host_href is None else [f"host_href = {host_href}"]),
        "[api]",
        *(f"{name} = {value}" for name, value in api.items() if value is not None),
        "[live]",
        *([] if said.live_port is None else [f"port = {said.live_port}"]),
        "[workqueue]",
        *([] if said.transfer_workers is None else [f"transfer_workers = {said.transfer_workers}"]),
    ]
    return "\n".join(lines) + "\n"
