"""Sites, and the credentials that projects show to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
from sqlalchemy import Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from barbican_like.common import clock
from barbican_like.common.errors import Conflict, NotFound
from barbican_like.model.drivers import Trouble, trouble_of
from barbican_like.model.repositories.base import Repository
from barbican_like.model.tables import secrets
from barbican_like.workqueue.models import Auth, Credential, Endpoint, Site, SiteSpec
from barbican_like.workqueue.states import ENDED, JobProtocol
from barbican_like.workqueue.tables import credentials, jobs, sites

_THIS = sites.c.id == bindparam("site_id")
_FIND = select(sites).where(_THIS)
_PER_LINK = select(func.min(sites.c.per_link)).where(sites.c.id.in_(bindparam("site_ids", expanding=True)))
_LOCK = (
    select(sites.c.id)
    .where(sites.c.id.in_(bindparam("site_ids", expanding=True)))
    .order_by(sites.c.id)
    .with_for_update()
)
_LIST = (
    select(sites)
    .where(
        or_(sites.c.project_id == bindparam("of_project"), sites.c.is_public),
        sites.c.id > bindparam("after"),
    )
    .order_by(sites.c.id)
    .limit(bindparam("limit"))
)
_OWN = select(sites.c.id).where(sites.c.project_id == bindparam("of_project"))
_INSERT = insert(sites)
_UPDATE = update(sites).where(_THIS)
_DELETE = delete(sites).where(_THIS)
_IN_USE = (
    select(jobs.c.id)
    .where(
        or_(jobs.c.src_siteid == bindparam("site_id"), jobs.c.link_siteid == bindparam("site_id")),
        jobs.c.status.not_in(sorted(ENDED)),
    )
    .limit(1)
)

_CREDENTIAL = (
    credentials.c.site_id == bindparam("of_site"),
    credentials.c.project_id == bindparam("of_project"),
)
_SHOWN: Final = (credentials, secrets.c.expiration)
_WITH_SECRET = credentials.outerjoin(secrets, secrets.c.id == credentials.c.secret_id)
_FIND_CREDENTIAL = select(*_SHOWN).select_from(_WITH_SECRET).where(*_CREDENTIAL)
_OF_SITE = select(*_SHOWN).select_from(_WITH_SECRET).where(_CREDENTIAL[0])
_OF_PROJECT = select(*_SHOWN).select_from(_WITH_SECRET).where(_CREDENTIAL[1]).limit(bindparam("limit"))
_INSERT_CREDENTIAL = insert(credentials)
_DELETE_CREDENTIAL = delete(credentials).where(*_CREDENTIAL)


class SiteRepo(Repository):
    """Sites of all projects."""

    def add(self, project_id: str, spec: SiteSpec) -> Site:
        """Write a new site.

        :raises Conflict: when the project has one of that name.
        """
        now = clock.now()
        values = _columns(spec) | {"project_id": project_id, "created_at": now, "updated_at": now}
        with _named_once(spec):
            made = self._connection.execute(_INSERT, values)
        (site_id,) = made.inserted_primary_key or (0,)
        return Site(id=site_id, project_id=project_id, spec=spec, created_at=now, updated_at=now)

    def find(self, site_id: int) -> Site | None:
        """A site of any project."""
        row = self._connection.execute(_FIND, {"site_id": site_id}).one_or_none()
        return None if row is None else _site(row)

    def seen(self, site_id: int, project_id: str) -> Site:
        """A site that a project may use.

        :raises NotFound: when there is none.
        """
        site = self.find(site_id)
        if site is None or not (site.spec.is_public or site.project_id == project_id):
            raise NotFound("Not Found. Site not found.")
        return site

    def list(self, project_id: str, *, after: int, limit: int) -> Sequence[Site]:
        """A page of the sites that a project may use."""
        values = {"of_project": project_id, "after": after, "limit": limit}
        return [_site(row) for row in self._connection.execute(_LIST, values)]

    def owned(self, project_id: str) -> Sequence[int]:
        """The ids of a project's own sites."""
        return self._connection.execute(_OWN, {"of_project": project_id}).scalars().all()

    def lock(self, *site_ids: int) -> bool:
        """Lock sites until the commit; False when one of them is gone."""
        wanted = set(site_ids)
        return set(self._connection.execute(_LOCK, {"site_ids": sorted(wanted)}).scalars()) == wanted

    def per_link(self, src_id: int, dst_id: int) -> int:
        """How many connections a link may have; 1 where its sites are gone."""
        return self._connection.execute(_PER_LINK, {"site_ids": [src_id, dst_id]}).scalar_one() or 1

    def replace(self, site: Site, spec: SiteSpec) -> None:
        """Give a site another description, whole.

        :raises Conflict: when the project has another one of that name.
        """
        values = _columns(spec) | {"updated_at": clock.now()}
        with _named_once(spec):
            self._connection.execute(_UPDATE.values(**values), {"site_id": site.id})

    def is_in_use(self, site_id: int) -> bool:
        """Whether jobs are unfinished that need it."""
        return self._connection.execute(_IN_USE, {"site_id": site_id}).first() is not None

    def delete(self, site_id: int) -> None:
        """Remove a site with its credentials."""
        self._connection.execute(_DELETE, {"site_id": site_id})


