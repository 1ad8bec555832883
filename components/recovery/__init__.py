"""Where backups go: a bucket and its key outside the region, which outlive it."""
