"""The room's rows, read and written."""
