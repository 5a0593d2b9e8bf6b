"""The HTTP side of contexts: ``/contexts/v1``."""
