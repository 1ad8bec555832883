"""Facts of Google Cloud."""
