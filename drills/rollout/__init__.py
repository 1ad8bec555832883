"""A rollout of the API under HTTP load."""
