"""What a project shows to a site: read from the key manager at each use, and kept nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from barbican_like.common.errors import IntegrityFailure, NotFound
from barbican_like.model.unit_of_work import Reading
from barbican_like.plugin import resources
from barbican_like.plugin.registry import Plugins
from barbican_like.workqueue.credentials import BadCredential, read_credential
from barbican_like.workqueue.faults import TransferFailed
from barbican_like.workqueue.models import Site
from barbican_like.workqueue.repository.sites import CredentialRepo


def credential_of(view: Reading, plugins: Plugins, site: Site, project_id: str) -> Mapping[str, str]:
    """The members of a project's credential for a site. Returns what is secret.

    :raises TransferFailed: AUTH when there is none that can be used.
    """
    name = site.spec.name
    found = view.of(CredentialRepo).find(site.id, project_id)
    if found is None:
        raise TransferFailed.auth(f"The project has no credential for site {name}")
    gone = TransferFailed.auth(f"The credential for site {name} is gone or has expired")
    try:
        secret, stored = view.secrets.get_with_payload(found.secret_id)
    except NotFound:
        raise gone from None
    if stored is None:
        raise gone
    try:
        return read_credential(resources.get_secret(plugins, secret, stored), site.spec.auth)
    except (IntegrityFailure, BadCredential) as error:
        raise TransferFailed.auth(f"The credential for site {name} cannot be used") from error
