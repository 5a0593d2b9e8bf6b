"""What every command works with."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import dataclass

from barbican_like.cmd.jobs import showing
from barbican_like.cmd.jobs.places import Sites
from barbican_like.cmd.jobs.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A command at work."""

    given: Namespace  # its options
    service: Service
    sites: Sites

    def say(self, text: str) -> None:
        """Print a result."""
        if text:
            print(text)

    def say_json(self, value: object) -> None:
        """Print a result as one line of JSON."""
        print(showing.as_json(value))

    def show(self, value: object, text: str) -> None:
        """Print a result, in the form that is wanted."""
        if self.given.json:
            self.say_json(value)
        else:
            self.say(text)

    def complain(self, text: str) -> None:
        """Say that something is wrong."""
        print(f"barbican-jobs: {text}", file=sys.stderr)
