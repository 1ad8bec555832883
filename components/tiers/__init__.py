"""Who stays when nodes run short."""
