"""Sites over HTTP, the credentials that are shown to them, and the check of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from barbican_like.common import ids
from barbican_like.common.errors import Conflict, NotFound, PolicyDenied
from barbican_like.common.notices import CREATED, DELETED, UPDATED
from barbican_like.http import references
from barbican_like.http.controller import Controller, Operation, Reply
from barbican_like.http.openapi.described import NOTHING, json_answer
from barbican_like.http.policy import Target
from barbican_like.http.request import Request
from barbican_like.http.schema import Where
from barbican_like.model.telling import of_consumers
from barbican_like.plugin import resources
from barbican_like.room import require_below
from barbican_like.workqueue import telling, waking
from barbican_like.workqueue.credentials import BadCredential, read_credential
from barbican_like.workqueue.http import checking, site_answers, values
from barbican_like.workqueue.http.pages import linked
from barbican_like.workqueue.http.services import Services
from barbican_like.workqueue.http.site_bodies import CREDENTIAL, SITE, check_endpoints
from barbican_like.workqueue.models import Auth, Credential, Site, SiteSpec
from barbican_like.workqueue.repository.sites import CredentialRepo, SiteRepo

_SECRET: Final = re.compile(r"/secrets/([0-9a-f-]{36})/?$")
_EXAMPLE: Final = {
    "name": "trial",
    "endpoints": [{"protocol": "DUMMY", "url": "dummy://any/?files=10&size=1000"}],
}
_SITE: Final = json_answer("The site.", site_answers.SITE)
_CREDENTIAL: Final = json_answer("Which secret it is.", site_answers.CREDENTIAL)
_CONSUMER: Final = ("workqueue", "site")


class SitesController(Controller[Services]):
    """``/sites``."""

    @Operation(
        "TransferSite(s) retrieval",
        rule="transfer_sites:get",
        id="list_transfer_sites",
        parameters=(values.LIMIT, values.MARKER),
        answers={
            200: json_answer(
                "One page of one's own and the public ones.", {"type": "array", "items": site_answers.SITE}
            )
        },
    )
    def on_get(self, req: Request) -> Reply:
        """One page of the sites that the caller may use."""
        page = values.page(req.query)
        project = req.caller.project_id
        found = req.view.of(SiteRepo).list(project, after=page.marker or 0, limit=page.limit + 1)
        return linked(
            req,
            "sites",
            page,
            found,
            key=lambda one: one.id,
            show=lambda one: site_answers.site(one, project),
        )

    @Operation(
        "TransferSite creation",
        rule="transfer_sites:write",
        body=SITE,
        id="create_transfer_site",
        examples={"made_up": _EXAMPLE},
        answers={201: json_answer("Made.", site_answers.SITE, location=True)},
        errors=(409,),
    )
    def on_post(self, req: Request, spec: SiteSpec) -> Reply:
        """Make a site of the caller's project."""
        check_endpoints(spec, self.services.settings)
        _require_publisher(req, is_public=spec.is_public)
        sites, project = req.uow.of(SiteRepo), req.caller.project_id
        req.uow.projects.find_or_create(project)
        require_below(req.uow, project, self.services.most_sites, lambda: len(sites.owned(project)))
        site = sites.add(project, spec)
        telling.of_site(req.uow, site, CREATED)
        location = references.to(req, "sites", str(site.id))
        return Reply(site_answers.site(site, project), 201, location)


class OfSite(Controller[Services]):
    """A route below ``/sites/{site_id}``."""

    default_operation = "TransferSite retrieval"

    def lookup(self, req: Request, *path: str) -> Sequence[Any]:
        """A site that the caller may use; another is not found."""
        site_id = values.path_id(path[0], "Site")
        return (req.view.of(SiteRepo).seen(site_id, req.caller.project_id),)


class SiteController(OfSite):
    """``/sites/{site_id}``."""

    @Operation(
        "TransferSite retrieval", rule="transfer_sites:get", id="get_transfer_site", answers={200: _SITE}
    )
    def on_get(self, req: Request, site: Site) -> dict[str, Any]:
        """The site."""
        return site_answers.site(site, req.caller.project_id)

    @Operation(
        "TransferSite update",
        rule="transfer_sites:write",
        body=SITE,
        id="update_transfer_site",
        examples={"made_up": _EXAMPLE},
        answers={200: _SITE},
        errors=(409,),
    )
    def on_put(self, req: Request, site: Site, spec: SiteSpec) -> dict[str, Any]:
        """Describe it anew, whole."""
        _require_owner(req, site, "TransferSite update")
        check_endpoints(spec, self.services.settings)
        _require_publisher(req, is_public=spec.is_public)
        sites = req.uow.of(SiteRepo)
        if not sites.lock(site.id):
            raise NotFound("Not Found. Site not found.")
        sites.replace(site, spec)
        changed = sites.seen(site.id, req.caller.project_id)
        telling.of_site(req.uow, changed, UPDATED, before=site)
        return site_answers.site(changed, req.caller.project_id)

    @Operation(
        "TransferSite deletion",
        rule="transfer_sites:write",
        id="delete_transfer_site",
        answers={204: NOTHING},
        errors=(409,),
    )
    def on_delete(self, req: Request, site: Site) -> None:
        """Remove it, unless jobs are unfinished that need it."""
        _require_owner(req, site, "TransferSite deletion")
        sites = req.uow.of(SiteRepo)
        sites.lock(site.id)
        if sites.is_in_use(site.id):
            raise Conflict("Jobs are unfinished that need this site")
        credentials = req.uow.of(CredentialRepo)
        for credential in credentials.of_site(site.id):
            credentials.delete(site.id, credential.project_id)  # else two would each leave it to the other
            _give_back(req, credential)
        sites.delete(site.id)
        telling.of_site(req.uow, site, DELETED)


