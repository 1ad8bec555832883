"""The managed Kubernetes control plane of one region and the nodes that never leave."""
