"""The one table that every state machine is."""

from enum import Enum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barbican_like.common.states import IllegalMove, TransitionTable
from barbican_like.model.states import ORDER_MOVES, TASK_MOVES, OrderStatus, TaskStatus


class Light(Enum):
    """A machine with four states."""

    RED = 1
    GREEN = 2
    YELLOW = 3
    OFF = 4


LIGHTS = st.sampled_from(Light)
TABLES = st.fixed_dictionaries({light: st.frozensets(LIGHTS) for light in Light})


@given(moves=TABLES, old=LIGHTS, new=LIGHTS)
def test_what_is_listed_is_permitted_and_nothing_else(
    moves: dict[Light, frozenset[Light]], old: Light, new: Light
) -> None:
    """For any table and any pair: ``permits`` says so, ``require`` raises otherwise, naming both."""
    table = TransitionTable(moves)
    assert table.permits(old, new) == (new in moves[old])
    if new in moves[old]:
        table.require(old, new)
    else:
        with pytest.raises(IllegalMove, match=f"{old.name} -> {new.name}"):
            table.require(old, new)


@given(moves=TABLES, new=LIGHTS)
def test_predecessors_are_the_states_that_may_become_one(
    moves: dict[Light, frozenset[Light]], new: Light
) -> None:
    """Those, and no other, from which the move is permitted."""
    table = TransitionTable(moves)
    assert table.predecessors(new) == {light for light in Light if table.permits(light, new)}


@given(moves=TABLES)
def test_final_states_are_those_that_nothing_follows(moves: dict[Light, frozenset[Light]]) -> None:
    """Exactly the states with an empty entry."""
    assert TransitionTable(moves).finals() == {light for light in Light if not moves[light]}


@pytest.mark.parametrize("forgotten", Light)
def test_a_table_that_forgets_a_state_is_refused(forgotten: Light) -> None:
    """The error names it."""
    with pytest.raises(ValueError, match=forgotten.name):
        TransitionTable({light: frozenset() for light in Light if light is not forgotten})


def test_a_table_cannot_be_changed_afterwards() -> None:
    """Neither by its own attribute nor by the mapping it was made of."""
    moves = {light: frozenset[Light]() for light in Light}
    table = TransitionTable(moves)
    moves[Light.RED] = frozenset({Light.GREEN})
    assert not table.permits(Light.RED, Light.GREEN)
    with pytest.raises(TypeError):
        table.moves[Light.RED] = frozenset({Light.GREEN})  # type: ignore[index]


@pytest.mark.parametrize(("enum", "table"), [(OrderStatus, ORDER_MOVES), (TaskStatus, TASK_MOVES)])
def test_every_state_of_the_product_can_be_left_or_is_final(
    enum: type[StrEnum], table: TransitionTable[StrEnum]
) -> None:
    """From the first state every other one can be reached, so that none is there in vain."""
    first, *others = enum
    reached, front = {first}, {first}
    while front:
        front = {new for old in front for new in table.moves[old]} - reached
        reached |= front
    assert reached == {first, *others}
    assert table.finals()


def test_an_orders_status_is_what_the_api_shows() -> None:
    """The names are the API's own."""
    assert [status.value for status in OrderStatus] == ["PENDING", "ACTIVE", "ERROR"]
