"""What the original got wrong with deaths and triggers, with real services and the commands of people."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.support.contexts.files import document_sample, state
from tests.support.contexts.programs import Folder
from tests.support.contexts.supervised import is_alive, wait_until
from tests.support.ports import free_port

ENTRY = "<entry_action>on_start</entry_action>"
LATER = "<entry_action>on_update</entry_action>"


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The four services; Stand starts Walk when it is ready, DrinkCoffee starts Run when it ends well."""
    path = tmp_path / "services"
    path.mkdir()
    found = Folder(path, (free_port(), free_port()), tmp_path_factory.mktemp("r"))
    stand, walk, coffee, run = document_sample(path, mended=True, ports=found.ports).split("</Service>\n")[:4]
    stand = stand.replace(state("on_start"), state("on_start", "start", "ts_101"))
    walk, run = walk.replace(ENTRY, LATER), run.replace(ENTRY, LATER)
    coffee = coffee.replace("<Service>", '<Service task_type="Single">')
    coffee = coffee.replace(state("on_exit"), state("on_exit", "start", "ts_103"))
    parts = [stand, walk, coffee, run, "</MetaServiceConf>\n"]
    (path / "plan.xml").write_text("</Service>\n".join(parts))
    assert found.run("create_service", "--xml_file=plan.xml").code == 0
    file = path / "Conf/Context-StateMachineSample.xml"
    file.write_text(file.read_text().replace('id="ts_100"', 'id="ts_100" restart="temporary"'))
    return found


def test_triggers_fire_and_a_death_is_seen(folder: Folder) -> None:
    """on_start and on_exit start others; a SIGKILLed service is FAILED with its signal, or started again."""
    with folder.provider("StateMachineSample"):
        folder.done("start")
        wait_until(lambda: folder.state("ts_101") == "RUNNING", "what on_start calls")
        wait_until(lambda: folder.state("ts_103") == "RUNNING", "what on_exit calls")
        tasks = folder.done("request")
        assert tasks["ts_102"]["state"] == "EXITED"
        pid = tasks["ts_100"]["pid"]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: folder.state("ts_100") == "FAILED", "the death of ts_100")
        dead = folder.done("request")["ts_100"]
        assert (dead["exit_code"], dead["pid"], dead["restarts"]) == (-9, None, 0)
        assert not is_alive(pid)
        other = folder.done("request")["ts_101"]["pid"]
        os.kill(other, signal.SIGKILL)
        wait_until(lambda: folder.done("request")["ts_101"]["restarts"] == 1, "the restart of ts_101")
        again = folder.done("start", "--task_id=ts_101")["ts_101"]
        assert again["state"] == "RUNNING"
        assert again["pid"] != other
