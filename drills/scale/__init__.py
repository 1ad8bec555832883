"""From 3 nodes to 100 and back by the real Karpenter."""
