"""What a caller has sent is in no log, and once it is deleted in no file."""

from pathlib import Path

import pytest

from tests.faults.conftest import MARIADB, POSTGRESQL, Place, opened, place_named

NAME, VALUE = "owner-of-the-owl", "flies-at-noon"
#: Lets the database refuse each new row, by an error that nothing maps and that quotes the row if it can.
DEFECT = "alter table secret_user_metadata add column extra integer check (extra is not null)"


@pytest.mark.parametrize("kind", ["sqlite", POSTGRESQL, MARIADB])
def test_an_unforeseen_error_of_the_database_quotes_no_value(
    kind: str, template: Path, tmp_path: Path
) -> None:
    """The log has the statement and what is the matter, and not what the caller has sent."""
    with place_named(kind, tmp_path, template) as place:
        instance = place.instance(options={"DEFAULT": {"debug": "true"}})
        with opened(instance) as ledger:
            instance.api()
            with instance.client() as client:
                secret = client.store()
                ledger.change(DEFECT)
                answer = client.call("PUT", f"/v1/secrets/{secret}/metadata", {"metadata": {NAME: VALUE}})
        assert answer.status == 500, answer
        logs = instance.logs()
    assert "request.failed" in logs
    assert "INSERT INTO secret_user_metadata" in logs
    assert [word for word in (NAME, VALUE) if word in logs or word in answer.content.decode()] == []


def test_the_bytes_of_a_deleted_secret_are_gone_after_a_checkpoint(embedded: Place) -> None:
    """Of a short payload and of one that fills pages of its own."""
    instance = embedded.instance()
    with opened(instance) as ledger:
        instance.api()
        with instance.client() as client:
            made = {client.store(payload): len(payload) for payload in ("short", "long " * 3000)}
            sealed = {bytes(value)[-30:] for (value,) in ledger.rows("select sealed from secret_payloads")}
            ledger.rows("pragma wal_checkpoint(truncate)")
            assert len([tail for tail in sealed if kept(instance.data, tail)]) == len(made)
            for secret in made:
                assert client.call("DELETE", f"/v1/secrets/{secret}").status == 204
            ledger.rows("pragma wal_checkpoint(truncate)")
            assert [tail for tail in sealed if kept(instance.data, tail)] == []


def kept(folder: Path, tail: bytes) -> bool:
    """Whether any file of the database has these bytes."""
    return any(tail in file.read_bytes() for file in folder.glob("barbican.sqlite*"))
