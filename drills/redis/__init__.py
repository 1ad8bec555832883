"""Six Redis processes broken under load."""
