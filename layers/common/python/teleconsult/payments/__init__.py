"""Paying for a booking: by card through the payment provider, or from the balance (S11, §5, §6)."""
