"""The master key is in a token: real processes use it, and where it is not as it should be none starts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.client import Client
from tests.faults.instance import Instance
from tests.faults.waiting import wait_for
from tests.support import hsm
from tests.support.stores import token_master_key

pytestmark = pytest.mark.softhsm

WORDS = "the owl flies at noon"


def installed(folder: Path, template: Path | None = None, **changes: str) -> Instance:
    """An installation whose only store is the token's; ``changes`` are of its section."""
    options = {
        "api": {"workers": "2"},
        "crypto": {"enabled_crypto_plugins": "p11_crypto"},
        "p11_crypto_plugin": hsm.options("one") | changes,
    }
    return Instance.make(folder, options=options, template=template)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A data folder whose secret is sealed by token one; two has no key, three another, and all are there."""
    folder = tmp_path_factory.mktemp("token")
    tokens = hsm.TokenFolder.make(folder / "softhsm", "one", "two", "three")
    with pytest.MonkeyPatch.context() as patch, installed(folder / "used") as instance:
        tokens.use(patch)
        for label in ("one", "three"):
            token_master_key(label).create()
        api, worker = instance.api(), instance.worker()
        with instance.client() as client:
            secret = client.store(WORDS)
            order = client.order("aes")
            wait_for("the order is done", lambda: is_active(client, order), 30)
        for process in (api, worker):
            process.end()
        yield instance.data, secret


def is_active(client: Client, order: str) -> bool:
    return bool(client.get(f"/v1/orders/{order}").json()["status"] == "ACTIVE")


def test_processes_share_the_token(used: tuple[Path, str], tmp_path: Path) -> None:
    """Two API processes, forked after the token was tried: what others have stored is read."""
    with installed(tmp_path, used[0]) as instance:
        instance.api()
        with instance.client() as client:
            assert client.payload(used[1]).content.decode() == WORDS
        assert hsm.PIN not in instance.logs()


WRONG = {
    "no key": ({"token_labels": "two"}, "has no key labelled test-mkek"),
    "no token": ({"token_labels": "four"}, "the token labelled four is not there"),
    "wrong PIN": ({"login": "8531-not-the-pin"}, "refuses the PIN"),
    "another token's key": ({"token_labels": "three"}, "does not open term 1 of the keyring of p11_crypto"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_the_right_one_stops_every_start(
    used: tuple[Path, str], tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    """API and worker end with one line and exit code 2."""
    with installed(tmp_path, used[0], **changes) as wrong:
        for command in ("api", "worker"):
            process = wrong.launch(command)
            assert process.exit_code() == 2, process.said()
            (line,) = process.said().strip().splitlines()
            assert line.startswith(f"barbican-{command}: ")
            assert said in line
            assert hsm.PIN not in line
