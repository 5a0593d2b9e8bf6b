"""What every room may use: errors, configuration, states, clock, ids, logging."""
