"""``barbican-jobs`` against a started instance with its transfer worker."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import BASIC_PASSWORD
from tests.support.instance import Instance, running
from tests.support.jobs_command import PROGRAM, JobsCommand
from tests.support.ports import free_port


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "sites").mkdir()
    with running(folder, f"[workqueue]\nfile_roots = {folder / 'sites'}\n") as started:
        yield started


@pytest.fixture
def folders(instance: Instance) -> Path:
    """A folder for the sites of one test."""
    folder = instance.operator.cwd / "sites" / uuid.uuid4().hex
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True)
    return folder


@pytest.fixture
def jobs(instance: Instance, project: str, tmp_path: Path) -> JobsCommand:
    return JobsCommand(tmp_path, {"BARBICAN_ENDPOINT": instance.endpoint, "OS_PROJECT_ID": project})


@pytest.fixture
def sited(jobs: JobsCommand, folders: Path) -> JobsCommand:
    """With the sites ``in`` and ``out``, which are folders; a file of ``slow`` takes three seconds."""
    for name in ("in", "out"):
        jobs.good("addsite", name, (folders / name).as_uri())
    jobs.good("addsite", "slow", "dummy://any/?files=1&size=90000&rate=30000")
    return jobs


def test_a_tree_is_copied_listed_renamed_and_removed(sited: JobsCommand, folders: Path) -> None:
    (folders / "in/tree/deep").mkdir(parents=True)
    (folders / "in/tree/deep/one").write_text("1")
    (folders / "in/tree/two").write_text("22")
    assert "DONE: 3 of 3 elements, 3 B" in sited.good("copy", "in:tree", "out:kept/tree")
    assert (folders / "out/kept/tree/deep/one").read_text() == "1"
    listed = sited.good("list", "out:kept", "--depth", "-1")
    assert re.search(r"^-rw-\S+ +2 \d{4}-\d\d-\d\d \d\d:\d\d two$", listed, re.MULTILINE)
    assert "kept/tree/deep:" in listed
    sited.good("rename", "out:kept/tree", "out:kept/other")
    assert (folders / "out/kept/other/two").read_text() == "22"
    sited.good("mkdir", "out:empty/below", "out:more")
    assert (folders / "out/empty/below").is_dir()
    assert (folders / "out/more").is_dir()
    sited.good("remove", "out:kept", "out:more")
    assert not (folders / "out/kept").exists()


def test_several_sources_are_copied_into_a_directory(sited: JobsCommand, folders: Path) -> None:
    for name in ("a", "b"):
        (folders / "in" / name).write_text(name)
    sited.good("copy", "in:a", "in:b", "out:both")
    assert {path.name for path in (folders / "out/both").iterdir()} == {"a", "b"}


def test_a_site_of_another_name_is_not_found_and_a_number_is_an_id(sited: JobsCommand) -> None:
    assert "there is no site elsewhere" in sited.refused(1, "list", "elsewhere:x")
    site = sited.json("site", "in")
    assert sited.json("list", f"{site['id']}:/")["src_siteid"] == site["id"]
    assert "400 Bad Request" in sited.refused(1, "list", "999999:/")


def test_the_exit_code_tells_how_a_job_ended(sited: JobsCommand) -> None:
    done = sited.run("remove", "in:nothing", "--json")
    job = json.loads(done.stdout)
    assert (done.returncode, job["status"], job["error"]["code"]) == (4, "FAILED", "NOT_FOUND")
    assert sited.run("status", str(job["id"])).returncode == 4
    complaint = sited.refused(4, "wait", str(job["id"]), "--quiet")
    assert f"job {job['id']}, element 0: NOT_FOUND" in complaint
    number = sited.good("copy", "slow:x/file-000000", "out:x", "--no-wait", "--bandwidth", "100").strip()
    assert sited.run("status", number).returncode == 6
    sited.good("cancel", number)
    assert sited.run("wait", number).returncode == 5
    assert "409 Conflict" in sited.refused(1, "retry", sited.good("mkdir", "in:y", "--no-wait").strip())


def test_a_bar_is_drawn_on_a_terminal_and_moves(sited: JobsCommand) -> None:
    """It is on the standard error; the standard output has the result alone."""
    code, printed, shown = sited.on_terminal("copy", "slow:x/file-000000", "out:bar")
    assert code == 0
    assert printed.startswith("job ")
    assert printed.count("\n") == 1
    parts = {int(number) for number in re.findall(r"(\d+)%", shown)}
    assert 100 in parts
    assert any(0 < part < 100 for part in parts), shown
    assert "━" in shown


def test_lines_are_printed_elsewhere_and_none_when_quiet(sited: JobsCommand) -> None:
    done = sited.process("mkdir", "out:plain")
    lines = done.stderr.splitlines()
    assert re.fullmatch(r"job \d+ DONE: 1/1 elements", lines[-1])
    assert "\x1b" not in done.stderr
    assert sited.run("mkdir", "out:plain", "--quiet").stderr == ""


def test_a_wait_that_is_interrupted_leaves_the_job_at_work(sited: JobsCommand) -> None:
    with subprocess.Popen(
        [PROGRAM, "copy", "slow:x/file-000000", "out:left"],
        env=sited.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        process.stderr.readline()  # it waits by now
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    number = re.search(r"the work goes on: barbican-jobs wait (\d+)", complaint)
    assert number is not None, complaint
    assert json.loads(sited.run("status", number[1], "--json").stdout)["status"] != "CANCELLED"
    sited.good("cancel", number[1])


def test_logs_are_shown_of_a_job_an_element_and_an_attempt(sited: JobsCommand) -> None:
    job = sited.json("mkdir", "out:logged")
    whole = sited.good("log", str(job["id"]))
    assert "element 0, attempt 1: MKDIR DONE" in whole
    for reference in (f"{job['id']}.0", f"{job['id']}.0.1", f"{job['id']}.0.-1"):
        assert sited.json("log", reference)["log"] in whole
    assert "400 Bad Request: attempt is none" in sited.refused(1, "log", f"{job['id']}.0.7")
    assert sited.json("status", f"{job['id']}.0")["type"] == "MKDIR"
    sited.good("delete", str(job["id"]))
    assert "404 Not Found" in sited.refused(1, "status", str(job["id"]))


def test_jobs_are_listed_by_status_and_type(sited: JobsCommand) -> None:
    sited.good("mkdir", "out:a")
    sited.run("remove", "out:nothing")
    assert [job["type"] for job in sited.json("jobs")] == ["REMOVE", "MKDIR"]
    assert [job["type"] for job in sited.json("jobs", "--status", "done")] == ["MKDIR"]
    assert [job["type"] for job in sited.json("jobs", "--limit", "1")] == ["REMOVE"]
    assert re.search(r"\d+ MKDIR +DONE +1/1 +0 +0 B +out:a +-$", sited.good("jobs"), re.MULTILINE)


def test_a_dry_run_shows_what_would_be_done(sited: JobsCommand, folders: Path) -> None:
    (folders / "in/one").write_text("1")
    printed = sited.good("copy", "in:one", "out:one", "--dry-run")
    assert re.search(r"^copy +1 +one +one$", printed, re.MULTILINE)
    assert not (folders / "out/one").exists()


def test_the_same_key_makes_no_second_job(sited: JobsCommand) -> None:
    words = ("mkdir", "out:keyed", "--key", uuid.uuid4().hex, "--no-wait")
    assert sited.good(*words) == sited.good(*words)
    assert "409 Conflict" in sited.refused(1, "mkdir", "out:other", *words[2:])


def test_names_that_would_command_a_terminal_are_shown_as_text(sited: JobsCommand, folders: Path) -> None:
    (folders / "in/\x1b[2J\nevil").write_text("")
    printed = sited.good("list", "in:/")
    assert r"\x1b[2J\nevil" in printed
    assert "\x1b" not in printed


def test_a_credential_is_set_shown_and_deleted(instance: Instance, project: str, sited: JobsCommand) -> None:
    keys = instance.client(project)
    payload = json.dumps({"username": "u", "password": "p"})
    reference = keys.secrets.create(name="login", payload=payload).store()
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDvQzPUq0pUWxnMYQ0Y7ZTjvyKmgnJm0pjLbVZYkdzQi"
    url = "sftp://files.example.com/srv"
    words = ("--site-auth", "PASSWORD", "--host-key", key, "--connections", "2", "--home", "/home/u")
    sited.good("addsite", "far", url, *words)
    assert sited.json("site", "far")["limits"]["connections"] == 2
    sited.good("addsite", "far", url, *words[:4], "--replace", "--description", "far away")
    assert sited.json("site", "far")["description"] == "far away"
    assert "404 Not Found" in sited.refused(1, "credential", "show", "far")
    assert sited.json("credential", "set", "far", reference)["secret_ref"] == reference
    assert reference in sited.good("credential", "show", "far")
    sited.good("credential", "delete", "far")
    assert "secret_ref" in sited.refused(1, "credential", "set", "far", "no-reference")
    sited.good("delsite", "far")
    assert "there is no site far" in sited.refused(1, "site", "far")


def test_a_site_is_checked(sited: JobsCommand, folders: Path) -> None:
    assert re.search(r"^FILE +\S+ +ok ", sited.good("check", "in"), re.MULTILINE)
    (folders / "out").rmdir()
    assert "there is no such file" in sited.refused(1, "check", "out")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("copy", "slow:x", "out:y", "--max-tries", "99"), "max_tries"),
        (("copy", "slow:x", "out:y", "--priority", "-1"), "priority"),
        (("copy", "slow:x", "out:y", "--not-before", "soon"), "not_before"),
        (("copy", "slow:x", "out:y", "--protocol", "S3"), "protocol"),
        (("list", "slow:../x"), "src_filepath"),
        (("addsite", "a/b", "dummy://any/"), "name"),
    ],
)
def test_what_the_server_refuses_is_told_with_the_field(
    words: tuple[str, ...], said: str, sited: JobsCommand
) -> None:
    complaint = sited.refused(1, *words)
    assert complaint.startswith("barbican-jobs: 400 Bad Request: ")
    assert said in complaint
    assert complaint.count("\n") == 1


def test_a_server_that_is_not_there_is_told_in_a_line(tmp_path: Path) -> None:
    url = f"http://localhost:{free_port()}"
    command = JobsCommand(tmp_path, {"BARBICAN_ENDPOINT": url, "OS_PROJECT_ID": "demo"})
    done = command.process("sites")
    assert done.returncode == 3
    complaint = done.stderr
    assert complaint.startswith(f"barbican-jobs: {url} cannot be reached: ")
    assert complaint.count("\n") == 1


def test_names_and_passwords_let_in_and_wrong_ones_do_not(basic_instance: Instance, tmp_path: Path) -> None:
    who = {"BARBICAN_ENDPOINT": basic_instance.endpoint, "OS_USERNAME": "dave"}
    right = JobsCommand(tmp_path, who | {"OS_PASSWORD": BASIC_PASSWORD})
    name = f"made-up-{uuid.uuid4().hex}"
    right.good("addsite", name, "dummy://any/?files=2")
    assert sorted(name for name in right.good("list", f"{name}:x").split() if "file" in name) == [
        "file-000000",
        "file-000001",
    ]
    assert "401 Unauthorized" in JobsCommand(tmp_path, who | {"OS_PASSWORD": "wrong"}).refused(1, "sites")
    assert "a password is needed" in JobsCommand(tmp_path, who).refused(1, "sites")
    secret = tmp_path / "password"
    secret.write_text(f"{BASIC_PASSWORD}\n")
    secret.chmod(0o644)
    words = ("--password-file", str(secret))
    assert "others may read it" in JobsCommand(tmp_path, who).refused(1, *words, "sites")
    secret.chmod(0o600)
    assert name in JobsCommand(tmp_path, who).good(*words, "sites")


def test_bash_completes_commands_options_and_values(tmp_path: Path) -> None:
    command = JobsCommand(tmp_path)
    (tmp_path / "completion").write_text(command.good("completion", "bash"))

    def completed(*words: str) -> set[str]:
        script = (
            'source completion; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _barbican_jobs; '
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(
            ["bash", "-eu", "-c", script, "bash", PROGRAM, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return set(done.stdout.split())

    assert {"copy", "credential", "--auth"} <= completed("")
    assert completed("can") == {"cancel"}
    assert {"--overwrite", "--dry-run"} <= completed("copy", "a:b", "--")
    assert completed("copy", "--overwrite", "") == {"never", "if-different", "always"}
    assert completed("credential", "s") == {"show", "set"}
    assert completed("--auth", "b") == {"basic"}


def test_a_reader_that_has_seen_enough_is_no_error(sited: JobsCommand) -> None:
    """The other end of the pipe is closed before anything is printed."""
    with subprocess.Popen(
        [PROGRAM, "sites"], env=sited.variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0
