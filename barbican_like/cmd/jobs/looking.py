"""The commands that look at jobs, and remove those that have ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barbican_like.cmd.jobs import showing
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import CommandFailed, Exit, exit_of

_TITLES: Final = ("ID", "TYPE", "STATUS", "DONE", "FAILED", "SIZE", "SOURCE", "DESTINATION")


def jobs(desk: Desk) -> Exit:
    """List jobs, the newest first."""
    given = desk.given
    found = list(desk.service.pages("jobs", given.limit, status=given.status, type=given.type))
    desk.show(found, "" if given.json else showing.table(_TITLES, (_row(desk, job) for job in found)))
    return Exit.DONE


def status(desk: Desk) -> Exit:
    """Show a job or one of its elements; the exit code tells how it ended."""
    job, *element = desk.given.job
    path = f"jobs/{job}" + (f"/elements/{element[0]}" if element else "")
    found = desk.service.get(path)
    desk.show(found, showing.fields(found))
    return exit_of(found["status"])


def log(desk: Desk) -> Exit:
    """Show the logs of a job, of an element, or of one attempt."""
    job, *rest = desk.given.job
    if not rest:
        every = "all" if desk.given.all else None
        found = desk.service.pages(f"jobs/{job}/output", attempts=every)
    elif desk.given.all:
        raise CommandFailed(Exit.USAGE, "--all is for a whole job: log JOB --all")
    else:
        element, *attempt = rest
        path = f"jobs/{job}/elements/{element}/output" + (f"/{attempt[0]}" if attempt else "")
        found = iter([desk.service.get(path)])
    for output in found:
        desk.show(output, _logged(output))
    return Exit.DONE


def delete(desk: Desk) -> Exit:
    """Remove jobs that have ended, with their logs."""
    for number in desk.given.jobs:
        desk.service.delete(f"jobs/{number}")
    return Exit.DONE


def _logged(output: Mapping[str, Any]) -> str:
    title = (
        f"== job {output['jobid']}, element {output['elementid']}, attempt {output['attempt']}: "
        f"{output['type']} {output['status']}"
    )
    return f"{title}\n{showing.safe(output['log'].rstrip(), lines=True)}"


def _row(desk: Desk, job: Mapping[str, Any]) -> tuple[object, ...]:
    target = None
    if job["dst_filepath"] is not None:
        target = f"{desk.sites.name_of(job['dst_siteid'])}:{job['dst_filepath']}"
    return (
        job["id"],
        job["type"],
        job["status"],
        f"{job['num_done']}/{job['num_elements']}",
        job["num_failed"],
        showing.size(job["bytes_total"]),
        f"{desk.sites.name_of(job['src_siteid'])}:{job['src_filepath']}",
        target,
    )
