"""castellan's key manager, set up as services do: a configuration file, and a request's context."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from castellan import key_manager
from castellan.common import utils
from castellan.common.objects import (
    opaque_data,
    passphrase,
    private_key,
    public_key,
    symmetric_key,
    x_509,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from keystoneauth1.plugin import BaseAuthPlugin
from oslo_config import cfg
from oslo_context.context import RequestContext

from tests.support.keystone import Keystone
from tests.support.keystone_seed import DOMAIN, REGION, User


class PluginContext(RequestContext):
    """A request's context that brings its own way to authenticate."""

    def __init__(self, auth: BaseAuthPlugin) -> None:
        super().__init__()
        self._auth = auth

    def get_auth_plugin(self) -> BaseAuthPlugin:
        """Asked for by castellan."""
        return self._auth


def manager_of(endpoint: str, folder: Path) -> Any:
    """castellan's key manager for a server.

    :param folder: where its configuration file is written.
    """
    text = f"[key_manager]\nbackend = barbican\n[barbican]\nbarbican_endpoint = {endpoint}\n"
    return key_manager.API(_configuration(text, folder))


def manager_and_password(identity: Keystone, user: User, folder: Path, settings: str = "") -> tuple[Any, Any]:
    """castellan's key manager for the server in Keystone's catalog, and a context with a user's password.

    :param folder: where its configuration file is written.
    :param settings: more lines of the section [barbican].
    """
    conf = _configuration(
        f"""\
[key_manager]
backend = barbican
auth_type = keystone_password
auth_url = {identity.url}
username = {user.name}
password = {user.password}
project_name = {user.project}
user_domain_id = {DOMAIN}
project_domain_id = {DOMAIN}
[barbican]
barbican_region_name = {REGION}
{settings}
""",
        folder,
    )
    return key_manager.API(conf), utils.credential_factory(conf)


def _configuration(text: str, folder: Path) -> cfg.ConfigOpts:
    file = folder / "castellan.conf"
    file.write_text(text)
    conf = cfg.ConfigOpts()
    conf(["--config-file", str(file)], project="castellan-test")
    return conf


def _private_der() -> bytes:
    """A private key as castellan takes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_der() -> bytes:
    """A public key as castellan takes it."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _certificate_der() -> bytes:
    """A certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + dt.timedelta(days=1),
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


MANAGED_OBJECTS = {
    "SymmetricKey": lambda name: symmetric_key.SymmetricKey("AES", 128, bytes(range(16)), name=name),
    "Passphrase": lambda name: passphrase.Passphrase("pa\N{LATIN SMALL LETTER SHARP S}".encode(), name=name),
    "OpaqueData": lambda name: opaque_data.OpaqueData(b"\x00\xff opaque", name=name),
    "PrivateKey": lambda name: private_key.PrivateKey("RSA", 2048, _private_der(), name=name),
    "PublicKey": lambda name: public_key.PublicKey("EC", 256, _public_der(), name=name),
    "X509": lambda name: x_509.X509(_certificate_der(), name=name),
}
"""A maker of each type that castellan manages; it takes a name."""
