"""What the certificates of sites are held against."""

from __future__ import annotations

import ssl
from functools import lru_cache


@lru_cache(maxsize=64)
def trusting(ca_cert: str | None) -> ssl.SSLContext:
    """What certificates are held against: a site's own authorities, or the system's. Read once for many.

    :raises ValueError: when there is no certificate in it.
    """
    try:
        return ssl.create_default_context(cadata=ca_cert)
    except ssl.SSLError as error:
        raise ValueError("holds no certificate in PEM") from error
