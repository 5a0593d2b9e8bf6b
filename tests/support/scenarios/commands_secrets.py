"""The commands that are about secrets, their consumers and orders."""

from __future__ import annotations

from tests.support.command_line import CommandLine
from tests.support.instance import awaited, completed
from tests.support.pipelines import CommandScenario, Pipeline
from tests.support.scenarios.library_secrets import TOMORROW, fresh

_SPELLED = TOMORROW.replace(tzinfo=None).isoformat()
CONSUMER = ("--service-type-name", "glance", "--resource-type", "image", "--resource-id", "0f4a2b")


def store_get_list_and_delete_a_secret(pipeline: Pipeline, command: CommandLine) -> None:
    name = fresh("secret")
    meant = ("--secret-type", "passphrase", "--algorithm", "aes", "--bit-length", "128", "--mode", "cbc")
    words = ("--name", name, "--payload", "hush", "--expiration", _SPELLED, *meant)
    reference = command.shown("secret", "store", *words)["Secret href"]
    described = command.shown("secret", "get", reference)
    assert (described["Name"], described["Status"]) == (name, "ACTIVE")
    assert (described["Secret type"], described["Bit length"]) == ("passphrase", 128)
    assert described["Expiration"].startswith(_SPELLED)
    for option in ("--payload", "--decrypt"):
        assert command.shown("secret", "get", reference, option) == {"Payload": "hush"}
    filters = (
        "--limit",
        "10",
        "--offset",
        "0",
        "--algorithm",
        "aes",
        "--bit-length",
        "128",
        "--mode",
        "cbc",
        "--secret-type",
        "passphrase",
    )
    assert command.shown("secret", "list", "--name", name, *filters) == [described]
    assert command.good("secret", "delete", reference) == ""
    assert pipeline.client.secrets.list(name=name) == []


def store_a_file_and_get_it_byte_for_byte(_pipeline: Pipeline, command: CommandLine) -> None:
    payload, name = bytes(range(256)), fresh("file")
    (command.cwd / name).write_bytes(payload)
    reference = command.shown("secret", "store", "--name", name, "--file", name)["Secret href"]
    octets = ("--payload_content_type", "application/octet-stream")
    command.good("secret", "get", reference, "--file", f"{name} again", *octets)
    assert (command.cwd / f"{name} again").read_bytes() == payload


def update_a_secret_with_its_payload_once(pipeline: Pipeline, command: CommandLine) -> None:
    reference = pipeline.client.secrets.create(name=fresh("late")).store()
    command.good("secret", "update", reference, "late")
    assert pipeline.client.secrets.get(reference).payload == "late"
    refusal = command.refused("secret", "update", reference, "later")
    assert "Secret already has data, cannot modify it." in refusal


def create_list_and_delete_consumers(pipeline: Pipeline, command: CommandLine) -> None:
    """A secret with consumers is deleted by --force only."""
    name = fresh("consumed")
    reference = pipeline.client.secrets.create(name=name, payload="x").store()
    command.good("secret", "consumer", "create", reference, *CONSUMER)
    rows = command.shown("secret", "consumer", "list", reference, "--limit", "10", "--offset", "0")
    assert [(row["Service"], row["Resource type"], row["Resource id"]) for row in rows] == [
        ("glance", "image", "0f4a2b")
    ]
    command.good("secret", "consumer", "delete", reference, *CONSUMER)
    assert pipeline.client.secrets.list_consumers(reference) == []
    pipeline.client.secrets.register_consumer(reference, *CONSUMER[1::2])
    assert "as it has consumers" in command.refused("secret", "delete", reference)
    command.good("secret", "delete", "--force", reference)
    assert pipeline.client.secrets.list(name=name) == []


def order_a_key_and_follow_it(pipeline: Pipeline, command: CommandLine) -> None:
    name = fresh("key")
    meant = ("--payload-content-type", "application/octet-stream", "--expiration", _SPELLED)
    words = ("--name", name, "--algorithm", "aes", "--bit-length", "192", "--mode", "gcm", *meant)
    reference = command.shown("secret", "order", "create", "key", *words)["Order href"]
    key = pipeline.client.secrets.get(awaited(pipeline.client, reference).secret_ref)
    assert (key.name, key.mode, len(key.payload)) == (name, "gcm", 24)
    described = command.shown("secret", "order", "get", reference)
    assert (described["Status"], described["Secret href"]) == ("ACTIVE", key.secret_ref)
    before = pipeline.client.orders.total() - 1
    assert command.shown("secret", "order", "list", "--offset", str(before), "--limit", "1") == [described]
    command.good("secret", "order", "delete", reference)
    assert pipeline.client.orders.total() == before


def order_a_pair_and_look_at_its_container(pipeline: Pipeline, command: CommandLine) -> None:
    name = fresh("pair")
    words = ("--name", name, "--algorithm", "rsa", "--bit-length", "1024")
    reference = command.shown("secret", "order", "create", "asymmetric", *words)["Order href"]
    container = awaited(pipeline.client, reference).container_ref
    assert command.shown("secret", "order", "get", reference)["Container href"] == container
    # As JSON the client cannot show an RSA container: it leaves a datetime in it.
    columns = [word for column in ("Name", "Status", "Type") for word in ("-c", column)]
    shown = command.good("secret", "container", "get", container, "-f", "value", *columns)
    assert shown.splitlines() == [name, "ACTIVE", "rsa"]
    page = ("--limit", "10", "--offset", "0")
    rows = command.shown("secret", "container", "list", "--name", name, "--type", "rsa", *page)
    assert [row["Container href"] for row in rows] == [container]
    command.good("secret", "container", "delete", container)
    assert pipeline.client.containers.list(name=name) == []


def see_what_goes_wrong_in_the_servers_words(pipeline: Pipeline, command: CommandLine) -> None:
    unknown = pipeline.client.secrets.create(name=fresh("unknown")).store()
    pipeline.client.secrets.delete(unknown)
    assert "Not Found" in command.refused("secret", "get", unknown)
    meta = {"name": fresh("no"), "algorithm": "rot13", "bit_length": 128}
    order = completed(pipeline.client, "key", **meta).order_ref
    assert "supported plugin not found" in command.shown("secret", "order", "get", order)["Error message"]
    words = ("--payload-content-type", "text/plain", "--payload-content-encoding", "base64")
    refusal = command.refused("secret", "store", "--payload", "eA==", *words)
    assert "payload_content_encoding" in refusal


SCENARIOS: list[CommandScenario] = [
    store_get_list_and_delete_a_secret,
    update_a_secret_with_its_payload_once,
    create_list_and_delete_consumers,
    order_a_key_and_follow_it,
    order_a_pair_and_look_at_its_container,
]

ONCE: list[CommandScenario] = [
    store_a_file_and_get_it_byte_for_byte,
    see_what_goes_wrong_in_the_servers_words,
]
"""What needs no second program: they have no command that the others have not."""
