"""A doctor's day: whom to meet, when, and how to reach them (S13)."""
