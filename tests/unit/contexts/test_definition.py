"""The values of a context file."""

import json

import pytest

from barbican_like.contexts.definition import (
    Context,
    Reload,
    Restart,
    TaskService,
    Transition,
    Trigger,
    TriggerAction,
    context_from_json,
)


def context(*services: TaskService) -> Context:
    return Context(
        name="Walk",
        front_endpoint="tcp://127.0.0.1:5556",
        back_endpoint="tcp://127.0.0.1:5557",
        front_bind="tcp://*:5557",
        back_bind="tcp://*:5556",
        services=services,
    )


def test_a_context_is_the_same_after_its_way_through_json() -> None:
    walk = TaskService(
        id="ts_1",
        instance="Walk",
        name="state",
        configuration={"device_action": "pass"},
        triggers={Transition.ON_EXIT: Trigger(action=TriggerAction.START, call="ts_2")},
        restart=Restart.PERMANENT,
        reload=Reload.OVERLAP,
        depends_on=("ts_2",),
        memory_mib=64,
    )
    whole = context(walk, TaskService(id="ts_2", instance="Run", name="state"))
    assert context_from_json(json.loads(json.dumps(whole.as_json()))) == whole


def test_a_count_makes_numbered_services_and_what_depends_on_them_waits_for_all() -> None:
    api = TaskService(id="api", instance="Api", name="api", depends_on=("worker",))
    worker = TaskService(id="worker", instance="Worker", name="worker", count="workers")
    made = context(api, worker).counted({"workers": 2})
    assert [service.id for service in made.services] == ["api", "worker-1", "worker-2"]
    assert made.services[0].depends_on == ("worker-1", "worker-2")
    assert made.services[2].group == "worker"
    assert [service.id for service in context(api, worker).counted({"workers": 0}).services] == ["api"]


def test_a_count_without_a_number_is_an_error() -> None:
    worker = TaskService(id="worker", instance="Worker", name="worker", count="workers")
    with pytest.raises(KeyError):
        context(worker).counted({})
