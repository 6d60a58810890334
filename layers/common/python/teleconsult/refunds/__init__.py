"""Refunds: money on its way from a holder's balance back to the payments it came with (§5)."""
