"""The commands of python-barbicanclient, unmodified: `barbican` and the `openstack secret` plug-in.

`barbican --no-auth` names the project in a header, which is all that [api] auth = noauth needs.

`openstack` has no such option. Its `--os-auth-type none` sends no project (keystoneauth1's NoAuth has no
headers but a token, and fails when it is given --os-project-id), and nothing of openstacksdk's
configuration adds headers to a session. So it is tested in the two ways that it has:
`--os-auth-type http_basic` against [api] auth = basic, where the name is the project; and with a
keystoneauth1 plug-in that sends X-Project-Id, chosen by `--os-auth-type`. It does not add the API's
version to an endpoint as the library does: `--os-endpoint` ends in /v1.
"""

import uuid
from pathlib import Path
from typing import Any

import pytest
from barbicanclient import client as barbican_client
from keystoneauth1.http_basic import HTTPBasicAuth
from keystoneauth1.session import Session

from tests.acceptance.conftest import BASIC_PASSWORD
from tests.acceptance.operator_tool import ROOT
from tests.support import noauth_plugin
from tests.support.command_line import CommandLine
from tests.support.instance import EMBEDDED, Instance, awaited, completed

pytestmark = pytest.mark.parametrize("instance", [EMBEDDED], indirect=True)

USER = "carol"
#: `openstack` takes a second for each command, so all of them are tried where there is time: in CI.
PROGRAMS = ["barbican", pytest.param("openstack", marks=pytest.mark.slow)]
#: Both have the same code for their commands; what only tries that again needs one program.
one_program = pytest.mark.parametrize("command", PROGRAMS[:1], indirect=True)
CONSUMER = ("--service-type-name", "glance", "--resource-type", "image", "--resource-id", "0f4a2b")


@pytest.fixture(params=PROGRAMS)
def command(
    request: pytest.FixtureRequest, instance: Instance, basic_instance: Instance, project: str, tmp_path: Path
) -> CommandLine:
    """The program with the words that say where and who."""
    if request.param == "barbican":
        words = ("--no-auth", "--endpoint", instance.endpoint, "--os-project-id", project)
        return CommandLine("barbican", words, tmp_path)
    words = ("--os-auth-type", "http_basic", "--os-username", USER, "--os-password", BASIC_PASSWORD)
    endpoint = f"{basic_instance.endpoint}/v1"
    return CommandLine("openstack", (*words, "--os-endpoint", endpoint), tmp_path)


@pytest.fixture
def library(command: CommandLine, client: Any, basic_instance: Instance) -> Any:
    """The library in the project that the command works in, to prepare and to check."""
    if command.program == "barbican":
        return client
    auth = HTTPBasicAuth(username=USER, password=BASIC_PASSWORD)
    return barbican_client.Client(session=Session(auth=auth), endpoint=basic_instance.endpoint)


@pytest.fixture
def name() -> str:
    """A name that nothing else has: all tests of `openstack` work in one project."""
    return f"name {uuid.uuid4()}"


def test_store_get_list_and_delete_a_secret(command: CommandLine, library: Any, name: str) -> None:
    words = ("--name", name, "--payload", "hush", "--secret-type", "passphrase", "--bit-length", "128")
    reference = command.shown("secret", "store", *words)["Secret href"]
    described = command.shown("secret", "get", reference)
    assert (described["Name"], described["Status"]) == (name, "ACTIVE")
    assert (described["Secret type"], described["Bit length"]) == ("passphrase", 128)
    assert command.shown("secret", "get", reference, "--payload") == {"Payload": "hush"}
    filters = ("--algorithm", "aes", "--bit-length", "128", "--mode", "cbc", "--secret-type", "passphrase")
    assert command.shown("secret", "list", "--name", name, *filters) == [described]
    assert command.good("secret", "delete", reference) == ""
    assert library.secrets.list(name=name) == []


@one_program
def test_a_file_is_stored_and_got_byte_for_byte(command: CommandLine, name: str) -> None:
    payload = bytes(range(256))
    (command.cwd / "in").write_bytes(payload)
    reference = command.shown("secret", "store", "--name", name, "--file", "in")["Secret href"]
    octets = ("--payload_content_type", "application/octet-stream")
    command.good("secret", "get", reference, "--file", "out", *octets)
    assert (command.cwd / "out").read_bytes() == payload


