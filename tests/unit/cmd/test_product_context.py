"""The product's own context has the services that the configuration asks for."""

from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.cmd.supervise.instance import Instance
from barbican_like.cmd.supervise.product import launch_of
from barbican_like.cmd.supervise.running import ServiceStatus
from barbican_like.cmd.supervise.settings import Plan
from barbican_like.contexts.launch import Launch, read_launch


def launch(workers: int, *files: str, listener: bool = False) -> Launch:
    conf = rooms.load([])
    conf.set_override("enable", listener, group="keystone_notifications")
    plan = Plan(
        conf=conf,
        config_files=tuple(map(Path, files)),
        host="127.0.0.1",
        port=9311,
        auth="noauth",
        workers=workers,
    )
    return launch_of(Instance(Path("/d a;ta")), plan)


def test_a_launch_is_the_same_after_its_way_through_the_file(tmp_path: Path) -> None:
    wanted = launch(2, "/a b/one.conf")
    wanted.write(tmp_path / "launch.json")
    assert read_launch(tmp_path / "launch.json") == wanted
    assert (tmp_path / "launch.json").stat().st_mode & 0o077 == 0


def test_files_are_handed_on_in_their_order_and_as_they_are() -> None:
    words = launch(1, "/a ;b/one.conf", "/c/two.conf").commands["worker-1"].words
    assert words[-4:] == ("--config-file", "/a ;b/one.conf", "--config-file", "/c/two.conf")


@pytest.mark.parametrize(
    ("workers", "listener", "services"),
    [
        (0, False, set()),
        (1, False, {"worker-1"}),
        (3, True, {"worker-1", "worker-2", "worker-3", "keystone_listener"}),
    ],
)
def test_there_are_as_many_of_each_as_are_wanted(workers: int, listener: bool, services: set[str]) -> None:
    wanted = launch(workers, listener=listener)
    ids = services | {"api", "live", "transfer_worker-1"}
    assert {service.id for service in wanted.context.services} == ids == set(wanted.commands)


def test_every_service_of_the_product_is_always_started_again() -> None:
    services = launch(2, listener=True).context.services
    assert {service.restart for service in services} == {"permanent"}
    assert {service.id for service in services if service.reload == "overlap"} == {"api"}


@pytest.mark.parametrize(
    ("state", "failed"),
    [("STARTING", False), ("RUNNING", False), ("STOPPING", False), ("BACKOFF", True), ("FATAL", True)],
)
def test_a_service_has_failed_when_it_ended_unasked(state: str, failed: bool) -> None:
    assert ServiceStatus(name="worker-1", state=state, pid=None, detail="").has_failed is failed
