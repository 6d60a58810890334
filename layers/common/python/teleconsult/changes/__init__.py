"""What is changed of a booking that exists: cancelled, moved, held longer, a doctor's day cleared (§2)."""
