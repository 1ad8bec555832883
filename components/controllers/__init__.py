"""The controllers that every cluster runs: autoscaling of nodes, load balancers, certificates, metrics."""