@contextmanager
def _named_once(spec: SiteSpec) -> Iterator[None]:
    """Calls the conflict of two names what it is."""
    try:
        yield
    except IntegrityError as error:
        if trouble_of(error) is Trouble.DUPLICATE:
            raise Conflict(f"The project has a site with the name {spec.name} already") from error
        raise


class CredentialRepo(Repository):
    """Which secret a project shows to a site."""

    def find(self, site_id: int, project_id: str) -> Credential | None:
        """What a project shows to a site."""
        values = {"of_site": site_id, "of_project": project_id}
        row = self._connection.execute(_FIND_CREDENTIAL, values).one_or_none()
        return None if row is None else _credential(row)

    def of_site(self, site_id: int) -> Sequence[Credential]:
        """What any project shows to a site."""
        return [_credential(row) for row in self._connection.execute(_OF_SITE, {"of_site": site_id})]

    def of_project(self, project_id: str, limit: int) -> Sequence[Credential]:
        """Some of what a project shows to sites."""
        values = {"of_project": project_id, "limit": limit}
        return [_credential(row) for row in self._connection.execute(_OF_PROJECT, values)]

    def put(self, site_id: int, project_id: str, secret_id: str) -> None:
        """Let a project show this secret from now on."""
        self.delete(site_id, project_id)
        values = {"site_id": site_id, "project_id": project_id, "secret_id": secret_id}
        self._insert(_INSERT_CREDENTIAL, values | {"updated_at": clock.now()})

    def delete(self, site_id: int, project_id: str) -> bool:
        """Let it show none; False when it did not."""
        values = {"of_site": site_id, "of_project": project_id}
        return self._connection.execute(_DELETE_CREDENTIAL, values).rowcount == 1


def _columns(spec: SiteSpec) -> dict[str, Any]:
    endpoints = [
        {"protocol": one.protocol, "url": one.url, "options": dict(one.options)} for one in spec.endpoints
    ]
    return {
        "name": spec.name,
        "description": spec.description,
        "is_public": spec.is_public,
        "endpoints": orjson.dumps(endpoints).decode(),
        "home": spec.home,
        "default_path": spec.default_path,
        "auth": spec.auth,
        "host_keys": orjson.dumps(spec.host_keys).decode(),
        "ca_cert": spec.ca_cert,
        "connections": spec.connections,
        "per_link": spec.per_link,
        "bandwidth": spec.bandwidth,
        "enabled": spec.enabled,
    }


def _site(row: Row[Any]) -> Site:
    spec = SiteSpec(
        name=row.name,
        endpoints=tuple(
            Endpoint(protocol=JobProtocol(one["protocol"]), url=one["url"], options=one["options"])
            for one in orjson.loads(row.endpoints)
        ),
        auth=Auth(row.auth),
        description=row.description,
        is_public=row.is_public,
        home=row.home,
        default_path=row.default_path,
        host_keys=tuple(orjson.loads(row.host_keys)),
        ca_cert=row.ca_cert,
        connections=row.connections,
        per_link=row.per_link,
        bandwidth=row.bandwidth,
        enabled=row.enabled,
    )
    return Site(
        id=row.id,
        project_id=row.project_id,
        spec=spec,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _credential(row: Row[Any]) -> Credential:
    return Credential(
        site_id=row.site_id,
        project_id=row.project_id,
        secret_id=row.secret_id,
        expires=row.expiration,
        updated_at=row.updated_at,
    )
