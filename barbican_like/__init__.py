"""A key manager that speaks the OpenStack key-manager API, built on a durable task fabric."""
