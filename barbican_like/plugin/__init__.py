"""Where payloads are kept: the secret-store port with its plug-ins."""
