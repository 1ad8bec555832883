"""Keys that encrypt what others keep, and where a cloud keeps them."""
