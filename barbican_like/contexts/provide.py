"""Makes a context file ready to be supervised: where all of it is, and how its processes are started."""

from __future__ import annotations

import os
import socket
import stat
import sys
from pathlib import Path
from typing import Final

from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts import bus
from barbican_like.contexts.definition import Context, ServiceType, TaskService
from barbican_like.contexts.desk import lock_beside
from barbican_like.contexts.endings import SERVICE_MARK
from barbican_like.contexts.endpoints import command_socket, host_and_port, needs_curve
from barbican_like.contexts.keeping import AlreadyHeld, Hold
from barbican_like.contexts.launch import Command, Launch, launch_file_of
from barbican_like.contexts.monitor.answers import socket_beside

MARK: Final = "BARBICAN_CONTEXT"
"""The environment variable by which a context's processes are known; its value is the context file."""
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "TZ")
_ENVIRONMENT: Final = "environment."
_LONGEST: Final = 107  # bytes of a unix socket's path (unix(7))


def beside(file: Path, context: Context, suffix: str) -> Path:
    """A file that the provider keeps beside the context file."""
    return file.with_name(f".Context-{context.name}.{suffix}")


def prepare(file: Path, context: Context) -> Path:
    """Check that the context can be supervised now, and write its launch file.

    :param file: the context file, absolute.
    :return: the launch file.
    :raises ConfigurationError: when another provider has the context or takes commands by its port, a port
        is taken, keys are missing, or a folder cannot be made or is not this user's alone.
    """
    context = _counted(context)
    launch = _launch(file, context)
    _make_private(Path(launch.logs))
    _make_private(Path(launch.socket).parent)
    _require_nobody(Path(launch.hold), f"{file}: another provider has this context")
    _require_nobody(
        lock_beside(Path(launch.socket)),
        f"{context.back_endpoint}: another provider takes commands at {launch.socket}, "
        "which is named after the port: choose another port",
    )
    for endpoint in (context.front_bind, context.back_bind):
        if needs_curve(endpoint) and not (_keys(file) / "bus.key_secret").exists():
            raise ConfigurationError(
                f"{endpoint} can be reached by other machines: that needs keys in {_keys(file)} "
                "(service_context --make_keys)"
            )
        _require_free(endpoint)
    path = launch_file_of(file)
    launch.write(path)
    return path


def _counted(context: Context) -> Context:
    try:
        return context.counted({})
    except KeyError as error:
        raise ConfigurationError(
            f"count {error.args[0]}: only the product's own services have plans"
        ) from error


def _launch(file: Path, context: Context) -> Launch:
    home = file.parent.parent
    places = (str(file), context.front_endpoint, context.back_endpoint)
    words = (sys.executable, "-P", "-m", "barbican_like.contexts.host", *places)
    path = command_socket(context.back_endpoint)
    if len(os.fsencode(socket_beside(path))) > _LONGEST:
        raise ConfigurationError(
            f"{path} is too long for a unix socket: set XDG_RUNTIME_DIR to a shorter one"
        )
    return Launch(
        context=context,
        commands={
            service.id: Command(words=words, environment=_environment(service))
            for service in context.services
            if service.service_type is ServiceType.PROCESS
        },
        bus=_bus(file, context, path),
        host=Command(words=(*words, "threads"), environment=_environment(None)),
        folder=str(home),
        logs=str(home / "Log"),
        log=str(home / "Log" / f"Context-{context.name}.log"),
        socket=str(path),
        wishes=str(beside(file, context, "state.json")),
        outbox=str(beside(file, context, "outbox")),
        hold=str(beside(file, context, "lock")),
        mark=(MARK, str(file)),
    )


def _bus(file: Path, context: Context, path: Path) -> Command:
    settings = bus.Settings(
        name=context.name,
        context_id=context.context_id,
        front_bind=context.front_bind,
        back_bind=context.back_bind,
        keys=str(_keys(file)),
        monitor_period=context.monitor_period,
        socket=str(socket_beside(path)),
        mark=SERVICE_MARK,
        context_mark=(MARK, str(file)),
    )
    words = (sys.executable, "-P", "-m", "barbican_like.contexts.bus", settings.as_argument())
    return Command(words=words, environment=_environment(None))


def _environment(service: TaskService | None) -> dict[str, str]:
    """What a process gets: little of the provider's own, and what the file says."""
    own = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    said = {} if service is None else service.configuration
    return own | {
        name.removeprefix(_ENVIRONMENT): text for name, text in said.items() if name.startswith(_ENVIRONMENT)
    }


def _keys(file: Path) -> Path:
    return file.parent.parent / "Keys"


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.stat(follow_symlinks=False)
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}") from error
    if facts.st_uid != os.geteuid() or not stat.S_ISDIR(facts.st_mode) or facts.st_mode & 0o077:
        raise ConfigurationError(f"{folder} must be a folder of mode 0700 of your own")


def _require_nobody(path: Path, refusal: str) -> None:
    try:
        Hold(path, refusal).release()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except AlreadyHeld as error:
        raise ConfigurationError(str(error)) from error


def _require_free(endpoint: str) -> None:
    host, port = host_and_port(endpoint)
    if port is None:
        return
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(f"{endpoint}: {error.strerror}") from error
