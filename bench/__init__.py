"""Figures, not judgements: how fast and how large the system is. Nothing here asserts anything."""
