"""Services of every sort of obstinacy."""

from collections.abc import Sequence
from itertools import cycle, islice

from barbican_like.contexts.definition import Restart, TaskService
from tests.support.provider import service

WORDS = (("ready",), ("ready", "child", "far"), ("ready", "deaf"), ("late=0.05",), ("ready", "updated"))


def mixed(count: int, *, obstinate: bool = True) -> list[tuple[TaskService, Sequence[str]]]:
    """So many services that run on; the obstinate ones ignore SIGTERM, or leave children behind."""
    kinds = WORDS if obstinate else (("ready",), ("late=0.05",))
    options = {"restart": Restart.PERMANENT, "stop_seconds": 1.0, "max_restarts": 1000}
    return [service(f"s{n}", *words, **options) for n, words in enumerate(islice(cycle(kinds), count))]
