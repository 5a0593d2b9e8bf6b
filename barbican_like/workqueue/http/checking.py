"""The check of a site: connect, authenticate, list the root, within five seconds in all."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, Final

from barbican_like.common.errors import Overloaded
from barbican_like.model.unit_of_work import Reading
from barbican_like.workqueue.faults import ErrorCode, Fault, TransferFailed
from barbican_like.workqueue.http.services import Services
from barbican_like.workqueue.models import Auth, Endpoint, Site
from barbican_like.workqueue.protocols.opening import Opening, new_storage
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.showing import credential_of

_SECONDS: Final = 5.0
_LATE: Final = TransferFailed.transient(ErrorCode.TIMEOUT, "There was no answer in time").fault


@dataclass(slots=True)
class _Trial:
    """One endpoint as it is tried; another thread may break it off."""

    opening: Opening
    storage: Storage | None = None
    fault: Fault | None = _LATE
    latency: float | None = None  # seconds
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        begun = time.monotonic()
        try:
            self.storage = new_storage(self.opening)
            self.storage.open()
            next(self.storage.scan(b""), None)
            self.fault = None
            self.latency = round(time.monotonic() - begun, 4)
        except TransferFailed as error:
            self.fault = error.fault
        except Exception as error:  # noqa: BLE001  boundary: what a library raises is what came of it
            name = type(error).__name__
            self.fault = TransferFailed.transient(ErrorCode.CONNECTION, f"Something unforeseen: {name}").fault
        finally:
            if self.storage is not None:
                self.storage.close()
            self.ended.set()

    def wait(self, seconds: float) -> None:
        """Give it so long, then break it off."""
        if not self.ended.wait(seconds) and self.storage is not None:
            self.storage.close()


def check(services: Services, view: Reading, site: Site, project_id: str) -> dict[str, Any]:
    """What came of trying each endpoint of a site.

    :raises Overloaded: while another check is under way in this process.
    """
    if not services.checking.acquire(blocking=False):
        raise Overloaded("another site is being checked")
    try:
        deadline = time.monotonic() + _SECONDS
        trials = [_begin(services, view, site, one, project_id) for one in site.spec.endpoints]
        for trial in trials:
            trial.wait(max(0.0, deadline - time.monotonic()))
    finally:
        services.checking.release()
    shown = [_shown(site.spec.endpoints[number], trial) for number, trial in enumerate(trials)]
    return {"site_id": site.id, "ok": all(one["ok"] for one in shown), "endpoints": shown}


def _begin(services: Services, view: Reading, site: Site, endpoint: Endpoint, project_id: str) -> _Trial:
    settings = services.settings
    trial = _Trial(
        Opening(spec=site.spec, endpoint=endpoint, file_roots=settings.file_roots, hosts=settings.hosts)
    )
    if site.spec.auth is not Auth.NONE:
        try:
            credential = credential_of(view, services.plugins, site, project_id)
        except TransferFailed as error:
            trial.fault = error.fault
            trial.ended.set()
            return trial
        trial.opening = replace(trial.opening, credential=credential)
    threading.Thread(target=trial.run, name="site-check", daemon=True).start()
    return trial


def _shown(endpoint: Endpoint, trial: _Trial) -> dict[str, Any]:
    fault = trial.fault
    return {
        "protocol": endpoint.protocol,
        "url": endpoint.url,
        "ok": fault is None,
        "latency": trial.latency,
        "error": None if fault is None else {"class": fault.kind, "code": fault.code, "reason": fault.reason},
    }
