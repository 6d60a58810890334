"""What the clinic offers: kinds, specialties, doctors, and the clinic's settings (S2, S4, S5)."""
