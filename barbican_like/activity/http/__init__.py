"""The room's HTTP side."""
