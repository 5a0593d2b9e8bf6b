"""What every layer may use: errors, configuration, states, clock, ids, logging."""
