"""A tour of a running instance with python-barbicanclient, the client that Barbican's users have.

It stores, reads, lists and orders in one project, times each step, and says what happened without showing
any key.
"""

from __future__ import annotations

import hashlib
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from oslo_config import cfg

from barbican_like import rooms
from barbican_like.cmd.supervise.settings import local_address
from barbican_like.common.errors import BarbicanError, ConfigurationError

if TYPE_CHECKING:
    from barbicanclient.v1.client import Client
    from barbicanclient.v1.orders import Order

ORDER_SECONDS = 60.0
POLL_SECONDS = 0.01

_CLI_OPTIONS = [cfg.StrOpt("project-id", default="demo", help="The project to work in.")]


class DemoFailure(BarbicanError):
    """A step did not give what it must."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every step.

    :return: 0, or 1 when a step failed; the step and the reason are printed.
    """
    # Here, not above: the client takes a third of a second to import, too long for `--help`.
    from barbicanclient.exceptions import BarbicanException  # noqa: PLC0415
    from keystoneauth1.exceptions import ClientException  # noqa: PLC0415

    try:
        conf = rooms.new_config()
        conf.register_cli_opts(_CLI_OPTIONS)
        rooms.load(sys.argv[1:] if arguments is None else arguments, conf, prog="barbican-demo")
        run(_client(conf), print)
    except (ConfigurationError, DemoFailure, BarbicanException, ClientException) as error:
        print(f"demo failed: {error}", file=sys.stderr)
        return 1
    return 0


def run(client: Client, say: Callable[[str], None]) -> None:
    """The steps, each said in one line with its time.

    :param client: a ``barbicanclient.client.Client``.
    :raises DemoFailure: when an answer is not what it must be.
    """
    name = f"demo {uuid.uuid4()}"
    passphrase = f"correct horse battery staple {uuid.uuid4()}"
    steps = _Steps(say)
    with steps.timed("stored a passphrase") as note:
        reference = client.secrets.create(name=name, payload=passphrase).store()
        note(reference)
    with steps.timed("read it back") as note:
        _require(client.secrets.get(reference).payload == passphrase, "what was read is not what was stored")
        note(f"identical, {len(passphrase)} characters")
    with steps.timed("found it in the list") as note:
        found = client.secrets.list(limit=10, name=name)
        references = [secret.secret_ref for secret in found]
        _require(references == [reference], f"the list holds {len(found)} of it, not 1")
        note(f"by its name {name!r}")
    _order_key(client, steps, name)
    _order_pair(client, steps, name)


class _Steps:
    """Prints one line for each step that ends well."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    @contextmanager
    def timed(self, what: str) -> Iterator[Callable[[str], None]]:
        """Time the body; it calls what it gets with the result to show."""
        notes: list[str] = []
        begun = time.perf_counter()
        yield notes.append
        elapsed = (time.perf_counter() - begun) * 1000
        self._say(f"{elapsed:8.1f} ms  {what}: {', '.join(notes)}")


def _order_key(client: Client, steps: _Steps, name: str) -> None:
    with steps.timed("ordered an AES-256 key, ACTIVE") as note:
        order = client.orders.create_key(name=name, algorithm="aes", bit_length=256, mode="gcm")
        done = _wait_until_active(client, order.submit())
        note(done.order_ref)
    with steps.timed("read the key") as note:
        key = client.secrets.get(done.secret_ref).payload
        _require(len(key) * 8 == 256, f"the key has {len(key) * 8} bits, not 256")  # noqa: PLR2004
        note(f"{len(key)} bytes, {_fingerprint(key)}")


def _order_pair(client: Client, steps: _Steps, name: str) -> None:
    with steps.timed("ordered an RSA-2048 pair, ACTIVE") as note:
        order = client.orders.create_asymmetric(name=name, algorithm="rsa", bit_length=2048)
        done = _wait_until_active(client, order.submit())
        note(done.order_ref)
    with steps.timed("read the pair") as note:
        pair = client.containers.get(done.container_ref)
        for half in ("public_key", "private_key"):
            heading = f"-----BEGIN {half.replace('_', ' ').upper()}-----".encode()
            pem = client.secrets.get(pair.secrets[half].secret_ref).payload
            _require(pem.startswith(heading), f"the {half} is not in PEM form")
            note(f"{half} {len(pem)} bytes, {_fingerprint(pem)}")


def _wait_until_active(client: Client, reference: str) -> Order:
    """Ask for the order until it is ACTIVE.

    :raises DemoFailure: when it ends in ERROR or takes longer than ORDER_SECONDS.
    """
    deadline = time.monotonic() + ORDER_SECONDS
    while True:
        order = client.orders.get(reference)
        if order.status == "ACTIVE":
            return order
        if order.status == "ERROR":
            raise DemoFailure(f"order {reference} ended in ERROR: {order.error_reason}")
        if time.monotonic() > deadline:
            raise DemoFailure(f"order {reference} is still {order.status} after {ORDER_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def _client(conf: cfg.ConfigOpts) -> Client:
    from barbicanclient import client  # noqa: PLC0415
    from keystoneauth1.session import Session  # noqa: PLC0415

    if conf.api.auth != "noauth":
        raise ConfigurationError(f"the demo knows auth = noauth only; this instance has {conf.api.auth}")
    address = local_address(conf.api.host, conf.api.port)
    # A session without a plug-in is the client's own way of working without Keystone: it sends X-Project-Id.
    return client.Client(session=Session(), endpoint=address, project_id=conf.project_id)


def _fingerprint(secret: bytes) -> str:
    """Enough to tell one key from another, too little to learn anything of it."""
    return f"SHA-256 {hashlib.sha256(secret).hexdigest()[:16]}..."


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoFailure(otherwise)


if __name__ == "__main__":
    sys.exit(main())
