"""Events: what people ask to be changed, whether they may, and what became of it."""
