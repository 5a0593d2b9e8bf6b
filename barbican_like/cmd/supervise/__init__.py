"""The operator's commands: one module each for places, settings, processes and what is printed."""
