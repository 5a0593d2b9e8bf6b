"""The gateway's answers are counted beside the API's; who waits for changes does not look slow."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.live import Client, gateway_of

COUNTED = "barbican_http_requests_total"
SECONDS = "barbican_http_request_duration_seconds_sum"
CHANGES, LIVE = "/api/v1/activity/changes", "/api/v1/live"
WAITED = 1


def told(caller: Caller, name: str) -> dict[tuple[str, str], float]:
    """The values of a metric by route and status, of all that GET."""
    families = text_string_to_metric_families(caller.get("/metrics").text)
    found = [sample for family in families for sample in family.samples if sample.name == name]
    return {(one.labels["route"], one.labels.get("status", "")): one.value for one in found}


def test_answers_of_the_gateway_are_counted_when_they_begin(instance: Instance) -> None:
    async def talk(client: Client) -> None:
        last = (await client.answer(since="now"))[1]["last_seq"]
        await client.answer(since=last, feed="longpoll", timeout=WAITED)
        assert (await client.answer(since="nonsense"))[0] == 400
        async with client.socket() as socket:
            await socket.ask("count", object="secrets")

    operator = instance.caller("operators")
    before = told(operator, COUNTED), told(operator, SECONDS)
    with gateway_of(instance) as live:
        live.talk(operator, talk)
    after = told(operator, COUNTED), told(operator, SECONDS)
    grown = {key: value - before[0].get(key, 0) for key, value in after[0].items()}
    assert (grown[CHANGES, "200"], grown[CHANGES, "400"], grown[LIVE, "101"]) == (2, 1, 1)
    assert after[1][CHANGES, ""] - before[1].get((CHANGES, ""), 0) < WAITED
