"""The frame of every room's HTTP side: requests, routes, answers, policy, filters, the paste file."""
