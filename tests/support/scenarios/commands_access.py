"""The commands that are about containers, ACLs and certificate authorities."""

from __future__ import annotations

import uuid

from tests.support.command_line import CommandLine
from tests.support.pipelines import CommandScenario, Pipeline
from tests.support.scenarios.library_acls import NO_AUTHORITIES
from tests.support.scenarios.library_secrets import fresh, refused

_HALVES = ("public_key", "private_key")
_CHAIN = ("certificate", "intermediates", "private_key", "private_key_passphrase")


def _secrets(pipeline: Pipeline, names: tuple[str, ...]) -> dict[str, str]:
    """A reference of a fresh secret by each name."""
    secrets = pipeline.client.secrets
    return {name: secrets.create(name=fresh(name), payload=name).store() for name in names}


def _chosen(references: dict[str, str]) -> list[str]:
    return [word for name, reference in references.items() for word in ("--secret", f"{name}={reference}")]


def create_get_list_and_delete_a_container(pipeline: Pipeline, command: CommandLine) -> None:
    name, references = fresh("generic"), _secrets(pipeline, ("one", "two"))
    container = command.shown("secret", "container", "create", "--name", name, *_chosen(references))
    assert (container["Name"], container["Type"]) == (name, "generic")
    described = command.shown("secret", "container", "get", container["Container href"])
    shown = [f"{secret}={reference}" for secret, reference in references.items()]
    assert described["Secrets"].splitlines() == shown
    rows = command.shown("secret", "container", "list", "--name", name, "--type", "generic")
    assert rows == [described]
    assert command.good("secret", "container", "delete", container["Container href"]) == ""
    assert pipeline.client.containers.list(name=name) == []


def create_a_container_of_each_type(pipeline: Pipeline, command: CommandLine) -> None:
    for kind, names in (("rsa", _HALVES), ("certificate", _CHAIN)):
        references = _secrets(pipeline, names)
        words = ("--type", kind, "--name", fresh(kind), *_chosen(references))
        made = command.shown("secret", "container", "create", *words)
        assert pipeline.client.containers.get(made["Container href"]).secret_refs == references


def share_a_secret_and_take_it_back(pipeline: Pipeline, command: CommandLine) -> None:
    """Users come and go one by one; without an ACL the project alone reads."""
    reference = pipeline.client.secrets.create(name=fresh("shared"), payload="hush").store()
    (row,) = command.shown("acl", "get", reference)
    assert (row["Operation Type"], row["Project Access"], row["Users"]) == ("read", True, [])
    (row,) = command.shown("acl", "submit", reference, "--user", "alice", "--no-project-access")
    assert (row["Project Access"], row["Users"]) == (False, ["alice"])
    assert row["Secret ACL Ref"] == f"{reference}/acl"
    (row,) = command.shown("acl", "user", "add", reference, "--user", pipeline.stranger_id)
    assert (row["Project Access"], set(row["Users"])) == (False, {"alice", pipeline.stranger_id})
    assert pipeline.stranger.secrets.get(reference).payload == "hush"
    (row,) = command.shown("acl", "user", "remove", reference, "--user", pipeline.stranger_id)
    assert (row["Project Access"], row["Users"]) == (False, ["alice"])
    assert refused(lambda: pipeline.stranger.secrets.get(reference).payload, 403)
    assert command.good("acl", "delete", reference) == ""
    assert pipeline.client.acls.get(reference).read.project_access is True


def share_a_container_and_take_it_back(pipeline: Pipeline, command: CommandLine) -> None:
    reference = pipeline.client.containers.create(name=fresh("shared")).store()
    (row,) = command.shown("acl", "submit", reference, "--user", pipeline.stranger_id)
    assert row["Container ACL Ref"] == f"{reference}/acl"
    assert pipeline.stranger.containers.get(reference).container_ref == reference
    assert command.shown("acl", "get", reference) == [row]
    command.good("acl", "delete", reference)
    assert refused(lambda: pipeline.stranger.containers.get(reference), 403)


def open_and_close_a_secret_to_its_project(pipeline: Pipeline, command: CommandLine) -> None:
    """Each command can say it beside the users, and says nothing of it otherwise."""
    reference = pipeline.client.secrets.create(name=fresh("shared"), payload="hush").store()
    for words, users in (
        (("submit",), ["alice"]),
        (("user", "add"), ["alice"]),
        (("user", "remove"), []),
    ):
        for option, access in (("--no-project-access", False), ("--project-access", True)):
            said = ("--user", "alice", "--operation-type", "read", option)
            (row,) = command.shown("acl", *words, reference, *said)
            assert (row["Project Access"], row["Users"]) == (access, users)


def ask_for_certificate_authorities(pipeline: Pipeline, command: CommandLine) -> None:
    """The programs have the commands, the API has none: they end with 1 and the server's words."""
    page = ("--limit", "10", "--offset", "0", "--name", "any")
    assert NO_AUTHORITIES in command.refused("ca", "list", *page)
    assert NO_AUTHORITIES in command.refused("ca", "get", f"{pipeline.endpoint}/v1/cas/{uuid.uuid4()}")


SCENARIOS: list[CommandScenario] = [
    create_get_list_and_delete_a_container,
    create_a_container_of_each_type,
    share_a_secret_and_take_it_back,
    share_a_container_and_take_it_back,
    ask_for_certificate_authorities,
]

ONCE: list[CommandScenario] = [open_and_close_a_secret_to_its_project]
"""What needs no second program: it has no command that the others have not."""
