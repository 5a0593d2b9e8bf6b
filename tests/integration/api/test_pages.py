"""Links between the pages of lists: where they lead, and what clients do with them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.support.caller import Caller, path_of

_CONSUMER = {"service": "s", "resource_type": "t"}


def _query(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query))


def _with(link: str, **changed: str) -> str:
    """The link with other parameters."""
    return f"{path_of(link).partition('?')[0]}?{urlencode(_query(link) | changed)}"


def _names(page: dict[str, object], member: str = "secrets") -> list[object]:
    return [item["name"] for item in page[member]]  # type: ignore[attr-defined]


def _followed(caller: Caller, path: str, word: str = "next") -> list[dict[str, object]]:
    """The pages that links lead through."""
    pages = [caller.get(path).json]
    while word in pages[-1]:
        pages.append(caller.get(path_of(pages[-1][word])).json)
    return pages


@pytest.fixture
def seven(any_caller: Caller) -> Caller:
    """A caller with seven secrets."""
    for number in range(7):
        any_caller.new_secret(name=f"s{number}")
    return any_caller


@pytest.mark.parametrize("query", ["", "&sort=name:desc", "&sort=algorithm,name&name=s%25", "&bits="])
def test_next_leads_to_the_end_and_previous_back(seven: Caller, query: str) -> None:
    """Each secret once, with the same total on every page; the first has no previous, the last no next."""
    pages = _followed(seven, f"/v1/secrets?limit=3{query}")
    names = [_names(page) for page in pages]
    assert len({name for page in names for name in page}) == sum(map(len, names)) == pages[0]["total"]
    assert {page["total"] for page in pages} == {pages[0]["total"]}
    back = _followed(seven, _with(f"/v1/secrets?limit=3&offset={3 * len(pages) - 3}{query}"), "previous")
    assert [_names(page) for page in back] == names[::-1]


def test_a_link_has_a_marker_beside_its_offset(seven: Caller) -> None:
    """And keeps the filters; the first page needs none."""
    page = seven.get("/v1/secrets?limit=3&offset=3&name=s%25").json
    following, before = _query(page["next"]), _query(page["previous"])
    assert following.pop("marker")
    assert following == {"limit": "3", "offset": "6", "name": "s%"}
    assert before == {"limit": "3", "offset": "0", "name": "s%"}
    last = seven.get(path_of(page["next"])).json
    assert _query(last["previous"]).keys() == {"limit", "offset", "marker", "name"}


def test_what_was_deleted_meanwhile_is_not_missed(seven: Caller) -> None:
    """Behind a marker nothing is left out, where an offset alone would leave out as many as have gone."""
    first = seven.get("/v1/secrets?limit=3").json
    for item in first["secrets"]:
        seven.delete(path_of(item["secret_ref"]))
    assert _names(seven.get(path_of(first["next"])).json) == ["s3", "s4", "s5"]
    assert _names(seven.get("/v1/secrets?limit=3&offset=3").json) == ["s6"]


def test_clients_that_count_by_themselves_are_served_as_before(seven: Caller) -> None:
    """One takes a link and changes its offset; the marker belongs to the other place, and is ignored."""
    link = seven.get("/v1/secrets?limit=3").json["next"]
    assert _names(seven.get(_with(link, offset="1")).json) == ["s1", "s2", "s3"]
    assert _names(seven.get(_with(link, offset="0")).json) == ["s0", "s1", "s2"]
    assert _names(seven.get(_with(link, limit="2")).json) == ["s3", "s4"]


def test_a_marker_of_another_order_is_ignored(seven: Caller) -> None:
    link = seven.get("/v1/secrets?limit=3").json["next"]
    assert _names(seven.get(_with(link, sort="name:desc")).json) == ["s3", "s2", "s1"]


@pytest.mark.parametrize("marker", ["", "x", "%00", "bnVsbA", "W10", "WzAsImEiXQ", "*" * 30, "A" * 5_000])
def test_what_is_no_marker_is_ignored(seven: Caller, marker: str) -> None:
    """As Barbican ignores each of them."""
    answer = seven.get(f"/v1/secrets?limit=3&marker={marker}")
    if marker == "%00":
        assert answer.status_int == 400
    else:
        assert _names(answer.json) == ["s0", "s1", "s2"]


def test_an_id_as_marker_asks_for_what_comes_behind_it(seven: Caller) -> None:
    """So openstacksdk goes on after the last page, and is done when nothing comes."""
    pages = _followed(seven, "/v1/secrets?limit=3")
    ids = [item["secret_ref"].rpartition("/")[2] for page in pages for item in page["secrets"]]  # type: ignore[attr-defined]
    after = seven.get(f"/v1/secrets?limit=3&marker={ids[1]}").json
    assert _names(after) == ["s2", "s3", "s4"]
    end = seven.get(f"/v1/secrets?limit=3&offset=6&marker={ids[-1]}").json
    assert (end["secrets"], end["total"]) == ([], 7)


def test_a_long_name_makes_no_link_that_is_too_long(any_caller: Caller) -> None:
    """Then the link has its offset alone, and leads on all the same."""
    for letter in "ab":
        any_caller.new_secret(
            name=letter + "\U0001f511" * 254, algorithm="\U0001f511" * 255, mode="\U0001f511" * 255
        )
    page = any_caller.get("/v1/secrets?limit=1&sort=name,algorithm,mode").json
    assert "marker" not in _query(page["next"])
    second = any_caller.get(path_of(page["next"])).json
    assert _names(page) + _names(second) == sorted(_names(page) + _names(second))
    assert second["secrets"] != page["secrets"]


def test_other_lists_are_linked_alike(any_caller: Caller) -> None:
    """Orders, containers, the consumers of a secret and of a container."""
    secret = any_caller.new_secret(name="x")
    container = path_of(any_caller.post("/v1/containers", {"type": "generic"}).json["container_ref"])
    for number in range(5):
        any_caller.new_order(name=f"o{number}")
        any_caller.post(f"{secret}/consumers", _CONSUMER | {"resource_id": str(number)})
        any_caller.post(f"{container}/consumers", {"name": f"c{number}", "URL": "u"})
        any_caller.post("/v1/containers", {"type": "generic", "name": f"n{number}"})
    for path, member, many in (
        ("/v1/orders", "orders", 5),
        ("/v1/containers", "containers", 6),
        (f"{secret}/consumers", "consumers", 5),
        (f"{container}/consumers", "consumers", 5),
    ):
        pages = _followed(any_caller, f"{path}?limit=2")
        items = [item for page in pages for item in page[member]]  # type: ignore[attr-defined]
        assert len(items) == many
        assert items == any_caller.get(path).json[member]
        assert all("marker" in _query(str(page["next"])) for page in pages[:-1])
        assert {page["total"] for page in pages} == {many}
