"""What is remembered of tokens."""

import pytest

from barbican_like.http.middleware.token_memory import TokenMemory

SAID = {"token": {"user": {"id": "u"}}}


def test_what_keystone_said_is_there() -> None:
    memory = TokenMemory(size=10, seconds=300)
    memory.put("a", SAID)
    known = memory.get("a")
    assert known is not None
    assert known.said is SAID
    assert known.environ is None
    assert memory.get("b") is None


@pytest.mark.parametrize(("size", "seconds"), [(10, -1), (0, 300), (0, 0)])
def test_a_memory_without_time_or_room_keeps_nothing(size: int, seconds: int) -> None:
    memory = TokenMemory(size=size, seconds=seconds)
    memory.put("a", SAID)
    assert memory.get("a") is None


def test_it_never_holds_more_than_its_size() -> None:
    memory = TokenMemory(size=3, seconds=0)
    for number in range(10):
        memory.put(str(number), SAID)
    assert [number for number in range(10) if memory.get(str(number))] == [7, 8, 9]


def test_it_does_not_hold_the_tokens_themselves() -> None:
    memory = TokenMemory(size=3, seconds=300)
    memory.put("the-token", SAID)
    assert "the-token" not in repr(memory.__dict__["_entries"].__dict__)
