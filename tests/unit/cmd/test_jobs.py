"""What ``barbican-jobs`` makes of its words and its environment, without a server."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.identity import v3
from keystoneauth1.noauth import NoAuth
from keystoneauth1.token_endpoint import Token

from barbican_like.cmd.jobs import moving, progress, showing, waiting
from barbican_like.cmd.jobs.desk import Desk
from barbican_like.cmd.jobs.exits import MEANINGS, CommandFailed, Exit, exit_of
from barbican_like.cmd.jobs.login import login
from barbican_like.cmd.jobs.main import main
from barbican_like.cmd.jobs.places import Place, Sites, place
from barbican_like.cmd.jobs.service import Unreachable
from barbican_like.cmd.jobs.words import Words

JOB = {
    "id": 7,
    "type": "COPY",
    "status": "RUNNING",
    "num_elements": 3,
    "num_done": 1,
    "num_failed": 0,
    "num_running": 1,
    "bytes_total": 100,
    "bytes_done": 10,
}


def words(*given: str) -> Namespace:
    return Words().parser.parse_args([*given, "sites"])


class Service:
    """Answers GETs from a list; an Unreachable in it is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def get(self, path: str, **query: object) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, path: str, *given: object) -> Any:
        return self.get(path)

    def pages(self, path: str, **query: object) -> Any:
        return iter(self.get(path))


