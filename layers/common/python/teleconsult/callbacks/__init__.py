"""Requests for a doctor's call after a consultation (S16): asked for, queued, worked on, answered in time."""
