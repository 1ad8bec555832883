"""What every closed namespace of the platform shares: its name, its Pod Security, its openings."""
