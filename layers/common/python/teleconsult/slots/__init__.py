"""The times a doctor can be booked at, and who holds them."""
