"""The files that people write: contexts, and what the generator makes them from."""
