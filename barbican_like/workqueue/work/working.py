"""Works a batch: each element by its type, whatever happens to it as a result."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from barbican_like.common import clock, log
from barbican_like.common.errors import Interrupted, Overloaded, ServerError
from barbican_like.queue.kinds import Retries
from barbican_like.queue.run import Run
from barbican_like.workqueue import paths
from barbican_like.workqueue.baton import Hand
from barbican_like.workqueue.faults import ErrorClass, ErrorCode, Fault, TransferFailed
from barbican_like.workqueue.models import Attempt, Element, Job, Site
from barbican_like.workqueue.outputs import log_lines
from barbican_like.workqueue.protocols.port import Storage
from barbican_like.workqueue.repository.turns import Result, TurnRepo
from barbican_like.workqueue.states import ElementStatus, JobType
from barbican_like.workqueue.work import acting
from barbican_like.workqueue.work.connections import Connections
from barbican_like.workqueue.work.copying import Done
from barbican_like.workqueue.work.errand import Errand
from barbican_like.workqueue.work.finding import Finder
from barbican_like.workqueue.work.heart import Heart
from barbican_like.workqueue.work.recovery import given_back
from barbican_like.workqueue.work.sweeping import leaves_parts, sweep
from barbican_like.workqueue.work.tools import Tools
from barbican_like.workqueue.work.undertaking import Undertaking

_LOG = logging.getLogger(__name__)
_RETRIES: Final = Retries(first=1.0, longest=60.0)
_AUTH_PAUSE: Final = 60.0  # seconds
_LONGEST_BATCH: Final = 2.0  # seconds after which a batch's rest is given back
_SMALL: Final = 2**20  # bytes of a file that is copied in a moment
_CANCELLED: Final = TransferFailed.cancelled().fault


class Unfinished(ServerError):
    """A batch was broken off.

    :param cause: what broke it off.
    :param results: what has ended, and what is given back.
    """

    def __init__(self, cause: Interrupted, results: list[Result]) -> None:
        self.cause = cause
        self.results = results
        super().__init__()


class Worker:
    """Works elements over the connections of a slot.

    :param heart: the slot's.
    :param sites: the link's two ends.
    :param hand: the slot's.
    """

    def __init__(
        self,
        tools: Tools,
        run: Run,
        heart: Heart,
        connections: Connections,
        sites: tuple[Site, Site],
        *,
        hand: Hand,
    ) -> None:
        self.heart = heart
        self._hand = hand
        self._tools = tools
        self._run = run
        self._connections = connections
        self._sites = sites
        self._ends: tuple[Storage, Storage | None] | None = None  # of this batch, once it needed them

    def work(self, job: Job, batch: list[Element]) -> list[Result]:
        """Work a batch; a result for each of its elements.

        :raises Unfinished: when the slot must not go on.
        """
        results: list[Result] = []
        first: Undertaking | None = None
        errand = Errand.of(job, self._sites)
        self._ends = None  # a credential may have changed
        for place, element in enumerate(batch):
            self._share(element)
            undertaking = self._undertaking(errand, element)
            first = first or undertaking
            try:
                with self.heart.watching(undertaking):
                    result = self._try(errand, undertaking)
            except Interrupted as cause:
                broken = given_back(undertaking.element, may_be_done=undertaking.was_broken_off)
                left = [broken, *map(given_back, batch[place + 1 :])]
                raise Unfinished(cause, results + left) from cause
            if undertaking.is_cut:
                self._forget()
            if _is_broken_off(undertaking, result):
                sweep(self._tools, self._sites, errand, element)
            # As its row has it now: the heart may have begun to count it as running while it ended.
            if undertaking.element is not element:
                result = replace(result, element=undertaking.element)
            results.append(result)
            rest = batch[place + 1 :]
            if result.status is ElementStatus.CANCELLED:
                return results + [_not_begun(one) for one in rest]
            if rest and (first.elapsed > _LONGEST_BATCH or _holds_up(result)):
                return results + [given_back(one) for one in rest]
        return results

    def _share(self, element: Element) -> None:
        """Have the baton, but for a large file: its digest is made beside the interpreter."""
        if (element.size or 0) <= _SMALL:
            self._hand.hold()
        else:
            self._hand.rest()

    def _undertaking(self, errand: Errand, element: Element) -> Undertaking:
        number = element.attempts + (element.status is not ElementStatus.RUNNING)
        self._connections.occasion.element = element.id
        self._connections.occasion.attempt = number
        return Undertaking(
            self._run, element, number, timeout=errand.options.timeout, bandwidth=errand.bandwidth
        )

    def _try(self, errand: Errand, undertaking: Undertaking) -> Result:
        job = errand.job
        try:
            undertaking.checkpoint()
            done = self._do(errand, undertaking)
            return self._ended(job, undertaking, ElementStatus.DONE, done=done)
        except TransferFailed as error:
            return self._failed(job, undertaking, self._cause(undertaking, error.fault))
        except (Interrupted, Overloaded):
            raise
        except Exception as error:  # noqa: BLE001  boundary: what a library raises is this element's failure
            _LOG.exception("transfer.unforeseen job=%s element=%s", job.id, undertaking.element.id)
            self._forget()
            name = type(error).__name__
            fault = Fault(ErrorClass.TRANSIENT, ErrorCode.CONNECTION, f"Something unforeseen: {name}")
            return self._failed(job, undertaking, self._cause(undertaking, fault))

    def _cause(self, undertaking: Undertaking, fault: Fault) -> Fault:
        """Why it failed: where a connection was broken off on purpose, that is the cause.

        :raises Interrupted: where the purpose was to end the slot.
        """
        undertaking.was_broken_off = fault.code is ErrorCode.CONNECTION
        try:
            undertaking.checkpoint()
        except TransferFailed as error:
            self._forget()
            return error.fault
        if fault.code is ErrorCode.CONNECTION:
            self._forget()
        return fault

    def _forget(self) -> None:
        """Open the connections anew before the next element."""
        self._connections.forget()
        self._ends = None

    def _do(self, errand: Errand, undertaking: Undertaking) -> Done:
        if self._ends is None:
            self._ends = self._connections.of(errand.job)
        src, dst = self._ends
        if undertaking.element.id == 0:
            return self._find(errand.job, undertaking, src, dst)
        act = acting.Act(errand=errand, element=undertaking.element, src=src, dst=dst)
        return acting.act(act, undertaking)

    def _find(self, job: Job, undertaking: Undertaking, src: Storage, dst: Storage | None) -> Done:
        finder = Finder(self._tools, self._run, self.heart, self._sites, job, hand=self._hand)
        return finder.find(undertaking, src, dst)

    def _failed(self, job: Job, undertaking: Undertaking, fault: Fault) -> Result:
        if fault.kind is ErrorClass.AUTH:
            return self._unauthorised(job, undertaking, fault)
        if fault.kind is ErrorClass.CANCELLED:
            return self._ended(job, undertaking, ElementStatus.CANCELLED, fault=fault)
        result = self._ended(job, undertaking, ElementStatus.FAILED, fault=fault)
        if fault.kind is ErrorClass.PERMANENT or undertaking.number >= undertaking.element.max_tries:
            return result
        delay = _RETRIES.pause(undertaking.number)
        return replace(result, status=ElementStatus.SUBMITTED, delay=delay)

    def _unauthorised(self, job: Job, undertaking: Undertaking, fault: Fault) -> Result:
        """Wait for another credential, which uses up no try; at the end of its patience it has failed."""
        element = undertaking.element
        self._forget()
        with self.heart.lock, self._tools.writing(self._run.task) as uow:
            waited = uow.of(TurnRepo).waits_for_credential(job.id, element.id)
        if waited >= self._tools.settings.auth_patience:
            return self._ended(job, undertaking, ElementStatus.FAILED, fault=fault)
        return Result(
            element=undertaking.element,
            status=ElementStatus.SUBMITTED,
            attempts=undertaking.number - 1,
            fault=fault,
            delay=_AUTH_PAUSE,
        )

    def _ended(
        self,
        job: Job,
        undertaking: Undertaking,
        status: ElementStatus,
        *,
        done: Done | None = None,
        fault: Fault | None = None,
    ) -> Result:
        """The end of a try, with its log on disk."""
        element = undertaking.element
        attempt = Attempt(
            job_id=job.id,
            element_id=element.id,
            number=undertaking.number,
            started_at=undertaking.started_at,
            ended_at=clock.now(),
            host=self._tools.host,
            status=status,
            error=fault,
        )
        said = fault.reason if fault is not None else (done.note if done is not None else "")
        notes = [f"{status}: {said}" if said else str(status)]
        if done is not None and done.checksum is not None:
            notes.append(done.checksum)
        self._tools.outputs.write(
            job.log_uid, attempt, log_lines(_title(job, element), undertaking.started_at, notes)
        )
        _note_end(attempt)
        done = done or Done()
        return Result(
            element=element,
            status=status,
            attempts=undertaking.number,
            attempt=attempt,
            fault=fault,
            transferred=undertaking.transferred,
            elapsed=undertaking.elapsed,
            checksum=done.checksum,
            size=done.size,
        )


def _is_broken_off(undertaking: Undertaking, result: Result) -> bool:
    """Whether it may have left parts that no other try will take away."""
    has_ended = result.status in {ElementStatus.CANCELLED, ElementStatus.FAILED}
    element = undertaking.element
    lost = undertaking.hangs or undertaking.was_broken_off or element.type is JobType.RENAME
    return has_ended and lost and leaves_parts(element)


def _holds_up(result: Result) -> bool:
    """Whether those behind it must wait for it: a directory that is removed later holds those above it."""
    return result.element.stage > 0 and result.status is ElementStatus.SUBMITTED


def _note_end(attempt: Attempt) -> None:
    # A line for each of a million files that are done would hide those that are not.
    level = logging.DEBUG if attempt.status is ElementStatus.DONE else logging.INFO
    place = {"job": attempt.job_id, "element": attempt.element_id, "attempt": attempt.number}
    log.event(_LOG, "transfer.ended", level, **place, status=attempt.status)


def _title(job: Job, element: Element) -> str:
    source = paths.shown(job.src_filepath, element.below)
    if job.dst_filepath is None:
        return f"{element.type} {source}"
    return f"{element.type} {source} -> {paths.shown(job.dst_filepath, element.below)}"


def _not_begun(element: Element) -> Result:
    return Result(
        element=element, status=ElementStatus.CANCELLED, attempts=element.attempts, fault=_CANCELLED
    )
