"""Two instances on one machine: each has its own data, keys and workers."""

from typing import Any

import pytest
from barbicanclient.exceptions import HTTPClientError

from tests.support.instance import EMBEDDED, RABBIT, Instance, completed, running_flavour

pytestmark = pytest.mark.parametrize("instance", [EMBEDDED], indirect=True)


@pytest.mark.parametrize("flavour", [EMBEDDED, RABBIT])
def test_instances_side_by_side_do_not_see_each_others_data(
    instance: Instance, client: Any, project: str, tmp_path_factory: pytest.TempPathFactory, flavour: str
) -> None:
    """The same project name in both; orders in both are worked by the right workers."""
    with running_flavour(flavour, tmp_path_factory.mktemp("other")) as other:
        clients = [client, other.client(project)]
        payloads = ["here", "there"]
        references = [
            one.secrets.create(name="x", payload=payload).store()
            for one, payload in zip(clients, payloads, strict=True)
        ]
        orders = [completed(one, "key", name="k", algorithm="aes", bit_length=128) for one in clients]
        assert [order.status for order in orders] == ["ACTIVE", "ACTIVE"]
        for mine, its, reference, payload in zip(
            clients, reversed(clients), references, payloads, strict=True
        ):
            assert mine.secrets.get(reference).payload == payload
            assert mine.secrets.total() == 2
            with pytest.raises(HTTPClientError) as caught:
                assert its.secrets.get(reference).name
            assert caught.value.status_code == 404
        keys = [folder / "master.key" for folder in (instance.operator.data, other.operator.data)]
        assert keys[0].read_bytes() != keys[1].read_bytes()
    assert instance.client(project).secrets.total() == 2
