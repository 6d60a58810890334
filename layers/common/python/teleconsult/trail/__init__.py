"""The audit trail: who did what, when and why, and who read what is about somebody's health (§7)."""
