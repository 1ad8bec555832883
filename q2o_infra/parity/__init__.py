"""One contract, three clouds: what is promised of every region, and how each cloud keeps it."""
