"""A rollout of Redis by the real controller of StatefulSets."""
