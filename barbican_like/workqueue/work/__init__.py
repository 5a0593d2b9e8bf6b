"""What a transfer worker does: slots, turns, batches, expansions."""
