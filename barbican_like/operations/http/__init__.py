"""The HTTP side of operations: ``/operations/v1`` and ``/metrics``."""
