"""What stands in for software that does not run in the sandbox: same pods, same requests, same nodes, no containers."""
