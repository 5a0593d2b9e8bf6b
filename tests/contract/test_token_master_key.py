"""The master key in a PKCS#11 token, on SoftHSM: it seals, opens nothing altered, and never comes out."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType

from barbican_like.common.errors import ConfigurationError, IntegrityFailure
from barbican_like.plugin.crypto.pkcs11_token import Pkcs11Token
from barbican_like.plugin.crypto.token_master_key import LARGEST, OVERHEAD, TokenMasterKey
from barbican_like.plugin.crypto.token_settings import TokenSettings
from tests.support import hsm
from tests.support.stores import token_master_key
from tests.support.threads import at_once

pytestmark = pytest.mark.softhsm

ROOT = Path(__file__).parents[2]
CONTEXT = b"context of a term"
SECRET = bytes(range(32))


@pytest.fixture
def master(token_folder: hsm.TokenFolder, monkeypatch: pytest.MonkeyPatch) -> TokenMasterKey:
    """The key of the session's token."""
    token_folder.use(monkeypatch)
    return token_master_key("shared")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> hsm.TokenFolder:
    """Tokens of the test's own: two, without keys."""
    made = hsm.TokenFolder.make(tmp_path / "softhsm", "one", "two")
    made.use(monkeypatch)
    return made


def put_key(label: str, kind: KeyType = KeyType.AES, bits: int = 256, **attributes: bool) -> None:
    """A key as somebody else might have made it."""
    library = pkcs11.lib(hsm.library())
    try:
        (token,) = library.get_tokens(token_label=label)
        with token.open(rw=True, user_pin=hsm.PIN) as session:
            template = {Attribute[name]: value for name, value in attributes.items()}
            length = bits if kind in {KeyType.AES, KeyType.GENERIC_SECRET} else None
            session.generate_key(kind, length, label=hsm.KEY_LABEL, store=True, template=template)
    finally:
        library.finalize()


def test_what_it_seals_it_opens(master: TokenMasterKey) -> None:
    """By another object too, as in another process; twice the same looks different."""
    first, second = master.seal(SECRET, CONTEXT), master.seal(SECRET, CONTEXT)
    assert len(first) == len(SECRET) + OVERHEAD
    assert first[2:14] != second[2:14]
    assert SECRET not in first
    assert [token_master_key("shared").unseal(sealed, CONTEXT) for sealed in (first, second)] == [SECRET] * 2


@pytest.mark.parametrize("length", [0, 1, LARGEST])
def test_every_length_comes_back(master: TokenMasterKey, length: int) -> None:
    """From nothing to the largest; one byte more is a defect of the caller."""
    plaintext = os.urandom(length)
    assert master.unseal(master.seal(plaintext, b""), b"") == plaintext
    with pytest.raises(ValueError, match="too large"):
        master.seal(bytes(LARGEST + 1), CONTEXT)


def test_no_other_bytes_open(master: TokenMasterKey) -> None:
    """A flipped bit in every byte, each truncation, bytes more at either end, another context."""
    whole = master.seal(SECRET, CONTEXT)
    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    others = [*flipped, *(whole[:end] for end in range(len(whole))), whole + b"\0", b"\0" + whole]
    for other in [*others, bytes(OVERHEAD + LARGEST + 1)]:
        with pytest.raises(IntegrityFailure):
            master.unseal(other, CONTEXT)
    for context in (b"", CONTEXT[:-1], CONTEXT + b"\0"):
        with pytest.raises(IntegrityFailure):
            master.unseal(whole, context)
    assert master.unseal(whole, CONTEXT) == SECRET


def test_another_tokens_key_does_not_open(folder: hsm.TokenFolder) -> None:
    """Even if it has the same label."""
    for label in ("one", "two"):
        token_master_key(label).create()
    sealed = token_master_key("one").seal(SECRET, CONTEXT)
    with pytest.raises(IntegrityFailure):
        token_master_key("two").unseal(sealed, CONTEXT)


def test_the_key_cannot_be_had(master: TokenMasterKey) -> None:
    """It was made in the token, is sensitive and not extractable: its value is refused."""
    with Pkcs11Token(hsm.settings("shared")).key() as key:
        found: dict[Attribute, object] = key  # type: ignore[assignment]
        assert found[Attribute.LOCAL]
        assert found[Attribute.NEVER_EXTRACTABLE]
        assert found[Attribute.ALWAYS_SENSITIVE]
        with pytest.raises(pkcs11.AttributeSensitive):
            _ = found[Attribute.VALUE]


def test_a_key_that_is_there_is_left_as_it_is(folder: hsm.TokenFolder) -> None:
    """Making it a second time is refused, and what the first has sealed still opens."""
    master = token_master_key("one")
    master.create()
    sealed = master.seal(SECRET, CONTEXT)
    with pytest.raises(ConfigurationError, match="left as it is"):
        master.create()
    assert master.unseal(sealed, CONTEXT) == SECRET


def test_nothing_stays_open(master: TokenMasterKey) -> None:
    """After each piece of work the library is as if never used, also after one that failed."""
    library = pkcs11.lib(hsm.library())
    library.finalize()
    sealed = master.seal(SECRET, CONTEXT)
    assert not library.initialized
    with pytest.raises(IntegrityFailure):
        master.unseal(sealed, b"another")
    assert not library.initialized


