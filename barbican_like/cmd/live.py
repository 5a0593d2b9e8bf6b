"""barbican-live: the gateway, which serves the feed to who waits for changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from oslo_config import cfg

from barbican_like import bootstrap
from barbican_like.cmd import common, service
from barbican_like.cmd.addresses import safe_address


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    return common.run("barbican-live", arguments, _serve)


def _serve(conf: cfg.ConfigOpts) -> int:
    address = safe_address(conf, "live")
    return service.until_signal(conf, "live", lambda runtime: bootstrap.new_gateway(runtime, address))


if __name__ == "__main__":
    sys.exit(main())
