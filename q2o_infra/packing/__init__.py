"""Which pods of a plan sit on which machines, what these cost, and which quotas they need."""
