"""The steps of `start`: key, database, processes, and the wait until the API answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from typing import NoReturn
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from barbican_like import bootstrap, rooms
from barbican_like.cmd.supervise import processes
from barbican_like.cmd.supervise.instance import Instance, Remembered, Settings
from barbican_like.cmd.supervise.product import launch_of
from barbican_like.cmd.supervise.running import Supervisor, command_line, launch
from barbican_like.cmd.supervise.settings import Plan, check_listening, make_plan
from barbican_like.common import config, log
from barbican_like.common.errors import ConfigurationError, Overloaded
from barbican_like.contexts.ask import NobodyAnswers
from barbican_like.model import migrate
from barbican_like.plugin import options, store_settings

START_SECONDS = 30.0
POLL_SECONDS = 0.05
PROBE_SECONDS = 2.0
SHOWN_LOG_LINES = 20

Say = Callable[[str], None]


def start(instance: Instance, settings: Settings, say: Say) -> Remembered:
    """Bring the instance up; the caller holds its lock and has seen that it does not run.

    :param say: shows one line of progress.
    :raises ConfigurationError: in one line what stands in the way, with the last lines of the log of a
        process that did not come up. Whatever this call started is ended again.
    """
    plan = _prepared(instance, settings, say)
    remembered = _remembered(settings, plan)
    is_up = False
    try:
        launch(instance, launch_of(instance, plan))
        _wait_until_ready(instance, f"{plan.local_address}/healthcheck")
        is_up = True
    finally:
        # Whatever the reason, an interrupt from the keyboard too: nothing half-started stays behind.
        if not is_up:
            processes.stop(instance)
    instance.remember(remembered)
    return remembered


def become(instance: Instance, settings: Settings, say: Say) -> NoReturn:
    """Bring the instance up with this process as its supervisor; the instance's lock ends here.

    :raises ConfigurationError: in one line what stands in the way.
    """
    plan = _prepared(instance, settings, say)
    wanted = launch_of(instance, plan)
    wanted.write(instance.launch_file)
    instance.remember(_remembered(settings, plan))
    os.environ.update([wanted.mark])
    words = command_line(instance)
    os.execv(words[0], words)  # noqa: S606 - no shell between


def _prepared(instance: Instance, settings: Settings, say: Say) -> Plan:
    plan = make_plan(instance, settings)
    check_listening(plan)
    _ensure_master_key(plan, say)
    _upgrade_database(plan)
    return plan


def _remembered(settings: Settings, plan: Plan) -> Remembered:
    page = f"{plan.address.rstrip('/')}/ui/" if plan.conf.api.ui else None
    return Remembered(
        settings=settings, address=plan.address, auth=plan.auth, live=plan.live_address, page=page
    )


def _upgrade_database(plan: Plan) -> None:
    """Here, since another process would take half a second to find that there is nothing to do."""
    try:
        database = bootstrap.new_database(plan.conf)
        with closing(database):
            migrate.upgrade(database, branches=rooms.migrations())
    except (ConfigurationError, Overloaded) as error:
        reason = log.redact(" ".join(error.message.split()))
        raise ConfigurationError(f"db upgrade: {reason}") from error


def manage(plan: Plan, *words: str) -> str:
    """Run one barbican-manage command on the instance's configuration and return what it printed.

    :raises ConfigurationError: with its own message when it fails.
    """
    command = [sys.executable, "-P", "-m", "barbican_like.cmd.manage", *plan.arguments(), *words]
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise ConfigurationError(f"{' '.join(words)}: {_reason(done.stderr) or done.returncode}")
    return done.stdout


def _reason(text: str) -> str:
    # Its own message may have several lines, a driver's for example; of a traceback the last one matters.
    _, marker, message = text.rpartition("barbican-manage: ")
    lines = message.strip().splitlines()
    return " ".join(" ".join(lines).split()) if marker else "".join(lines[-1:])


def _ensure_master_key(plan: Plan, say: Say) -> None:
    if store_settings.SIMPLE_CRYPTO not in store_settings.read(plan.conf).stores:
        return
    key_file = options.master_key_file(plan.conf)
    if key_file.exists():
        return
    if _has_database(plan):
        raise ConfigurationError(
            f"the master key {key_file} is missing, and the database already exists: only that key opens "
            "what is stored in it. Put the file back (mode 0600), or name it in [keyring] master_key_file"
        )
    manage(plan, "master-key", "create", "--file", str(key_file))
    say(f"made the master key {key_file}: keep a copy of it in a safe place")


def _has_database(plan: Plan) -> bool:
    url = config.database_url(plan.conf)
    scheme, _, path = url.partition(":///")
    if scheme.startswith("sqlite"):
        file = Path(path)
        return file.exists() and file.stat().st_size > 0
    return manage(plan, "db", "current").strip() != "none"


def _wait_until_ready(instance: Instance, health_url: str) -> None:
    """Return when every service has said that it is ready, and the API answers."""
    deadline = time.monotonic() + START_SECONDS
    supervisor = Supervisor(instance)
    try:
        reason, failed = supervisor.start(START_SECONDS)
    except NobodyAnswers as error:
        raise ConfigurationError(_failure(instance, "supervisor", "ended")) from error
    if failed:
        raise ConfigurationError(_failure(instance, failed, "ended while starting"))
    if reason:
        raise ConfigurationError(_failure(instance, "supervisor", f"says: {reason}"))
    while not is_healthy(health_url):
        if time.monotonic() > deadline:
            what = f"has not answered on {health_url} for {START_SECONDS:.0f} s"
            raise ConfigurationError(_failure(instance, "api", what))
        time.sleep(POLL_SECONDS)


def is_healthy(url: str) -> bool:
    """Whether the address answers 200; a proxy of the environment is not asked."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=PROBE_SECONDS) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (URLError, HTTPException, OSError):
        return False


def _failure(instance: Instance, name: str, what: str) -> str:
    log = instance.log / f"{name}.log"
    try:
        lines = log.read_text(errors="replace").splitlines()[-SHOWN_LOG_LINES:]
    except FileNotFoundError:
        lines = []
    return "\n  ".join([f"{name} {what}; the end of {log}:", *(lines or ["(empty)"])])
