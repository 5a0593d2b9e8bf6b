"""The task fabric: wake-ups, claims, the sweep."""
