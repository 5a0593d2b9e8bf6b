"""The migrations of a sample room: two revisions in a branch of their own."""
