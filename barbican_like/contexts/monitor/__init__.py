"""The monitor of a context: what the kernel says of its processes, an hour of it, and how others read it."""
