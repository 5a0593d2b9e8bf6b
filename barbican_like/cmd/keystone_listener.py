"""barbican-keystone-listener: hears of projects deleted in Keystone, and has their resources removed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from barbican_like import bootstrap
from barbican_like.cmd import common, service


def main(arguments: Sequence[str] | None = None) -> int:
    """Listen until a signal ends it."""
    return common.run(
        "barbican-keystone-listener",
        arguments,
        lambda conf: service.until_signal(conf, "listener", bootstrap.new_project_listener),
    )


if __name__ == "__main__":
    sys.exit(main())
