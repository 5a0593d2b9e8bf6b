"""The OpenAPI document as such: valid, and about every route and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from barbican_like.api import routes
from barbican_like.http import document
from barbican_like.http.controller import ASKS_ITSELF, Controller, Operation
from barbican_like.http.router import ID, Table
from barbican_like.http.schema import named, resolved
from tests.support.application import Instance
from tests.support.caller import Caller
from tests.support.openapi import DOCUMENT, LIMITS, SERVED, operations

_OTHERS = ("/contexts/", "/operations/", "/metrics")


class Unheard(Controller[Any]):
    """A route whose operation is not described."""

    @Operation("Something", rule="secrets:get")
    def on_get(self, *_: object) -> None:
        """Never called."""


def test_the_document_is_valid_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []
    assert DOCUMENT["openapi"].startswith("3.1.")


def test_what_is_served_is_the_document_with_the_server_s_address_and_limits(new_instance: Any) -> None:
    settings = "host_href = https://keys.example/barbican/\nmax_allowed_secret_in_bytes = 77"
    served = new_instance(settings, worker=False).caller().get("/v1/openapi.json").json
    assert served["servers"] == [{"url": "https://keys.example/barbican"}]
    assert served["components"]["schemas"]["Text"]["maxLength"] == 77
    shown = {path: item for path, item in served["paths"].items() if not path.startswith(_OTHERS)}
    assert shown == DOCUMENT["paths"]


def test_any_role_may_read_it_and_nobody_without_a_project(instance: Instance, caller: Caller) -> None:
    assert instance.caller(X_Roles="nothing").get("/v1/openapi.json").status_int == 200
    assert caller.get("/v1/openapi.json", headers={"X-Project-Id": ""}).status_int == 400


def served_operations() -> Iterator[tuple[str, str, Operation]]:
    """Every operation of every route table."""
    for routes_ in SERVED:
        yield from document.operations_of(routes_)


def test_every_route_and_method_is_in_it_and_no_other() -> None:
    served = {
        (method, prefix + "/".join(pattern))
        for prefix, table in ((f"{mount.prefix.rstrip('/')}/", mount.table) for mount in SERVED)
        for pattern, controller in table.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(controller, f"on_{method.lower()}")
    }
    assert {(method, _pattern(path)) for path, method, _ in operations()} == served


def _pattern(path: str) -> str:
    words = path.split("/")
    return "/".join(ID if word.startswith("{") else word for word in words)


def test_a_route_without_a_description_is_refused() -> None:
    root, ours, *_ = SERVED
    table: Table = {**routes.KEY_MANAGER, ("unheard",): Unheard}
    with pytest.raises(LookupError, match="GET /v1/unheard is not described"):
        document.build((root, replace(ours, table=table)), LIMITS)


def test_two_schemas_of_one_name_are_refused() -> None:
    components: dict[str, Any] = {}
    same = [named("Thing", {"type": "string"}), named("Thing", {"type": "string"})]
    assert resolved(same, components) == [{"$ref": "#/components/schemas/Thing"}] * 2
    with pytest.raises(LookupError, match="two schemas are named Thing"):
        resolved(named("Thing", {"type": "null"}), components)


def test_each_operation_names_the_policy_rule_that_its_handler_asks() -> None:
    """A handler that asks by itself names its rules in its description; calls are watched elsewhere."""
    for path, method, asked in served_operations():
        shown = DOCUMENT["paths"][path][method.lower()].get("x-policy-rule", [])
        by_itself = asked.rules
        assert shown == ([asked.rule] if isinstance(asked.rule, str) else list(by_itself)), (method, path)
        assert bool(by_itself) is (asked.rule is ASKS_ITSELF), (method, path)


def test_operation_ids_are_unique_and_summaries_are_the_names_in_error_texts() -> None:
    found = [shown["operationId"] for _, _, shown in operations()]
    assert len(set(found)) == len(found)
    names = {(path, method): asked.name for path, method, asked in served_operations()}
    assert {(path, method): shown["summary"] for path, method, shown in operations()} == names


def test_only_the_version_list_and_the_page_need_no_authentication() -> None:
    open_to_all = {path for path, _, shown in operations() if shown.get("security") == []}
    assert open_to_all == {"/", "/ui/", "/ui/session"}
    assert {name for each in DOCUMENT["security"] for name in each} == {"token", "basic", "project"}


def test_every_answer_of_the_frame_is_in_it_where_it_can_occur() -> None:
    """Those that are given before an operation is asked: by the edge, by the brake, to pages."""
    for path, method, shown in operations():
        expected = {"403", "421", "431", "503"}
        if "requestBody" in shown:
            expected |= {"408", "413"}
        if shown.get("security") != []:
            expected.add("429")
        assert expected <= set(shown["responses"]), (method, path)
