"""What workers do: one BaseTask subclass for each kind of task."""
