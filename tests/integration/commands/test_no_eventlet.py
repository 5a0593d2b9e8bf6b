"""No process of the product imports eventlet, whatever it is configured to use."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
COMMANDS = [path.stem for path in (ROOT / "barbican_like/cmd").glob("*.py") if path.stem != "__init__"]
FIND = """
import sys
print(sorted(name for name, module in sys.modules.items() if name.partition(".")[0] == "eventlet" and module))
"""
BUILD = """
from barbican_like import bootstrap
from tests.support import application
import pathlib
conf = application.prepare(pathlib.Path(sys.argv[1]), settings)
runtime = bootstrap.Runtime(conf)
bootstrap.new_application(runtime)
bootstrap.new_worker(runtime)
bootstrap.new_project_listener(runtime)
assert "oslo_messaging" in sys.modules and "keystonemiddleware.audit" in sys.modules
runtime.close()
"""
SETTINGS = """transport_url = rabbit://nobody:nothing@127.0.0.1:9/
[api]
auth = keystone
paste_file = {paste}
[keystone_authtoken]
auth_url = http://127.0.0.1:9/v3
username = u
password = p
project_name = s
"""


def eventlet_of(program: str, *arguments: str) -> str:
    """What of eventlet a program has imported at its end; a deprecation of it would be an error."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error::DeprecationWarning:eventlet",
            "-c",
            f"import sys\n{program}{FIND}",
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "ventlet" not in done.stderr
    return done.stdout.splitlines()[-1]


def test_no_command_imports_eventlet() -> None:
    """All of them in one process: what one imports, all have."""
    modules = ", ".join(f"barbican_like.cmd.{command}" for command in COMMANDS)
    assert eventlet_of(f"import {modules}") == "[]"


def test_neither_the_broker_nor_keystone_nor_audit_brings_eventlet(tmp_path: Path) -> None:
    """The API behind Keystone with audit events, the worker and the listener, all with RabbitMQ."""
    etc = ROOT / "etc" / "barbican"
    edited = (etc / "barbican-api-paste.ini").read_text().replace("-context apiapp", "-context audit apiapp")
    (tmp_path / "paste.ini").write_text(edited)
    (tmp_path / "api_audit_map.conf").write_text((etc / "api_audit_map.conf").read_text())
    settings = SETTINGS.format(paste=tmp_path / "paste.ini")
    assert eventlet_of(f"settings = {settings!r}{BUILD}", str(tmp_path)) == "[]"
