"""From a request's body to a job that can be worked, or what is wrong with it."""

from __future__ import annotations

from barbican_like.common.errors import NotFound
from barbican_like.http.request import Request
from barbican_like.workqueue import paths
from barbican_like.workqueue.http.job_bodies import JobBody, fault, not_before
from barbican_like.workqueue.models import Site
from barbican_like.workqueue.repository.sites import SiteRepo
from barbican_like.workqueue.service import NewJob
from barbican_like.workqueue.states import JobProtocol, JobType

_READING = frozenset({JobType.LIST, JobType.COPY})
_WITH_TARGET = frozenset({JobType.COPY, JobType.RENAME})


def checked(req: Request, body: JobBody, kind: JobType) -> NewJob:
    """The job that a body describes.

    :raises SchemaMismatch: naming the member that is of no use.
    """
    src = _site(req, body.src_siteid, "src_siteid")
    dst_siteid = _destination_id(body, kind)
    dst = src if dst_siteid in {None, src.id} else _site(req, dst_siteid or 0, "dst_siteid")
    if kind is JobType.COPY and dst.spec.endpoint(None, changes=True) is None:
        raise fault("dst_siteid", "is a site that speaks HTTP only, which is of use as a source")
    target = _target(body, kind)
    _check_places(src, dst, body.src_filepath, target, kind)
    if "depth" in body.extra_opts and kind is not JobType.LIST:
        raise fault("extra_opts.depth", "is of use for a LIST only")
    return NewJob(
        type=kind,
        src_siteid=src.id,
        src_filepath=body.src_filepath,
        dst_siteid=dst_siteid,
        dst_filepath=target,
        protocol=_protocol(src, body.protocol, kind),
        extra_opts=body.extra_opts,
        priority=body.priority,
        max_tries=body.max_tries,
        dry_run=body.dry_run,
        not_before=not_before(body.extra_opts),
    )


def _site(req: Request, site_id: int, member: str) -> Site:
    try:
        site = req.view.of(SiteRepo).seen(site_id, req.caller.project_id)
    except NotFound:
        raise fault(member, "is no site that you can see") from None
    if not site.spec.enabled:
        raise fault(member, "is a site that is disabled")
    return site


def _destination_id(body: JobBody, kind: JobType) -> int | None:
    if kind is JobType.COPY:
        if body.dst_siteid is None:
            raise fault("dst_siteid", "is needed for a COPY")
        return body.dst_siteid
    if body.dst_siteid not in ({None, body.src_siteid} if kind is JobType.RENAME else {None}):
        raise fault("dst_siteid", f"is of no use for a {kind}")
    return body.src_siteid if kind is JobType.RENAME else None


def _target(body: JobBody, kind: JobType) -> str | None:
    if kind in _WITH_TARGET and body.dst_filepath is None:
        raise fault("dst_filepath", f"is needed for a {kind}")
    if kind not in _WITH_TARGET and body.dst_filepath is not None:
        raise fault("dst_filepath", f"is of no use for a {kind}")
    return body.dst_filepath


def _protocol(src: Site, wanted: JobProtocol | None, kind: JobType) -> JobProtocol:
    if src.spec.endpoint(wanted) is None:
        raise fault(
            "protocol", f"is none that the source speaks: {[one.protocol for one in src.spec.endpoints]}"
        )
    endpoint = src.spec.endpoint(wanted, changes=kind not in _READING)
    if endpoint is None:
        member = "src_siteid" if wanted is None else "protocol"
        raise fault(member, f"is HTTP only, which is of no use for a {kind}: it is read from")
    return endpoint.protocol


def _check_places(src: Site, dst: Site, source: str, target: str | None, kind: JobType) -> None:
    here = src.spec.resolve(source)
    if kind in {JobType.REMOVE, JobType.RENAME} and not here:
        raise fault("src_filepath", f"is the site's root, of which there is no {kind}")
    if target is None:
        return
    there = dst.spec.resolve(target)
    if kind is JobType.RENAME and not there:
        raise fault("dst_filepath", "is the site's root")
    if src.id == dst.id and paths.is_within(there, here):
        raise fault("dst_filepath", "is the source, or lies within it")
