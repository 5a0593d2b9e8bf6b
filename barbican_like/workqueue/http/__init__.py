"""The HTTP side of transfer jobs."""
