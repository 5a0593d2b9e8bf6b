"""Contexts: sets of task services, supervised, with triggers between them."""
