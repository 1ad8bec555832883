"""Facts of AWS."""
