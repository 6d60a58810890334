"""The clinic's figures: bookings by state, the funnel, no-shows and money, by the clinic's days."""
