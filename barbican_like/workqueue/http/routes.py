"""Every route of the room."""

from __future__ import annotations

from typing import Final

from barbican_like.http.mount import Mount
from barbican_like.http.router import ID, Table
from barbican_like.workqueue.http import elements, jobs, sites
from barbican_like.workqueue.http.policies import PREFIX
from barbican_like.workqueue.http.values import ATTEMPT, INTEGER_ID
from barbican_like.workqueue.states import JobType

_ELEMENT: Final = ("jobs", ID, "elements", ID)

TABLE: Final[Table] = {
    ("jobs",): jobs.JobsController,
    ("jobs", ID): jobs.JobController,
    ("jobs", ID, "status"): jobs.JobStatusController,
    ("jobs", ID, "cancel"): jobs.JobCancelController,
    ("jobs", ID, "retry"): jobs.JobRetryController,
    ("jobs", ID, "output"): elements.JobOutputController,
    ("jobs", ID, "elements"): elements.ElementsController,
    _ELEMENT: elements.ElementController,
    (*_ELEMENT, "status"): elements.ElementStatusController,
    (*_ELEMENT, "output"): elements.ElementOutputController,
    (*_ELEMENT, "output", ID): elements.AttemptOutputController,
    **{(kind.lower(),): jobs.verb(kind) for kind in JobType},
    ("sites",): sites.SitesController,
    ("sites", ID): sites.SiteController,
    ("sites", ID, "credential"): sites.CredentialController,
    ("sites", ID, "check"): sites.SiteCheckController,
}

MOUNT: Final = Mount(
    prefix=PREFIX,
    table=TABLE,
    path_names={"jobs": "job_id", "elements": "element_id", "output": "attempt", "sites": "site_id"},
    path_schemas={"job_id": INTEGER_ID, "element_id": INTEGER_ID, "attempt": ATTEMPT, "site_id": INTEGER_ID},
)