class Watch(waiting.Silence):
    """Remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, int]] = []

    def show(self, job: Any, moving: int) -> None:
        self.shown.append((job["status"], moving))


@pytest.mark.parametrize("command", [[], *([name] for name in Words().commands)])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: barbican-jobs" in capsys.readouterr().out


def test_the_help_has_every_exit_code() -> None:
    help_text = Words().parser.format_help()
    assert set(MEANINGS) == set(Exit)
    assert all(f"  {code.value:<4} {meaning}" in help_text for code, meaning in MEANINGS.items())


def test_no_option_takes_a_password() -> None:
    """The password's own words are a file's name and variables."""
    every = Words(width=1000)
    texts = [every.parser.format_help(), *(one.format_help() for one in every.commands.values())]
    assert all("--password " not in text and "--token" not in text for text in texts)


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, NoAuth),
        ({"OS_USERNAME": "a", "OS_PASSWORD": "p"}, HTTPBasicAuth),
        ({"OS_USERNAME": "a", "BARBICAN_PASSWORD": "p", "OS_AUTH_TYPE": "http_basic"}, HTTPBasicAuth),
        ({"OS_USERNAME": "a", "BARBICAN_AUTH": "noauth"}, NoAuth),
        ({"OS_AUTH_URL": "http://k/v3", "OS_USERNAME": "a", "OS_PASSWORD": "p"}, v3.Password),
        ({"OS_AUTH_URL": "http://k/v3", "OS_TOKEN": "t"}, v3.Token),
        ({"OS_TOKEN": "t", "BARBICAN_ENDPOINT": "http://s"}, Token),
    ],
)
def test_the_environment_says_how_to_authenticate(environment: dict[str, str], kind: type) -> None:
    assert type(login(words(), environment).session.auth) is kind


def test_without_authentication_project_and_user_are_headers() -> None:
    found = login(
        words("--project", "demo"), {"OS_PROJECT_ID": "other", "OS_USERNAME": "u", "BARBICAN_AUTH": "noauth"}
    )
    assert found.session.additional_headers == {"X-Project-Id": "demo", "X-User-Id": "u"}
    assert found.url == "http://localhost:9311"


@pytest.mark.parametrize(
    ("given", "environment", "said"),
    [
        (("--auth", "basic"), {}, "OS_USERNAME"),
        (("--auth", "keystone"), {}, "OS_AUTH_URL"),
        ((), {"OS_AUTH_URL": "http://k"}, "OS_USERNAME"),
        ((), {"BARBICAN_AUTH": "magic"}, "noauth, basic, keystone"),
        (("--user", "a", "--password-file", "/nowhere/x"), {"OS_USERNAME": "a"}, "No such file"),
    ],
)
def test_what_is_missing_to_authenticate_is_said(
    given: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    with pytest.raises(CommandFailed, match=said) as refused:
        login(words(*given), environment)
    assert refused.value.exit_code is Exit.REFUSED


def test_a_password_is_read_from_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_text("a b \n")
    path.chmod(0o600)
    found = login(words("--password-file", str(path)), {"OS_USERNAME": "u"})
    assert isinstance(found.session.auth, HTTPBasicAuth)
    assert found.session.auth.password == "a b "


def test_a_place_ends_its_site_at_the_first_colon() -> None:
    assert place("in:a:b") == Place(site="in", path="a:b")
    for text in ("in", "in:", ":x"):
        with pytest.raises(ValueError, match=text):
            place(text)


def test_ones_own_site_comes_before_public_ones_of_that_name_and_a_name_before_an_id() -> None:
    found = [
        {"id": 1, "name": "a", "is_owner": False},
        {"id": 2, "name": "a", "is_owner": True},
        {"id": 3, "name": "b", "is_owner": False},
        {"id": 4, "name": "b", "is_owner": False},
        {"id": 5, "name": "1", "is_owner": True},
    ]
    sites = Sites(Service(found))
    assert (sites.id_of("a"), sites.id_of("1"), sites.id_of("2"), sites.id_of("99")) == (2, 5, 2, 99)
    with pytest.raises(CommandFailed, match="which of 3, 4"):
        sites.id_of("b")


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (("DONE", "DONE"), Exit.DONE),
        (("DONE", "CANCELLED"), Exit.CANCELLED),
        (("CANCELLED", "FAILED"), Exit.FAILED),
        (("DONE", "SUBMITTED"), Exit.UNFINISHED),
    ],
)
def test_of_several_jobs_the_worst_gives_the_exit_code(statuses: tuple[str, ...], code: Exit) -> None:
    assert exit_of(*statuses) is code


def test_a_wait_outlives_a_server_that_is_away_for_a_moment() -> None:
    service = Service(
        [{"transferred": 5}],
        Unreachable("away"),
        Unreachable("away"),
        JOB | {"status": "DONE", "num_running": 0},
    )
    watch = Watch()
    (job,) = waiting.wait(service, [JOB], watch)  # type: ignore[arg-type]
    assert job["status"] == "DONE"
    assert watch.shown == [("RUNNING", 5), ("DONE", 0)]


def test_a_job_that_is_gone_meanwhile_ends_the_wait() -> None:
    service = Service([], CommandFailed(Exit.REFUSED, "404"))
    with pytest.raises(CommandFailed, match="404"):
        waiting.wait(service, [JOB], Watch())  # type: ignore[arg-type]


def test_progress_is_of_bytes_where_there_are_any_else_of_elements() -> None:
    assert progress.measure(JOB, 20) == (30, 100)
    assert progress.measure(JOB, 500) == (100, 100)
    assert progress.measure(JOB | {"bytes_total": 0}, 0) == (1, 3)
    assert progress.measure(JOB | {"num_elements": 1}, 0) == (0, None)


def test_what_a_terminal_would_obey_is_shown_as_text() -> None:
    assert showing.safe("a\x1b[0m\r\n\u202eb\udce9") == r"a\x1b[0m\r\n\u202eb\udce9"
    assert showing.safe("a\nb", lines=True) == "a\nb"


@pytest.mark.parametrize(("more", "out"), [([], ""), (["--no-wait"], "7\n8\n")])
def test_jobs_that_are_made_before_one_is_refused_are_named(
    more: list[str], out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else nobody would know of them, and the command be given again."""
    given = Words().parser.parse_args(["mkdir", *more, "in:a", "in:b", "in:c"])
    refused = CommandFailed(Exit.REFUSED, "400 Bad Request: no")
    service: Any = Service(JOB, JOB | {"id": 8}, refused)
    sites: Any = SimpleNamespace(id_of=lambda name: 1)
    with pytest.raises(CommandFailed, match="400"):
        moving.mkdir(Desk(given=given, service=service, sites=sites))
    said = capsys.readouterr()
    assert said.out == out
    assert said.err == "barbican-jobs: these are made and go on: barbican-jobs wait 7 8, or cancel 7 8\n"
