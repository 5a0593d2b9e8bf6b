"""Pages of lists follow each other by markers as they do by offsets, on every database."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest

from barbican_like.common import ids
from barbican_like.model.database import Database
from barbican_like.model.filters import SecretFilter, SortKey
from barbican_like.model.lists import Part
from barbican_like.model.models import Container, Marker, Order, Page, Secret, TransportKey
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from tests.support.entities import (
    PROJECT,
    a_container,
    a_secret,
    add_containers,
    add_orders,
    add_secrets,
    an_order,
)
from tests.support.pages import walked, walked_back

NOON = datetime(2024, 2, 29, 12, 0, 0, 500000)  # noqa: DTZ001  naive, as the model is
ALL = Page(offset=0, limit=100)
FIRST = Page(offset=0, limit=2)
BY_NAME = SecretFilter(sort=(SortKey("name"),))

SORTS: tuple[tuple[SortKey, ...], ...] = (
    (),
    (SortKey("created", descending=True),),
    (SortKey("name"),),
    (SortKey("name", descending=True),),
    (SortKey("bit_length"), SortKey("name", descending=True)),
    (SortKey("expiration", descending=True), SortKey("created")),
    (SortKey("secret_type"), SortKey("mode")),
    (SortKey("status", descending=True),),
)


def secrets_of_all_kinds() -> list[Secret]:
    """Secrets with equal and with absent values in every column, and no two of one name and time."""
    names, lengths, modes = (None, "a", "b", "B"), (None, 128, 256), (None, "cbc")
    return [
        a_secret(
            name=names[n % 4],
            bit_length=lengths[n % 3],
            mode=modes[n % 2],
            created_at=NOON + timedelta(seconds=n // 5),
            expiration=None if n % 3 else NOON.replace(year=8996) + timedelta(days=n % 2),
        )
        for n in range(13)
    ]


def secrets_page(database: Database, wanted: SecretFilter) -> Callable[[Page], Part[Secret]]:
    """Gives pages of the test's project."""

    def page_of(page: Page) -> Part[Secret]:
        with Reading(database) as view:
            return view.secrets.list(PROJECT, wanted, page)

    return page_of


@pytest.mark.parametrize("sort", SORTS, ids=lambda keys: ",".join(map(str, (k.column for k in keys))))
@pytest.mark.parametrize("limit", [1, 4])
def test_markers_lead_through_the_whole_list_and_back(
    database: Database, sort: tuple[SortKey, ...], limit: int
) -> None:
    """In each order, with equal and absent values: each page is the one that its offset gives."""
    add_secrets(database, *secrets_of_all_kinds())
    page_of = secrets_page(database, SecretFilter(sort=sort))
    pages = list(walked(page_of, limit))
    assert pages == list(walked(page_of, limit, marked=False))
    assert list(chain(*pages)) == list(page_of(ALL).items)
    last = page_of(Page(offset=limit * (len(pages) - 1), limit=limit))
    assert list(walked_back(page_of, limit, limit * (len(pages) - 1), last.earlier)) == pages[-2::-1]


def test_a_page_behind_a_marker_needs_its_row_no_more(database: Database) -> None:
    """What a page ended with is deleted, others are put before it: nothing is missed or shown twice."""
    secrets = [a_secret(created_at=NOON + timedelta(hours=n)) for n in range(5)]
    add_secrets(database, *secrets)
    page_of = secrets_page(database, SecretFilter())
    later = page_of(FIRST).later
    with UnitOfWork(database) as uow:
        uow.secrets.delete(secrets[1].id)
        uow.commit()
    add_secrets(database, a_secret(created_at=NOON), a_secret(created_at=NOON))
    assert list(page_of(Page(offset=2, limit=2, marker=later)).items) == secrets[2:4]


def test_a_page_behind_a_marker_is_counted_with_what_comes_before_it(database: Database) -> None:
    """The total is the whole list's, on every page."""
    add_secrets(database, *(a_secret() for _ in range(5)))
    marker: Marker | None = None
    for offset in (0, 2, 4):
        with Reading(database) as view:
            page = Page(offset=offset, limit=2, marker=marker)
            part = view.secrets.list(PROJECT, SecretFilter(), page)
            assert view.total(part) == 5
        marker = part.later
    assert marker is None


@pytest.mark.parametrize(
    "marker",
    [
        Marker(order="-created_at,-id", values=("2024-02-29T12:00:00", "x")),
        Marker(order="created_at,id", values=("2024-02-29T12:00:00",)),
        Marker(order="created_at,id", values=("yesterday", "x")),
        Marker(order="created_at,id", values=(7, "x")),
        Marker(order="created_at,id", values=(None, "x")),
        Marker(order="created_at,id", values=("2024-02-29T12:00:00", None)),
        Marker(order="created_at,id", values=("2024-02-29T12:00:00", 7)),
        Marker(order="created_at,id", values=("2024-02-29T12:00:00", "\x00")),
        Marker(order="created_at,id", values=("0001-01-01T00:00:00+23:59", "x")),
        Marker(row_id="00000000-0000-4000-8000-000000000000"),
        Marker(),
    ],
    ids=str,
)
def test_what_is_no_marker_of_the_list_leaves_the_offset_to_count(database: Database, marker: Marker) -> None:
    """One of another order, with values that the columns cannot have, or of a row that is not there."""
    secrets = [a_secret(created_at=NOON + timedelta(hours=n)) for n in range(5)]
    add_secrets(database, *secrets)
    part = secrets_page(database, SecretFilter())(Page(offset=1, limit=2, marker=marker))
    assert list(part.items) == secrets[1:3]


