"""The migrations of the room of contexts."""
