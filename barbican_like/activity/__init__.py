"""The room of activity: the live feed of every change."""