def test_a_number_out_of_range_is_no_marker(database: Database) -> None:
    """PostgreSQL would refuse to compare it with a column."""
    add_secrets(database, *(a_secret(bit_length=n) for n in (8, 16)))
    marker = Marker(order="bit_length,id", values=(2**40, "x"))
    page_of = secrets_page(database, SecretFilter(sort=(SortKey("bit_length"),)))
    assert len(page_of(Page(offset=0, limit=9, marker=marker)).items) == 2


def test_an_id_stands_for_what_comes_behind_its_row(database: Database) -> None:
    """As clients of OpenStack ask, in the order that they ask for; a row of another project is none."""
    secrets = [a_secret(name=name) for name in ("c", "a", "b")]
    other = a_secret(project_id="another", name="a")
    add_secrets(database, *secrets, other)
    page_of = secrets_page(database, BY_NAME)
    found = page_of(Page(offset=0, limit=9, marker=Marker(row_id=secrets[1].id)))
    assert list(found.items) == [secrets[2], secrets[0]]
    assert list(page_of(Page(offset=0, limit=9, marker=Marker(row_id=secrets[0].id))).items) == []
    assert len(page_of(Page(offset=0, limit=9, marker=Marker(row_id=other.id))).items) == 3


def named_for(database: Database, reader: str, secrets: Sequence[Secret]) -> None:
    """Let the ACL of each secret name a user."""
    with UnitOfWork(database) as uow:
        for secret in secrets:
            uow.secret_acls.put(secret.id, project_access=False, users=("somebody", reader))
        uow.commit()


def test_what_acls_name_the_caller_for_is_paged_alike(database: Database) -> None:
    """In whatever project; what names others only, and what names nobody, is not there."""
    secrets = [a_secret(project_id=f"p{n % 2}", created_at=NOON + timedelta(hours=n)) for n in range(5)]
    add_secrets(database, *secrets, a_secret(), other := a_secret())
    named_for(database, "reader", secrets)
    named_for(database, "another", [other])

    def page_of(page: Page) -> Part[Secret]:
        with Reading(database) as view:
            part = view.secrets.list(PROJECT, SecretFilter(acl_only=True), page, "reader")
            assert view.total(part) == len(secrets)
        return part

    assert list(chain(*walked(page_of, 2))) == secrets


def orders_page(database: Database) -> Callable[[Page], Part[Order]]:
    """Ten orders, in twos of one time; gives their pages."""
    add_orders(database, *(an_order(created_at=NOON + timedelta(hours=n // 2)) for n in range(10)))

    def page_of(page: Page) -> Part[Order]:
        with Reading(database) as view:
            return view.orders.list(PROJECT, page, meta=())

    return page_of


def containers_page(database: Database) -> Callable[[Page], Part[Container]]:
    """Ten containers, likewise."""
    add_containers(database, *(a_container(created_at=NOON + timedelta(hours=n // 2)) for n in range(10)))

    def page_of(page: Page) -> Part[Container]:
        with Reading(database) as view:
            return view.containers.list(PROJECT, page, name=("n%",), type="generic")

    return page_of


def secret_consumers_page(database: Database) -> Callable[[Page], Part[Any]]:
    """Ten consumers of a secret, registered one after the other."""
    add_secrets(database, secret := a_secret())
    with UnitOfWork(database) as uow:
        for n in range(10):
            uow.secret_consumers.register(secret.id, "service", "type", str(n), creator_project_id=PROJECT)
        uow.commit()

    def page_of(page: Page) -> Part[Any]:
        with Reading(database) as view:
            return view.secret_consumers.list(secret.id, page)

    return page_of


def container_consumers_page(database: Database) -> Callable[[Page], Part[Any]]:
    """Ten consumers of a container, in twos of one name."""
    add_containers(database, container := a_container())
    with UnitOfWork(database) as uow:
        for n in range(10):
            uow.container_consumers.register(container.id, str(n // 2), str(n), creator_project_id=PROJECT)
        uow.commit()

    def page_of(page: Page) -> Part[Any]:
        with Reading(database) as view:
            return view.container_consumers.list(container.id, page)

    return page_of


def quotas_page(database: Database) -> Callable[[Page], Part[Any]]:
    """Ten projects with quotas."""
    with UnitOfWork(database) as uow:
        for n in range(10):
            uow.quotas.put(f"project-{n}", {"secrets": n})
        uow.commit()

    def page_of(page: Page) -> Part[Any]:
        with Reading(database) as view:
            return view.quotas.list(page)

    return page_of


def transport_keys_page(database: Database) -> Callable[[Page], Part[Any]]:
    """Ten transport keys, in twos of one time."""
    with UnitOfWork(database) as uow:
        for n in range(10):
            at = NOON + timedelta(hours=n // 2)
            key = TransportKey(
                id=ids.new_id(), plugin_name="x", transport_key="y", created_at=at, updated_at=at
            )
            uow.transport_keys.add(key)
        uow.commit()

    def page_of(page: Page) -> Part[Any]:
        with Reading(database) as view:
            return view.transport_keys.list(page, plugin_name="x")

    return page_of


@pytest.mark.parametrize(
    "pages_of",
    [
        orders_page,
        containers_page,
        secret_consumers_page,
        container_consumers_page,
        quotas_page,
        transport_keys_page,
    ],
)
def test_every_other_list_is_paged_alike(
    database: Database, pages_of: Callable[[Database], Callable[[Page], Part[Any]]]
) -> None:
    """By markers, by offsets, and back: the same pages."""
    page_of = pages_of(database)
    pages = list(walked(page_of, 3))
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert pages == list(walked(page_of, 3, marked=False))
    assert list(chain(*pages)) == list(page_of(ALL).items)
    last = page_of(Page(offset=9, limit=3))
    assert list(walked_back(page_of, 3, 9, last.earlier)) == pages[2::-1]
