"""The migrations of the room, a branch of their own."""
