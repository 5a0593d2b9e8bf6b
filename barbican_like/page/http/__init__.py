"""The HTTP side of the page: its files, and the sign-in."""
