"""What a region may cost: who is told, and what stops growing, when it costs more."""
