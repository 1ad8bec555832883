"""What the two engines ask of the simulated world: create, update, delete, read, and what a change would mean."""
