"""Signing in and out: by a code to the phone, by the link of an unpaid booking, or as one of the staff."""
