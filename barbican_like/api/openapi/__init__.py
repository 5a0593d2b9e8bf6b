"""The key manager's part of the OpenAPI document, resource by resource, with plain schemas."""
