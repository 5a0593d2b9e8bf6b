"""Keys and calls of SSH that come to nothing: what that is to users."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from concurrent.futures import Future

import asyncssh
import pytest
from asyncssh.asn1 import ObjectIdentifier, der_encode

from barbican_like.workqueue.faults import ErrorClass, ErrorCode, TransferFailed
from barbican_like.workqueue.protocols.sftp_calls import result_of
from barbican_like.workqueue.protocols.sftp_keys import host_keys, is_host_key, private_key

GOOD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJlvX0ZVYF6T1D1tJ5vK0O7vZ1p3U9j0vT0v5x0pXxXx"
BAD = [GOOD[:-4], f"ssh-rsa {GOOD.split()[1]}", "ssh-ed25519 " + "A" * 68]


def test_a_host_key_is_one() -> None:
    assert is_host_key(GOOD)
    assert len(host_keys([GOOD])) == 1


@pytest.mark.parametrize("bad", BAD)
def test_a_host_key_that_is_none_fails_for_good(bad: str) -> None:
    assert not is_host_key(bad)
    with pytest.raises(TransferFailed) as failed:
        host_keys([GOOD, bad])
    assert (failed.value.fault.kind, failed.value.fault.code) == (ErrorClass.PERMANENT, ErrorCode.HOST_KEY)


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_a_private_key_that_is_none_waits_for_another(text: str) -> None:
    with pytest.raises(TransferFailed) as failed:
        private_key({"private_key": text})
    assert failed.value.fault.kind is ErrorClass.AUTH


def opens(key: bytes) -> bool:
    return private_key({"private_key": key.decode(), "passphrase": "x"}) is not None


def test_a_key_whose_passphrase_is_hashed_as_usual_opens() -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    assert opens(key.export_private_key("openssh", passphrase="x", rounds=50))
    assert opens(key.export_private_key("pkcs8-pem", passphrase="x"))
    assert opens(key.export_private_key("openssh"))


def of_rounds(number: int) -> str:
    """A key of OpenSSH's that says so of itself."""
    content = asyncssh.generate_private_key("ssh-ed25519").export_private_key(
        "openssh", passphrase="x", rounds=50
    )
    first, *body, last = content.decode().splitlines()
    raw = base64.b64decode("".join(body))
    assert raw.count(struct.pack(">I", 50)) == 1
    changed = base64.b64encode(raw.replace(struct.pack(">I", 50), struct.pack(">I", number))).decode()
    return f"{first}\n{changed}\n{last}\n"


def of_iterations(number: int) -> str:
    """An encrypted key of PKCS#8 that says so of itself."""
    kdf = (ObjectIdentifier("1.2.840.113549.1.5.12"), (b"saltsalt", number))
    cipher = (ObjectIdentifier("2.16.840.1.101.3.4.1.42"), bytes(16))
    content = der_encode(((ObjectIdentifier("1.2.840.113549.1.5.13"), (kdf, cipher)), bytes(48)))
    body = base64.b64encode(content).decode()
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n-----END ENCRYPTED PRIVATE KEY-----\n"


def junk_before(key: str) -> str:
    """The same, with what a lenient reader passes over."""
    first, rest = key.split("\n", 1)
    return f"note\n{first}\n!{rest}"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("changed", [str, junk_before, "note\n{}".format])
@pytest.mark.parametrize(("made", "number"), [(of_rounds, 2**31), (of_iterations, 2**40)])
def test_a_key_that_would_keep_a_processor_for_years_is_refused(
    made: Callable[[int], str], number: int, changed: Callable[[str], str]
) -> None:
    with pytest.raises(TransferFailed) as failed:
        private_key({"private_key": changed(made(number)), "passphrase": "x"})
    assert failed.value.fault.kind is ErrorClass.AUTH


@pytest.mark.parametrize("form", ["pkcs1-pem", "pkcs8-pem", "openssh"])
@pytest.mark.parametrize("passphrase", [None, "x"])
def test_a_key_opens_whatever_stands_above_it(form: str, passphrase: str | None) -> None:
    """As tools put it there that take keys out of other files."""
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    more = {"rounds": 50} if form == "openssh" and passphrase else {}
    text = key.export_private_key(form, passphrase=passphrase, **more).decode().replace("\n", "\r\n")
    found = private_key(
        {"private_key": f"Bag Attributes: none\n{text}", "passphrase": "x"}
        if passphrase
        else {"private_key": text}
    )
    assert found.public_data == key.public_data


def test_a_call_that_was_broken_off_is_a_lost_connection() -> None:
    broken: Future[None] = Future()
    broken.cancel()
    with pytest.raises(TransferFailed) as failed:
        result_of(broken, "x")
    assert failed.value.fault.code is ErrorCode.CONNECTION
