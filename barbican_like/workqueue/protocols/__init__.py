"""How a site is spoken to: one port, an adapter for each protocol."""
