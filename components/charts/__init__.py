"""How Helm charts are installed, and what of them the scheduler must know; shared by every component with a chart."""
