"""Makes task services: folder, code, test, and their place in a context file."""
