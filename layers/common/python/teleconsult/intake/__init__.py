"""The two doors: a form becomes a booking with its slot held, or a list of everything wrong with it."""
