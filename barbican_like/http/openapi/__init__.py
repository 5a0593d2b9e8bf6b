"""What the OpenAPI documents of all rooms have in common, and what puts one together."""
