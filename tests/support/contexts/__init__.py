"""Contexts for tests: files, plans, folders of services."""
