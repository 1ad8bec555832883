"""What of a preview would replace or delete something stateful, and who has looked at it."""
