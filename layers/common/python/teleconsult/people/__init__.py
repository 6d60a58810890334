"""The people of a booking: the account holder, the patient, and how their data is checked (§3)."""
