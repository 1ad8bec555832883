"""The two engines over one world: the Pulumi CLI, and one in this process for machines without it."""
