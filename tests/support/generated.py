"""Makes requests that schemathesis has drawn reach something: real ids in paths, references that exist."""

from __future__ import annotations

import base64
import string
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from barbican_like.model.filters import SECRET_SORT_COLUMNS
from tests.support.caller import Caller, id_of

HOST = "http://localhost:9311"
PASSWORD = "password-of-the-tests"
AUTHORIZATION = {"Authorization": "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()}
REFUSALS = {"expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "413", "415", "429"]}
"""What may be said to a request that the schemas forbid: 413 is not among schemathesis's own."""
ACCEPTANCE = {"expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "413", "429", "5xx"]}
"""And to one that they allow: a list may be as long as its schema lets it, and too long for a body (413)."""
_REFERENCES: list[str] = []
_LATER = st.datetimes(datetime.fromisoformat("2100-01-01"), datetime.fromisoformat("9000-01-01"))
_ANY_TIME = st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("9000-01-01"))
_COMPARISONS = [[""], ["gt:"], ["gte:"], ["lt:"], ["lte:"], ["gt:", "lt:"], ["gte:", "lt:"]]
_DIRECTIONS = st.sampled_from(["", ":asc", ":desc"])


def _spelled(moment: datetime) -> str:
    return moment.isoformat()


def _conditions(comparisons: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(*(_ANY_TIME.map(_spelled) for _ in comparisons)).map(
        lambda moments: ",".join(word + moment for word, moment in zip(comparisons, moments, strict=True))
    )


def register_formats() -> None:
    """Teach schemathesis the formats of the document that are this API's own."""
    schemathesis.openapi.format("future-date-time", _LATER.map(_spelled))
    schemathesis.openapi.format(
        "date-conditions",
        st.sampled_from(_COMPARISONS).flatmap(_conditions),
    )
    schemathesis.openapi.format(
        "sort-keys",
        st.lists(st.sampled_from(sorted(SECRET_SORT_COLUMNS)), min_size=1, max_size=3, unique=True).flatmap(
            lambda keys: st.tuples(*(_DIRECTIONS for _ in keys)).map(
                lambda words: ",".join(key + word for key, word in zip(keys, words, strict=True))
            )
        ),
    )
    schemathesis.openapi.format("secret-ref", st.integers(0, 7).map(lambda number: _REFERENCES[number]))


class Things:
    """What a project has, for requests to be about.

    :param caller: an admin of the project.
    :param names: of things of the registry, by parameters of paths.
    """

    def __init__(self, caller: Caller, names: Mapping[str, str]) -> None:
        self._caller = caller
        self._names = names
        self._kept: dict[str, str] = {}
        if not _REFERENCES:
            _REFERENCES.extend(HOST + caller.new_secret(name=letter) for letter in string.ascii_lowercase[:8])

    def prepare(self, case: Case) -> None:
        """Put real ids into the path of every second case; mend what no schema can say of a sound request."""
        path = case.path_parameters or {}
        name = next((name for name in path if name.endswith("_id") and name != "project_id"), None)
        if name is not None and _is_drawn(path[name]) and path[name][-1] in "13579bdf":
            # Assigned anew, or schemathesis does not see the change.
            case.path_parameters = {**path, name: self._id(name.removesuffix("_id"), case)}
        name = next((name for name in path if name in self._names), None)
        is_sound = case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH)
        if name is not None and is_sound and case.method == "GET" and len(path[name]) % 2:
            case.path_parameters = {**path, name: self._names[name]}
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.BODY):
            _mend(case)
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.QUERY):
            _mend_place(case)
        headers = dict(case.headers or {})
        if _is_of_another_service(headers.get("OpenStack-API-Version")):
            del headers["OpenStack-API-Version"]
        if case.media_type == "text/plain":
            headers.pop("Content-Encoding", None)  # of a text it is ignored
        if "force" in (case.query or {}):
            headers["OpenStack-API-Version"] = "key-manager 1.2"  # before, it is ignored
        if "/secret-store/" in case.path:
            headers["OpenStack-API-Version"] = "key-manager 1.3"  # before, it is not there
        if headers != dict(case.headers or {}):
            case.headers = headers

    def _id(self, kind: str, case: Case) -> str:
        """An id of a thing that the case may remove or fill, or that stays for others to read."""
        kept = case.method not in {"DELETE", "PUT"} or not case.path.endswith("_id}")
        if kept and kind in self._kept:
            return self._kept[kind]
        if kind == "secret_store":
            stores = self._caller.get("/v1/secret-stores").json["secret_stores"]
            return id_of(stores[0]["secret_store_ref"])
        made = id_of(
            getattr(self, f"_new_{kind}")(filled=case.method != "PUT" or "/secret-store/" in case.path)
        )
        if kept:
            self._kept[kind] = made
        return made

    def _new_secret(self, *, filled: bool) -> str:
        payload = {"payload": "text", "payload_content_type": "text/plain"} if filled else {}
        return self._caller.new_secret(**payload)

    def _new_order(self, *, filled: bool) -> str:
        return self._caller.new_order()

    def _new_container(self, *, filled: bool) -> str:
        return str(self._caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])

    def _new_event(self, *, filled: bool) -> str:
        data = {"name": "x", "shortname": f"a{uuid.uuid4().hex}"}
        event = {"action": "REQ", "object": {"type": "AUTHORITY"}, "data": data}
        return str(self._caller.post("/api/v1/activity", {"event": event}).json["events"][0])

    def _new_subscription(self, *, filled: bool) -> str:
        made = self._caller.post("/api/v1/subscriptions", {"target": "https://hooks.example/all"})
        return str(made.json["result"][0]["id"])

    def _new_transport_key(self, *, filled: bool) -> str:
        body = {"plugin_name": "store", "transport_key": "key"}
        return str(self._caller.post("/v1/transport_keys", body).json["transport_key_ref"])


def _is_of_another_service(version: object) -> bool:
    """Whether a header's text asks this service for no version, so that whatever it says is ignored."""
    parts = [part.split() for part in str(version).split(",")]
    return all(len(part) == 2 and part[0].lower() != "key-manager" for part in parts)


def _is_drawn(text: object) -> bool:
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _mend_place(case: Case) -> None:
    """Let a place in the feed be one that is there, and not stand beside what it does not go with."""
    query = dict(case.query or {})
    if "since" in query:
        if query.get("include_initial") == "true":
            del query["since"]
        elif query["since"] != "now":
            query["since"] = "0"
        case.query = query


def _mend(case: Case) -> None:
    if (case.headers or {}).get("Content-Encoding") == "base64" and isinstance(case.body, str):
        case.body = base64.b64encode(case.body.encode()).decode()
    if isinstance(case.body, dict) and isinstance(case.body.get("since"), int | float):
        case.body = {**case.body, "since": 0}  # a place in the feed that is there
    if case.path == "/v1/containers" and isinstance(case.body, dict) and case.body.get("secret_refs"):
        case.body = {**case.body, "secret_refs": _distinct(case.body["secret_refs"], case.body["type"])}


def _distinct(references: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """No name and no secret twice, and the names that the type needs: JSON Schema has no words for these."""
    needed = {"rsa": ["public_key", "private_key"], "certificate": ["certificate"]}.get(kind, [])
    names = [*needed, *(name for item in references if (name := (item.get("name") or "").strip()))]
    found = dict.fromkeys(names)
    return [
        {"name": name, "secret_ref": reference}
        for name, reference in zip(found, dict.fromkeys(_REFERENCES), strict=False)
    ]