FORK = """
import os
from tests.support.stores import token_master_key
master = token_master_key("shared")
sealed = master.seal(b"secret", b"context")
child = os.fork()
for _ in range(20):
    assert master.unseal(sealed, b"context") == b"secret"
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


def test_a_forked_process_uses_the_token_as_its_parent_does(master: TokenMasterKey) -> None:
    """Parent and child both open, at the same time, what the parent has sealed before."""
    words = [sys.executable, "-c", FORK]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_take_turns(master: TokenMasterKey) -> None:
    """Six of them at once, each with an object of its own."""

    def one(number: int) -> bytes:
        mine = token_master_key("shared")
        return mine.unseal(mine.seal(b"%d" % number, CONTEXT), CONTEXT)

    assert at_once(6, one) == [b"%d" % number for number in range(6)]


def nothing(_folder: hsm.TokenFolder) -> None:
    """Leave everything as it is: no key is there."""


def unplugged(folder: hsm.TokenFolder) -> None:
    """The token is away."""
    folder.tokens.rename(folder.folder / "away")
    folder.tokens.mkdir()


def a_twin(folder: hsm.TokenFolder) -> None:
    """Another token has the same label."""
    folder.add("one")


REFUSALS: dict[str, tuple[Callable[[hsm.TokenFolder], object], dict[str, str], str]] = {
    "no library": (nothing, {"library": "/nonexistent.so"}, "library_path /nonexistent.so cannot be used"),
    "no PKCS#11 library": (
        nothing,
        {"library": "/etc/hostname"},
        "library_path /etc/hostname cannot be used",
    ),
    "no token": (unplugged, {}, "the token labelled one is not there; /usr/lib"),
    "two tokens": (a_twin, {}, "token_serial_number tells which"),
    "wrong PIN": (nothing, {"pin": "8531-not-the-pin"}, "the token labelled one refuses the PIN"),
    "no key": (nothing, {}, "has no key labelled test-mkek"),
    "short key": (lambda _: put_key("one", bits=128), {}, "is no AES key of 256 bits"),
    "other key": (lambda _: put_key("one", KeyType.DES3), {}, "is no AES key of 256 bits"),
    "generic key": (lambda _: put_key("one", KeyType.GENERIC_SECRET), {}, "is no AES key of 256 bits"),
    "extractable key": (lambda _: put_key("one", EXTRACTABLE=True), {}, "cannot be extracted"),
    "key that cannot decrypt": (lambda _: put_key("one", DECRYPT=False), {}, "is no AES key of 256 bits"),
    "two keys": (lambda _: [put_key("one", EXTRACTABLE=False) for _ in "12"], {}, "more than one object"),
}


@pytest.mark.parametrize(("prepare", "changes", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_used_is_one_line(
    folder: hsm.TokenFolder,
    prepare: Callable[[hsm.TokenFolder], object],
    changes: dict[str, str],
    said: str,
) -> None:
    """For sealing and opening alike; the line names what is wrong and never holds the PIN."""
    prepare(folder)
    settings = hsm.settings("one", **changes)
    master = TokenMasterKey(settings)
    for use in (lambda: master.seal(SECRET, CONTEXT), lambda: master.unseal(b"\1\2" + bytes(60), CONTEXT)):
        with pytest.raises(ConfigurationError) as refused:
            use()
        assert said in refused.value.message
        assert "\n" not in refused.value.message
        assert settings.pin not in f"{refused.value.message} {refused.value.__cause__!r}"


def test_a_refused_pin_is_tried_once(folder: hsm.TokenFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens lock themselves after a few wrong ones; so the second refusal comes without asking the token."""
    master = TokenMasterKey(hsm.settings("one", pin="8531-not-the-pin"))
    with pytest.raises(ConfigurationError, match="refuses the PIN"):
        master.seal(SECRET, CONTEXT)
    monkeypatch.setattr(pkcs11, "lib", None)
    with pytest.raises(ConfigurationError, match="refuses the PIN"):
        master.seal(SECRET, CONTEXT)


def by_serial(label: str, settings: TokenSettings) -> TokenSettings:
    """The same token, named by its serial number; the label is wrong."""
    library = pkcs11.lib(hsm.library())
    (token,) = library.get_tokens(token_label=label)
    library.finalize()
    return replace(settings, serial=token.serial.decode(), labels=("wrong",), slot=-1)


def by_slot(label: str, settings: TokenSettings) -> TokenSettings:
    """The same token, named by its slot."""
    library = pkcs11.lib(hsm.library())
    (token,) = library.get_tokens(token_label=label)
    library.finalize()
    return replace(settings, labels=(), slot=token.slot.slot_id)


def by_second_label(label: str, settings: TokenSettings) -> TokenSettings:
    """The same token, behind a label that is not there."""
    return replace(settings, labels=("away", label, "two"))


@pytest.mark.parametrize("name", [by_serial, by_slot, by_second_label], ids=lambda name: name.__name__)
def test_a_token_is_found_by_serial_number_label_or_slot(
    folder: hsm.TokenFolder, name: Callable[[str, TokenSettings], TokenSettings]
) -> None:
    """Each of them finds the token that the label finds: its key opens what was sealed there."""
    for label in ("one", "two"):
        token_master_key(label).create()
    sealed = token_master_key("one").seal(SECRET, CONTEXT)
    named = TokenMasterKey(name("one", hsm.settings("one")))
    assert named.unseal(sealed, CONTEXT) == SECRET
