"""Request bodies, one module a resource: each schema is a function from parsed JSON to a frozen value.

Strings are stripped first, payloads excepted: bytes in are bytes out. A fault is a SchemaMismatch that
names the field and says what is wrong with its value, never the value of a payload.
"""