class CredentialController(OfSite):
    """``/sites/{site_id}/credential``: of the caller's project."""

    default_operation = "TransferCredential retrieval"

    @Operation(
        "TransferCredential retrieval",
        rule="transfer_credential:get",
        id="get_transfer_credential",
        answers={200: _CREDENTIAL},
    )
    def on_get(self, req: Request, site: Site) -> dict[str, Any]:
        """Which secret the project shows to the site."""
        return site_answers.credential(req, _found(req, site))

    @Operation(
        "TransferCredential update",
        rule="transfer_credential:write",
        body=CREDENTIAL,
        id="put_transfer_credential",
        examples={
            "some": {"secret_ref": "http://localhost:9311/v1/secrets/2a549393-0710-444b-8aa5-84cf0f85ea79"}
        },
        answers={200: _CREDENTIAL},
    )
    def on_put(self, req: Request, site: Site, secret_ref: str) -> dict[str, Any]:
        """Let the project show this secret from now on; what waits for one goes on."""
        if site.spec.auth is Auth.NONE:
            raise _bad("the site wants no credential")
        secret_id = self._usable(req, site, secret_ref)
        credentials, project = req.uow.of(CredentialRepo), req.caller.project_id
        waking.wake_unauthorised(req.uow, self.services.client, site.id, project)
        before = credentials.find(site.id, project)
        if before is not None and before.secret_id != secret_id:
            _give_back(req, before)
        consumers, names = req.uow.secret_consumers, (*_CONSUMER, str(site.id))
        if consumers.register(secret_id, *names, creator_project_id=project):
            of_consumers(req.uow, secret_id)
        credentials.put(site.id, project, secret_id)
        telling.of_credential(req.uow, site, req.caller.project_id)
        found = credentials.find(site.id, project)
        if found is None:
            raise NotFound
        return site_answers.credential(req, found)

    @Operation(
        "TransferCredential deletion",
        rule="transfer_credential:write",
        id="delete_transfer_credential",
        answers={204: NOTHING},
    )
    def on_delete(self, req: Request, site: Site) -> None:
        """Show none any more."""
        found = _found(req, site)
        req.uow.of(CredentialRepo).delete(site.id, found.project_id)
        _give_back(req, found)
        telling.of_credential(req.uow, site, req.caller.project_id)

    def _usable(self, req: Request, site: Site, secret_ref: str) -> str:
        """The id of a secret that the caller may read and the site can be shown.

        :raises SchemaMismatch: naming ``secret_ref``.
        """
        match = _SECRET.search(secret_ref)
        if match is None or not ids.is_canonical(match[1]):
            raise _bad("is no reference of a secret")
        caller = req.caller
        try:
            secret, stored = req.view.secrets.get_with_payload(match[1], caller.user_id)
            target = Target(
                kind="secret",
                project_id=secret.project_id,
                creator_id=secret.creator_id,
                read="read" if secret.access.reader else None,
                read_project_access=secret.access.project,
            )
            self.frame.policy.require("secret:decrypt", caller, target, "Secret payload retrieval")
        except (NotFound, PolicyDenied):
            raise _bad("is no secret that you may read") from None
        if stored is None:
            raise _bad("is a secret without a payload")
        try:
            read_credential(resources.get_secret(self.services.plugins, secret, stored), site.spec.auth)
        except BadCredential as error:
            raise _bad(str(error)) from None
        return secret.id


class SiteCheckController(OfSite):
    """``/sites/{site_id}/check``."""

    @Operation(
        "TransferSite check",
        rule="transfer_sites:check",
        id="check_transfer_site",
        answers={200: json_answer("What came of it.", site_answers.CHECK)},
    )
    def on_get(self, req: Request, site: Site) -> dict[str, Any]:
        """Connect to it with the project's credential and list its root."""
        return checking.check(self.services, req.view, site, req.caller.project_id)


def _found(req: Request, site: Site) -> Credential:
    found = req.view.of(CredentialRepo).find(site.id, req.caller.project_id)
    if found is None:
        raise NotFound("Not Found. The project has no credential for this site.")
    return found


def _give_back(req: Request, credential: Credential) -> None:
    """Be no consumer of a secret any more, unless another project shows the same one to the site."""
    others = req.uow.of(CredentialRepo).of_site(credential.site_id)
    if not any(
        one.secret_id == credential.secret_id and one.project_id != credential.project_id for one in others
    ):
        names = (*_CONSUMER, str(credential.site_id))
        with suppress(NotFound):  # its consumers are gone with the secret
            if req.uow.secret_consumers.remove(credential.secret_id, *names):
                of_consumers(req.uow, credential.secret_id)


def _bad(reason: str) -> Exception:
    return Where("Credential", "secret_ref").fault(f"secret_ref: {reason}")


def _require_owner(req: Request, site: Site, operation: str) -> None:
    if site.project_id != req.caller.project_id:
        raise PolicyDenied(operation)
    _require_publisher(req, is_public=site.spec.is_public)


def _require_publisher(req: Request, *, is_public: bool) -> None:
    if is_public:
        req.frame.policy.require("transfer_sites:publish", req.caller, None, "Publication of a site")
