"""The application under other WSGI servers: gunicorn and uWSGI serve it as it is."""

import json
import sys
from contextlib import suppress
from importlib.util import find_spec

import pytest

from tests.faults.client import Client, secret
from tests.faults.conftest import Place
from tests.faults.processes import Process
from tests.faults.waiting import wait_for
from tests.support.servers import leave_out

_FACTORY = "barbican_like.cmd.api:application_factory()"
_UWSGI = "import pyuwsgi, sys; pyuwsgi.run(sys.argv[1:])"


def words(server: str, port: int) -> list[str]:
    """The command line of a server on a port."""
    python = sys.executable
    if server == "gunicorn":
        return [python, "-m", "gunicorn", "--threads", "2", "--bind", f"127.0.0.1:{port}", _FACTORY]
    bound = ["--http-socket", f"127.0.0.1:{port}", "--module", _FACTORY, "--threads", "2", "--master"]
    return [python, "-c", _UWSGI, *bound, "--die-on-term", "--need-app"]


@pytest.mark.parametrize(("server", "package"), [("gunicorn", "gunicorn"), ("uwsgi", "pyuwsgi")])
def test_it_serves_a_secret(server: str, package: str, embedded: Place) -> None:
    """Stored and read back; a payload that comes twice and one that is too large are refused as ever."""
    if find_spec(package) is None:
        leave_out(f"{package} is not installed")
    instance = embedded.instance()
    arguments = json.dumps(["--config-file", str(instance.configuration)])
    # uWSGI's own interpreter looks for packages where it is told.
    environment = {"BARBICAN_API_ARGUMENTS": arguments, "PYTHONPATH": ":".join(filter(None, sys.path))}
    output = instance.folder / f"{server}.log"
    with instance, Process(words(server, instance.port), output, environment) as process:

        def answers() -> bool:
            assert process.running, process.said()
            with suppress(OSError), Client(instance.port, timeout=2) as client:
                return client.get("/healthcheck").status == 200
            return False

        wait_for(f"{server} answers", answers, 30)
        with instance.client() as client:
            made = client.store("by another server")
        with instance.client() as client:  # uWSGI ends a connection with each answer, without saying so
            assert client.payload(made).content == b"by another server"
        with instance.client() as client:
            assert (
                client.call("PUT", f"/v1/secrets/{made}", b"again", Content_Type="text/plain").status == 409
            )
        with instance.client() as client:
            assert client.post("/v1/secrets", secret("a" * 30_000)).status == 413
