"""What a plan costs: the price book as data, and a pure estimate over the recorded plan."""
