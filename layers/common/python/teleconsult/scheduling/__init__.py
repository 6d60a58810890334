"""After payment: contract, room, confirmation (S13)."""
