"""Request bodies, one module a resource: each is one value that parses them and is their JSON Schema.

A payload is not stripped: bytes in are bytes out. No fault repeats the value of a payload.
"""
