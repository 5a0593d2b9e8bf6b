"""openstacksdk's key_manager proxy, unmodified and whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from keystoneauth1.adapter import Adapter
from keystoneauth1.session import Session

from tests.support import sdk
from tests.support.instance import EMBEDDED, Instance
from tests.support.noauth_plugin import ProjectNoAuth
from tests.support.pipelines import LibraryScenario, Pipeline, Trial
from tests.support.scenarios.sdk import CALLS_OF_STORES, OF_THE_SERVICE, SCENARIOS

EVERYTHING = {"X-Roles": "admin,member,reader,creator,key-manager:service-admin"}


def of_everything(pipeline: Pipeline) -> Pipeline:
    """The same instance, by somebody who may do everything."""
    auth = ProjectNoAuth(pipeline.endpoint, f"project-{uuid.uuid4()}")
    session = Session(auth=auth, additional_headers=EVERYTHING)
    return replace(pipeline, sdk=sdk.proxy(session, pipeline.endpoint))


@pytest.fixture(scope="module")
def service(trial_on: Callable[[str], Trial]) -> Pipeline:
    """By somebody who looks after the service."""
    return of_everything(trial_on("noauth").pipeline)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_proxy_works(trial: Trial, scenario: LibraryScenario) -> None:
    trial.play(scenario)


@pytest.mark.parametrize("scenario", OF_THE_SERVICE)
def test_the_proxy_works_for_who_looks_after_the_service(
    service: Pipeline, scenario: LibraryScenario
) -> None:
    scenario(service)


def test_every_call_is_used(trial_on: Callable[[str], Trial], service: Pipeline) -> None:
    """A release of openstacksdk that brings more makes this fail, until there is a scenario for it.

    Those of stores are in tests/integration/api/test_sdk_stores.py.
    """
    used = set()
    for pipeline, scenarios in ((trial_on("noauth").pipeline, SCENARIOS), (service, OF_THE_SERVICE)):
        if not pipeline.sdk.used:
            for scenario in scenarios:
                scenario(pipeline)
        used |= pipeline.sdk.used
    assert sdk.calls() - used == CALLS_OF_STORES


@pytest.mark.parametrize("instance", [EMBEDDED], indirect=True)
def test_an_endpoint_that_ends_in_a_slash_is_served(instance: Instance, project: str) -> None:
    """Clients put a path behind it that begins with one."""
    session = Session(auth=ProjectNoAuth(instance.endpoint, project))
    for slashes in ("/", "//"):
        proxy = sdk.proxy(session, f"{instance.endpoint}{slashes}")
        made = proxy.create_secret(name="x", payload="hello", payload_content_type="text/plain")
        assert proxy.get_secret(made.secret_id).payload == "hello"
        reference = (
            Adapter(session, endpoint_override=f"{instance.endpoint}{slashes}").get("/v1/secrets").json()
        )
        assert reference["secrets"][0]["name"] == "x"
