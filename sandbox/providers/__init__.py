"""What the engine talks to: simulated clouds, and the real Kubernetes provider with charts stood in for."""
