"""A room more touches one list: with it there, every part of the program knows the room; without it, none."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbican_like import rooms
from barbican_like.cmd import db, manage, status
from barbican_like.cmd.supervise.instance import Instance as Place
from barbican_like.cmd.supervise.product import launch_of
from barbican_like.cmd.supervise.settings import Plan
from barbican_like.common import log
from barbican_like.common.errors import ConfigurationError
from barbican_like.common.notices import Notice
from barbican_like.model import migrate
from barbican_like.model.unit_of_work import Reading, UnitOfWork
from barbican_like.plugin.kinds import PROCESS_PROJECT_DELETION
from barbican_like.queue.claims import Claims
from barbican_like.queue.leases import Lease
from barbican_like.queue.transport import NullWaker
from tests.support.application import Instance, prepare, running
from tests.support.caller import Caller
from tests.support.sample_room.reader import Reader
from tests.support.sample_room.repository import NoteRepo
from tests.support.sample_room.room import SAMPLE

PASTE = Path(__file__).parents[3] / "etc" / "barbican" / "barbican-api-paste.ini"


@pytest.fixture(autouse=True)
def a_room_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one line: the sample is in the list."""
    monkeypatch.setattr(rooms, "ROOMS", (*rooms.ROOMS, SAMPLE))
    monkeypatch.setattr(log, "configure", lambda *, debug: None)  # the test run keeps its own log


def paste_file(folder: Path) -> Path:
    """The shipped file with the room's mount in it."""
    mounted = PASTE.read_text().replace("%(here)s", str(PASTE.parent))
    mounted = mounted.replace("/v1 = v1\n", "/v1 = v1\n/sample/v1 = sample\n", 1)
    mounted += (
        "\n[pipeline:sample]\npipeline = unauthenticated-context sampleapp\n"
        "\n[app:sampleapp]\npaste.app_factory = barbican_like.http.paste:room_app\nprefix = /sample/v1\n"
    )
    file = folder / "paste.ini"
    file.write_text(mounted)
    return file


def settings(folder: Path, more: str = "") -> str:
    return f"[api]\npaste_file = {paste_file(folder)}\n{more}"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with running(prepare(tmp_path, settings(tmp_path)), worker=False) as started:
        yield started


@pytest.fixture
def caller(instance: Instance) -> Caller:
    return instance.caller(X_Roles="member")


def texts(caller: Caller) -> list[str]:
    return sorted(caller.get("/sample/v1/notes").json["notes"])


def test_its_routes_are_served_with_its_schema_and_references(caller: Caller) -> None:
    answer = caller.post("/sample/v1/notes", {"text": "milk"})
    assert answer.status_int == 201
    reference = answer.json["note_ref"]
    assert reference.startswith("http://localhost:9311/sample/v1/notes/")
    assert caller.get(reference.removeprefix("http://localhost:9311")).json == {"text": "milk"}
    assert caller.post("/sample/v1/notes", {"text": 7}).status_int == 400
    assert caller.get("/sample/v1/nothing").status_int == 404
    assert caller.get("/v1/secrets").status_int == 200


