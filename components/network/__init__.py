"""The network of one region: zones, subnets, ways in and out."""
