"""Ids that tests name."""

from typing import Final

NOBODYS: Final = "2dc2db92-26b5-4165-b571-04582e7f7ed6"
"""An id that nothing has. Drawn anew, it would give a test with parameters another name in each process."""