def test_its_policies_are_asked_and_may_be_overridden(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text('"notes:post": "role:writer"\n')
    policies = f"[oslo_policy]\npolicy_file = {tmp_path / 'policy.yaml'}"
    with running(prepare(tmp_path, settings(tmp_path, policies)), worker=False) as instance:
        reader = instance.caller(X_Roles="reader")
        assert reader.get("/sample/v1/notes").status_int == 200
        assert reader.post("/sample/v1/notes", {"text": "x"}).status_int == 403
        assert instance.caller(X_Roles="writer").post("/sample/v1/notes", {"text": "x"}).status_int == 201


def test_oslo_policys_tools_know_its_rules() -> None:
    assert {"notes:get", "secrets:get"} <= {rule.name for rule in rooms.list_rules()}


def test_its_options_are_read_and_checked(tmp_path: Path) -> None:
    conf = prepare(tmp_path, settings(tmp_path, "[sample]\ngreeting = good day"))
    with running(conf, worker=False) as instance:
        assert instance.caller().get("/sample/v1/notes", headers={"X-Roles": "reader"}).json == {
            "greeting": "good day",
            "notes": [],
        }
    (tmp_path / "bad.conf").write_text("[quotas]\nquota_notes = many\n")
    with pytest.raises(ConfigurationError, match="quota_notes"):
        rooms.load(["--config-file", str(tmp_path / "bad.conf")])


def test_its_quota_is_kept(tmp_path: Path) -> None:
    """The second note is that of the room about the first."""
    conf = prepare(tmp_path, settings(tmp_path, "[quotas]\nquota_notes = 2"))
    with running(conf, worker=False) as instance:
        caller = instance.caller(X_Roles="member")
        assert caller.post("/sample/v1/notes", {"text": "first"}).status_int == 201
        assert caller.post("/sample/v1/notes", {"text": "second"}).status_int == 403
        assert len(texts(caller)) == 2


def test_every_kind_that_a_room_names_is_worked_by_it(instance: Instance) -> None:
    """And no other: what may be woken for, and cancelled by operators, is what workers work."""
    parts = instance.runtime.parts(NullWaker())
    claims = Claims(parts.database, Lease(parts.database, folder=None, term=30))
    for room in rooms.ROOMS:
        assert set(room.tasks(parts, claims)) == set(room.kinds)
    assert {"process_type_order", "shout"} <= set(rooms.kinds())


def test_it_hears_what_rooms_tell_and_writes_in_the_same_transaction(caller: Caller) -> None:
    caller.post("/sample/v1/notes", {"text": "milk"})
    assert texts(caller) == ["milk", "note created"]


def test_what_is_told_in_a_transaction_that_is_given_up_is_heard_by_nobody(instance: Instance) -> None:
    database = instance.runtime.database
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("p")
        uow.tell(Notice(object="secret", id="1", op="created", snapshot={"project_id": "p"}))
    with Reading(database) as view:
        assert view.of(NoteRepo).count() == 0


def test_an_observer_that_fails_undoes_the_whole_transaction(instance: Instance) -> None:
    database = instance.runtime.database
    with UnitOfWork(database) as uow:
        uow.projects.find_or_create("p")
        uow.tell(Notice(object="secret", id="1", op="created"))  # the sample misses the project in it
        with pytest.raises(KeyError):
            uow.commit()
    with Reading(database) as view:
        assert view.projects.find("p") is None


def test_its_routes_are_in_the_openapi_document(caller: Caller) -> None:
    served = caller.get("/v1/openapi.json").json
    assert served["paths"]["/sample/v1/notes/{note_id}"]["get"]["x-policy-rule"] == ["note:get"]
    assert served["paths"]["/v1/secrets"]["get"]["operationId"] == "list_secrets"
    assert "NewNote" in served["components"]["schemas"]


def test_its_tables_are_migrated_beside_the_key_managers(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert migrate.current(instance.runtime.database) == {one.head for one in rooms.migrations()}
    assert "sample_0002" in migrate.current(instance.runtime.database)
    file = str(Path(instance.conf.data_dir) / "barbican.conf")
    assert db.main(["--config-file", file, "current"]) == 0
    assert "sample" in capsys.readouterr().out
    assert status.main(["--config-file", file, "upgrade", "check"]) == 0


def test_a_database_without_its_tables_is_not_worked_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "ROOMS", rooms.ROOMS[:-1])
    conf = prepare(tmp_path)
    monkeypatch.setattr(rooms, "ROOMS", (*rooms.ROOMS, SAMPLE))
    with (
        pytest.raises(ConfigurationError, match="sample_0002, workqueue_0001 is needed"),
        running(conf, worker=False),
    ):
        pass


def test_its_command_is_one_of_barbican_manage(
    instance: Instance, caller: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    caller.post("/sample/v1/notes", {"text": "milk"})
    file = str(Path(instance.conf.data_dir) / "barbican.conf")
    assert manage.main(["--config-file", file, "notes", "count"]) == 0
    assert capsys.readouterr().out == "2\n"


def test_its_program_is_kept_by_the_supervisor(
    instance: Instance, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    plan = Plan(conf=instance.conf, config_files=(), host="", port=1, auth="noauth", workers=1)
    commands = launch_of(Place(tmp_path), plan).commands
    for name in ("notes_reader-1", "notes_reader-2"):
        assert commands[name].words[-2:] == ("-m", "tests.support.sample_room.reader")
    caplog.set_level(logging.INFO)
    Reader(instance.runtime).start()
    assert "notes.counted count=0" in caplog.text


def test_the_end_of_a_project_takes_what_the_room_keeps_for_it(tmp_path: Path) -> None:
    with running(prepare(tmp_path, settings(tmp_path))) as instance:
        caller, other = (instance.caller(X_Roles="member") for _ in range(2))
        for who in (caller, other):
            who.post("/sample/v1/notes", {"text": "milk"})
        with UnitOfWork(instance.runtime.database) as uow:
            project = uow.projects.find_or_create(caller.project_id)
            client = instance.runtime.parts(NullWaker()).client
            client.owe(uow, PROCESS_PROJECT_DELETION, project.id, project_id=caller.project_id)
            uow.commit()
        instance.orders_done.wait_for(project.id)
        assert (len(texts(caller)), len(texts(other))) == (0, 2)


def test_its_kind_of_task_is_worked(tmp_path: Path) -> None:
    """A request owes it, a worker has threads for its lane and works it."""
    with running(prepare(tmp_path, settings(tmp_path))) as instance:
        caller = instance.caller(X_Roles="member")
        reference = caller.post("/sample/v1/notes", {"text": "milk"}).json["note_ref"]
        instance.orders_done.wait_for(reference.rpartition("/")[2])
        assert texts(caller) == ["MILK", "note created"]


def test_without_its_line_in_the_list_nothing_of_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "ROOMS", rooms.ROOMS[:-1])
    assert "sample" not in rooms.options()
    assert "sample" not in {one.branch for one in rooms.migrations()}
    assert not any(rule.name.startswith("note") for rule in rooms.list_rules())
    assert not any(command.name == "notes" for command in rooms.commands())
    with running(prepare(tmp_path), worker=False) as instance:
        with UnitOfWork(instance.runtime.database) as uow:
            uow.tell(Notice(object="note", id="1", op="created"))
            uow.commit()
        assert instance.caller().get("/sample/v1/notes").status_int == 404
    (tmp_path / "mounted").mkdir()
    conf = prepare(tmp_path / "mounted", settings(tmp_path))
    with pytest.raises(ConfigurationError, match="prefix = /sample/v1"), running(conf, worker=False):
        pass


def test_where_nobody_listens_nothing_is_kept_to_be_told(tmp_path: Path) -> None:
    with running(prepare(tmp_path), worker=False) as instance:
        instance.runtime.database.observers = ()
        with UnitOfWork(instance.runtime.database) as uow:
            uow.tell(Notice(object="note", id="1", op="created"))
            assert not uow.is_observed
            assert uow._notices == []
