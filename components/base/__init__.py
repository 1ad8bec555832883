"""What every component shares: errors, names, labels, words, quantities, and how pods are described."""
