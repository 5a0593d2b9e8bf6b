"""User metadata of secrets."""

from __future__ import annotations

from typing import Final

from barbican_like.http.openapi.described import NOTHING, Described, Schema, json_answer, json_body
from barbican_like.http.openapi.values import BLANK, TEXT_SHOWN, closed, text

_KEY_PATTERN: Final = f"^[{BLANK}]*[A-Za-z0-9_-]+[{BLANK}]*$"
_KEY: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": _KEY_PATTERN,
    "description": "Kept in lower case.",
}
_KEY_SHOWN: Final[Schema] = {"type": "string", "pattern": "^[a-z0-9_-]{1,255}$"}

SCHEMAS: Final[dict[str, Schema]] = {
    "NewMetadata": {
        "type": "object",
        "properties": {
            "metadata": {
                "type": "object",
                "propertyNames": {"maxLength": 255, "pattern": _KEY_PATTERN},
                "additionalProperties": text("A value."),
            }
        },
        "required": ["metadata"],
    },
    "Metadata": closed(
        {
            "metadata": {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z0-9_-]{1,255}$"},
                "additionalProperties": TEXT_SHOWN,
            }
        }
    ),
    "MetadataReference": closed({"metadata_ref": {"type": "string", "format": "uri"}}),
    "NewMetadatum": {
        "type": "object",
        "properties": {"key": _KEY, "value": text("Its value.")},
        "required": ["key", "value"],
        "additionalProperties": False,
    },
    "Metadatum": closed({"key": _KEY_SHOWN, "value": TEXT_SHOWN}),
}

_ALL: Final = "/v1/secrets/{secret_id}/metadata"
_ONE: Final = f"{_ALL}/{{key}}"
_METADATUM: Final = json_body("NewMetadatum", place={"key": "geolocation", "value": "12.3456, -98.7654"})

OPERATIONS: Final[dict[str, Described]] = {
    f"GET {_ALL}": Described(
        id="get_secret_metadata", answers={200: json_answer("Every key with its value.", "Metadata")}
    ),
    f"PUT {_ALL}": Described(
        id="replace_secret_metadata",
        body=json_body("NewMetadata", places={"metadata": {"geolocation": "12.3456, -98.7654"}}),
        answers={201: json_answer("These are all there are now.", "MetadataReference")},
    ),
    f"POST {_ALL}": Described(
        id="create_secret_metadatum",
        body=_METADATUM,
        answers={201: json_answer("Added.", "Metadatum", location=True)},
        errors=(409,),
    ),
    f"GET {_ONE}": Described(
        id="get_secret_metadatum", answers={200: json_answer("The key with its value.", "Metadatum")}
    ),
    f"POST {_ONE}": Described(
        id="set_secret_metadatum",
        body=_METADATUM,
        answers={
            200: json_answer("The key was there and has this value now.", "Metadatum"),
            201: json_answer("Added.", "Metadatum", location=True),
        },
        errors=(409,),
    ),
    f"PUT {_ONE}": Described(
        id="change_secret_metadatum",
        body=_METADATUM,
        answers={200: json_answer("The key with its new value.", "Metadatum")},
        errors=(409,),
    ),
    f"DELETE {_ONE}": Described(id="delete_secret_metadatum", answers={204: NOTHING}),
}
