"""Transport keys."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer, json_body
from barbican_like.http.openapi.values import ID, TEXT_SHOWN, TIME, closed, href, like, page_of, required_text

_REFERENCE: Final[Schema] = href("transport_keys")
_ONE: Final = "/v1/transport_keys/{transport_key_id}"

SCHEMAS: Final[dict[str, Schema]] = {
    "NewTransportKey": {
        "type": "object",
        "properties": {
            "plugin_name": required_text("The store that the key is for."),
            "transport_key": required_text("The public key.", longest=20_000),
        },
        "required": ["plugin_name", "transport_key"],
    },
    "TransportKey": closed(
        {
            "created": TIME,
            "updated": TIME,
            "status": {"const": "ACTIVE"},
            "id": ID,
            "plugin_name": TEXT_SHOWN,
            "transport_key": {"type": "string"},
            "transport_key_ref": _REFERENCE,
        }
    ),
    "TransportKeyReference": closed({"transport_key_ref": _REFERENCE}),
    "TransportKeys": page_of("transport_keys", _REFERENCE),
}

OPERATIONS: Final[dict[str, Described]] = {
    "GET /v1/transport_keys": Described(
        id="list_transport_keys",
        paged=True,
        parameters=(like("plugin_name", "plug-in's name"),),
        answers={200: json_answer("One page of the keys' references.", "TransportKeys")},
    ),
    "POST /v1/transport_keys": Described(
        id="create_transport_key",
        body=json_body(
            "NewTransportKey", key={"plugin_name": "store", "transport_key": "MIIBIjANBgkqhkiG9w0="}
        ),
        answers={201: json_answer("Kept.", "TransportKeyReference", location=True)},
    ),
    f"GET {_ONE}": Described(id="get_transport_key", answers={200: json_answer("The key.", "TransportKey")}),
    f"DELETE {_ONE}": Described(id="delete_transport_key", answers={204: NOTHING}),
}
