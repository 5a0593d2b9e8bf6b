"""Secret stores."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer
from barbican_like.http.openapi.values import TEXT_SHOWN, TIME, closed, href

_ROOT: Final = "/v1/secret-stores"
_ONE: Final = f"{_ROOT}/{{secret_store_id}}"
_STORE: Final[Schema] = closed(
    {
        "created": TIME,
        "updated": TIME,
        "status": {"const": "ACTIVE"},
        "name": TEXT_SHOWN,
        "secret_store_plugin": TEXT_SHOWN,
        "crypto_plugin": {"type": ["string", "null"]},
        "global_default": {"type": "boolean"},
        "secret_store_ref": href("secret-stores"),
    }
)

SCHEMAS: Final[dict[str, Schema]] = {
    "SecretStore": _STORE,
    "SecretStores": closed({"secret_stores": {"type": "array", "items": _STORE}}),
}

OPERATIONS: Final[dict[str, Described]] = {
    f"GET {_ROOT}": Described(
        id="list_secret_stores",
        errors=(404,),
        answers={200: json_answer("The stores that the configuration offers.", "SecretStores")},
    ),
    f"GET {_ROOT}/global-default": Described(
        id="get_global_default_secret_store",
        errors=(404,),
        answers={200: json_answer("The store of projects that prefer none.", "SecretStore")},
    ),
    f"GET {_ROOT}/preferred": Described(
        id="get_preferred_secret_store",
        errors=(404,),
        answers={200: json_answer("The store that the caller's project prefers.", "SecretStore")},
    ),
    f"GET {_ONE}": Described(id="get_secret_store", answers={200: json_answer("The store.", "SecretStore")}),
    f"POST {_ONE}/preferred": Described(id="prefer_secret_store", answers={204: NOTHING}),
    f"DELETE {_ONE}/preferred": Described(id="prefer_no_secret_store", answers={204: NOTHING}),
}
