"""Answers that will be better in a moment: a handler says so, and whoever called it asks once more.

So nothing waits in the application. Who calls it sets :data:`MAY_WISH` in the environment: True, and a wish
that is left under :data:`WISH` is seen to; False, when that has been done. A server that knows nothing of it
sets nothing. Each time there is a whole answer, which may be sent as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

MAY_WISH: Final = "barbican_like.may_wish"
WISH: Final = "barbican_like.wish"

Look = Callable[[Collection[str]], Collection[str]]
"""Of some keys, those that need no more waiting; may take a moment, and is called on any thread."""


@dataclass(frozen=True, slots=True)
class Wish:
    """To be asked once more."""

    key: str  # of what is waited for
    look: Look  # says whether it is there; equal for all that are looked for together
    seconds: float  # after which it is time in any case
