"""Subscriptions: the feed delivered to addresses that its readers name (https://www.standardwebhooks.com)."""
