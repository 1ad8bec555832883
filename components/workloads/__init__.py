"""The platform's own software: the API and the agents."""
