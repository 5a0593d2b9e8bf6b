"""The migrations of the room."""
