"""The gateway: the feed over connections that stay open. The only place that knows aiohttp."""
