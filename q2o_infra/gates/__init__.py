"""Whether a phase may start: the record of a decision, and what follows from it."""
