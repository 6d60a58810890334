"""The clinic's books: double-entry transfers that are never changed, and the balances they add up to (§5)."""
