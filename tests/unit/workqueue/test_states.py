"""A job's status follows from its counters alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from barbican_like.workqueue.states import ELEMENT_MOVES, ENDED, ElementStatus, JobStatus, job_status

COUNTS = st.dictionaries(st.sampled_from(ElementStatus), st.integers(0, 3))


@given(COUNTS, st.booleans(), st.booleans())
def test_it_has_ended_when_nothing_is_left(
    counts: dict[ElementStatus, int], cancelled: bool, expanded: bool
) -> None:
    status = job_status(counts, cancelled=cancelled, expanded=expanded)
    left = sum(
        counts.get(one, 0) for one in (ElementStatus.NEW, ElementStatus.SUBMITTED, ElementStatus.RUNNING)
    )
    assert (status in ENDED) is (left == 0 and expanded)
    assert (status is JobStatus.RUNNING) is bool(counts.get(ElementStatus.RUNNING))


@given(COUNTS, st.booleans())
def test_it_is_failed_only_when_all_is_over(counts: dict[ElementStatus, int], cancelled: bool) -> None:
    """A failure that others are still beside is not shown yet; one that is there at the end is."""
    ended = {one: number for one, number in counts.items() if one.name in {"DONE", "FAILED", "CANCELLED"}}
    status = job_status(ended, cancelled=cancelled, expanded=True)
    assert (status is JobStatus.FAILED) is bool(ended.get(ElementStatus.FAILED))
    if status is not JobStatus.FAILED:
        assert (status is JobStatus.CANCELLED) is (cancelled and bool(ended.get(ElementStatus.CANCELLED)))
    waiting = ended | {ElementStatus.SUBMITTED: 1}
    assert job_status(waiting, cancelled=cancelled, expanded=True) is JobStatus.SUBMITTED


def test_an_expansion_into_nothing_is_done() -> None:
    assert job_status({ElementStatus.DONE: 1}, cancelled=False, expanded=True) is JobStatus.DONE


def test_nothing_follows_a_done_element() -> None:
    assert ELEMENT_MOVES.finals() == {ElementStatus.DONE}
