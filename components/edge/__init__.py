"""The way in: a load balancer of the cloud, and behind it the gateway that knows the routes."""
