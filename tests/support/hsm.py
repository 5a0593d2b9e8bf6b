"""SoftHSM: real PKCS#11 tokens in a test's own folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from barbican_like.plugin.crypto.token_settings import TokenSettings
from tests.support.servers import leave_out

#: Where distributions put the library.
LIBRARIES: Final = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
PIN: Final = "a-pin-of-the-tests-31415926"
KEY_LABEL: Final = "test-mkek"
VARIABLE: Final = "SOFTHSM2_CONF"


def library() -> str:
    """SoftHSM's library; where it is not there, a skip for a developer and a failure in CI."""
    found = next((path for path in LIBRARIES if Path(path).exists()), None)
    if found is None or shutil.which("softhsm2-util") is None:
        leave_out("SoftHSM 2 is not installed (Debian: apt install softhsm2)")
    return found


@dataclass(frozen=True)
class TokenFolder:
    """A folder with tokens, as ``SOFTHSM2_CONF`` names it."""

    folder: Path

    @property
    def conf(self) -> Path:
        """SoftHSM's configuration file."""
        return self.folder / "softhsm2.conf"

    @property
    def tokens(self) -> Path:
        """Where the tokens are: as good as unplugged when it is moved away."""
        return self.folder / "tokens"

    @classmethod
    def make(cls, folder: Path, *labels: str) -> TokenFolder:
        """A folder with a token of each label."""
        library()
        made = cls(folder)
        made.tokens.mkdir(parents=True)
        made.conf.write_text(f"directories.tokendir = {made.tokens}\nlog.level = ERROR\n")
        for label in labels:
            made.add(label)
        return made

    def add(self, label: str) -> None:
        """One token more."""
        words = ["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "so-" + PIN]
        subprocess.run(
            ["softhsm2-util", *words],
            env=os.environ | {VARIABLE: str(self.conf)},
            check=True,
            capture_output=True,
        )

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process, and those that it starts, see these tokens."""
        patch.setenv(VARIABLE, str(self.conf))


def settings(label: str, **changes: str) -> TokenSettings:
    """How the token of a label is reached in the SoftHSM in use, with the tests' PIN and the tests' key."""
    usual = {"library": library(), "key_label": KEY_LABEL, "pin": PIN}
    lock_file = Path(os.environ[VARIABLE]).with_name("token.lock")
    return TokenSettings(**(usual | changes), lock_file=lock_file, labels=(label,))


def options(label: str) -> dict[str, str]:
    """The same as options of [p11_crypto_plugin]."""
    return {"library_path": library(), "token_labels": label, "login": PIN, "mkek_label": KEY_LABEL}


def section(label: str, **changes: str | None) -> str:
    """The same as lines of barbican.conf; None leaves an option out."""
    lines = [f"{name} = {value}" for name, value in (options(label) | changes).items() if value is not None]
    return "\n".join(["[p11_crypto_plugin]", *lines, ""])
