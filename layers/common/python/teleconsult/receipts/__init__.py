"""Fiscal receipts (§5, 54-FZ): they follow from the ledger, and never hold up the booking or the money."""
