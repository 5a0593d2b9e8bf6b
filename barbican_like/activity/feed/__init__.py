"""The live feed: how changes become rows, how rows get their numbers, how they are shown and chosen."""
