"""Facts of Azure."""
