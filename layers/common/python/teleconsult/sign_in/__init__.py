"""Signing in by a code that is sent to the phone: whoever knows it has the phone."""
