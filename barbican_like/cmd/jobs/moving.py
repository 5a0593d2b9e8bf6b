"""The commands that make jobs, and wait for them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from barbican_like.cmd.jobs import showing, waiting
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import CommandFailed, Exit, exit_of
from barbican_like.cmd.jobs.places import Place

_MEMBERS: Final = ("max_tries", "priority", "protocol")
_EXTRAS: Final = ("overwrite", "verify", "depth", "symlinks", "time_limit", "bandwidth", "not_before")
_MEMBER_OF: Final = {"time_limit": "timeout"}  # where the option has another name
_KEY: Final = "Idempotency-Key"


def list_(desk: Desk) -> Exit:
    """List what there is."""
    return _make(desk, "list", [_source(desk, one) for one in desk.given.places])


def remove(desk: Desk) -> Exit:
    """Remove files and directories with all in them."""
    return _make(desk, "remove", [_source(desk, one) for one in desk.given.places])


def mkdir(desk: Desk) -> Exit:
    """Make directories with their parents."""
    return _make(desk, "mkdir", [_source(desk, one) for one in desk.given.places])


def copy(desk: Desk) -> Exit:
    """Copy one file or directory to a path, or several into a directory."""
    *sources, last = desk.given.places
    if not sources:
        raise CommandFailed(Exit.USAGE, "copy needs a source and a destination")
    targets = [last] if len(sources) == 1 else [last.below(_own_name(one)) for one in sources]
    site = desk.sites.id_of(last.site)
    return _make(
        desk,
        "copy",
        [
            _source(desk, source) | {"dst_siteid": site, "dst_filepath": target.path}
            for source, target in zip(sources, targets, strict=True)
        ],
    )


def rename(desk: Desk) -> Exit:
    """Give a file or directory another path at its site."""
    source, target = desk.given.place, desk.given.path
    name, colon, path = target.partition(":")
    here = desk.sites.id_of(source.site)
    if colon and (name in {source.site, str(here)} or desk.sites.has(name)):
        if desk.sites.id_of(name) != here:
            raise CommandFailed(Exit.USAGE, "rename stays at its site: copy to another, then remove")
        target = path
    return _make(desk, "rename", [_source(desk, source) | {"dst_filepath": target}])


def wait(desk: Desk) -> Exit:
    """Wait for jobs that are there."""
    return finish(desk, [desk.service.get(f"jobs/{number}") for number in desk.given.jobs])


def retry(desk: Desk) -> Exit:
    """Let what has failed of a job, or was cancelled, begin anew."""
    return _go_on(desk, (desk.service.post(f"jobs/{number}/retry") for number in desk.given.jobs))


def cancel(desk: Desk) -> Exit:
    """End jobs; what is at work ends within seconds."""
    for number in desk.given.jobs:
        job = desk.service.post(f"jobs/{number}/cancel")
        desk.show(job, showing.summary(job))
    return Exit.DONE


def finish(desk: Desk, jobs: Sequence[Mapping[str, Any]]) -> Exit:
    """Wait for jobs and show what became of them."""
    watch = waiting.watch_on(sys.stderr, quiet=desk.given.quiet)
    try:
        ended = waiting.wait(desk.service, [dict(job) for job in jobs], watch)
    except KeyboardInterrupt:
        desk.complain(f"the work goes on: {_ways(jobs)}")
        return Exit.INTERRUPTED
    for job in ended:
        _show(desk, job)
    return exit_of(*(job["status"] for job in ended))


def _make(desk: Desk, verb: str, bodies: Sequence[Mapping[str, Any]]) -> Exit:
    more = _chosen(desk.given)
    key = desk.given.key
    if key is not None and len(bodies) > 1:
        raise CommandFailed(Exit.USAGE, "--key is for one job")
    headers = None if key is None else {_KEY: key}
    return _go_on(desk, (desk.service.post(verb, {**body, **more}, headers) for body in bodies))


def _go_on(desk: Desk, asked: Iterable[Mapping[str, Any]]) -> Exit:
    """Wait for jobs, each of which is made when it is taken."""
    jobs: list[Mapping[str, Any]] = []
    try:
        for job in asked:
            jobs.append(job)
            if desk.given.no_wait:
                desk.show(job, str(job["id"]))
    except (CommandFailed, KeyboardInterrupt):
        if jobs:
            desk.complain(f"these are made and go on: {_ways(jobs)}")
        raise
    return Exit.DONE if desk.given.no_wait else finish(desk, jobs)


def _ways(jobs: Iterable[Mapping[str, Any]]) -> str:
    """What can be done with jobs that go on."""
    numbers = " ".join(str(job["id"]) for job in jobs)
    return f"barbican-jobs wait {numbers}, or cancel {numbers}"


def _show(desk: Desk, job: Mapping[str, Any]) -> None:
    found = _found(desk, job)
    if desk.given.json:
        desk.say_json({**job, **found})
        return
    for name, shown in _SHOWN.items():
        if name in found:
            desk.say(shown(found[name]))
            return
    desk.say(showing.summary(job))
    if (why := showing.failure(job)) is not None:
        desk.complain(why)


def _found(desk: Desk, job: Mapping[str, Any]) -> dict[str, Any]:
    """The listing or the plan of a job that is done."""
    if job["status"] != "DONE" or not (job["type"] == "LIST" or job["dry_run"]):
        return {}
    output = desk.service.get(f"jobs/{job['id']}/elements/0/output")
    return {name: output[name] for name in _SHOWN if name in output}


_SHOWN: Final[Mapping[str, Callable[[Any], str]]] = {"listing": showing.listing, "plan": showing.plan}


def _source(desk: Desk, source: Place) -> dict[str, Any]:
    return {"src_siteid": desk.sites.id_of(source.site), "src_filepath": source.path}


def _own_name(source: Place) -> str:
    if not source.name or source.name == "~":
        raise CommandFailed(
            Exit.USAGE, f"{source.site}:{source.path} has no name of its own: copy it by itself"
        )
    return source.name


def _chosen(given: Namespace) -> dict[str, Any]:
    """What the options say of a job."""
    body = {name: value for name in _MEMBERS if (value := getattr(given, name, None)) is not None}
    extras = {
        _MEMBER_OF.get(name, name): value
        for name in _EXTRAS
        if (value := getattr(given, name, None)) is not None
    }
    if extras:
        body["extra_opts"] = extras
    if given.dry_run:
        body["dry_run"] = True
    return body