def test_update_gives_a_secret_its_payload_once(command: CommandLine, library: Any, name: str) -> None:
    reference = library.secrets.create(name=name).store()
    command.good("secret", "update", reference, "late")
    assert library.secrets.get(reference).payload == "late"
    refusal = command.refused("secret", "update", reference, "later")
    assert "Secret already has data, cannot modify it." in refusal


def test_consumers_are_created_listed_and_deleted(command: CommandLine, library: Any, name: str) -> None:
    """A secret with consumers is deleted by --force only."""
    reference = library.secrets.create(name=name, payload="x").store()
    command.good("secret", "consumer", "create", reference, *CONSUMER)
    rows = command.shown("secret", "consumer", "list", reference)
    assert [(row["Service"], row["Resource type"], row["Resource id"]) for row in rows] == [
        ("glance", "image", "0f4a2b")
    ]
    command.good("secret", "consumer", "delete", reference, *CONSUMER)
    assert library.secrets.list_consumers(reference) == []
    library.secrets.register_consumer(reference, *CONSUMER[1::2])
    assert "as it has consumers" in command.refused("secret", "delete", reference)
    command.good("secret", "delete", "--force", reference)
    assert library.secrets.list(name=name) == []


def test_order_a_key_and_follow_it(command: CommandLine, library: Any, name: str) -> None:
    words = ("--name", name, "--algorithm", "aes", "--bit-length", "192", "--mode", "gcm")
    reference = command.shown("secret", "order", "create", "key", *words)["Order href"]
    key = library.secrets.get(awaited(library, reference).secret_ref)
    assert (key.name, key.mode, len(key.payload)) == (name, "gcm", 24)
    described = command.shown("secret", "order", "get", reference)
    assert (described["Status"], described["Secret href"]) == ("ACTIVE", key.secret_ref)
    assert described in command.shown("secret", "order", "list", "--limit", "100")
    command.good("secret", "order", "delete", reference)
    assert reference not in [order.order_ref for order in library.orders.list(limit=100)]


def test_order_a_pair_and_look_at_its_container(command: CommandLine, library: Any, name: str) -> None:
    words = ("--name", name, "--algorithm", "rsa", "--bit-length", "1024")
    reference = command.shown("secret", "order", "create", "asymmetric", *words)["Order href"]
    container = awaited(library, reference).container_ref
    assert command.shown("secret", "order", "get", reference)["Container href"] == container
    # As JSON the client cannot show an RSA container: it leaves a datetime in it.
    columns = [word for column in ("Name", "Status", "Type") for word in ("-c", column)]
    shown = command.good("secret", "container", "get", container, "-f", "value", *columns)
    assert shown.splitlines() == [name, "ACTIVE", "rsa"]
    rows = command.shown("secret", "container", "list", "--name", name, "--type", "rsa")
    assert [row["Container href"] for row in rows] == [container]
    command.good("secret", "container", "delete", container)
    assert library.containers.list(name=name) == []


@one_program
def test_what_goes_wrong_is_told_in_the_servers_words(command: CommandLine, library: Any, name: str) -> None:
    unknown = library.secrets.create(name=name).store()
    library.secrets.delete(unknown)
    assert "Not Found" in command.refused("secret", "get", unknown)
    order = completed(library, "key", name=name, algorithm="rot13", bit_length=128).order_ref
    assert "supported plugin not found" in command.shown("secret", "order", "get", order)["Error message"]
    words = ("--payload-content-type", "text/plain", "--payload-content-encoding", "base64")
    refusal = command.refused("secret", "store", "--payload", "eA==", *words)
    assert "payload_content_encoding" in refusal


def test_openstack_names_its_project_by_a_plugin_where_there_is_no_authentication(
    instance: Instance, client: Any, project: str, tmp_path: Path
) -> None:
    noauth_plugin.install(tmp_path / "site")
    who = ("--os-auth-type", noauth_plugin.NAME, "--os-project-id", project)
    words = (*who, "--os-endpoint", f"{instance.endpoint}/v1")
    command = CommandLine("openstack", words, tmp_path, {"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}"})
    reference = command.shown("secret", "store", "--name", "mine", "--payload", "x")["Secret href"]
    assert client.secrets.get(reference).payload == b"x"
    assert [row["Name"] for row in command.shown("secret", "list")] == ["mine"]


def test_openstack_without_a_project_is_told_what_is_missing(instance: Instance, tmp_path: Path) -> None:
    words = ("--os-auth-type", "none", "--os-endpoint", f"{instance.endpoint}/v1")
    assert "HTTP 400" in CommandLine("openstack", words, tmp_path).refused("secret", "list")
