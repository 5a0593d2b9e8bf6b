"""The room's repositories."""
