"""A booking from its form to its last state: the row, its stages, the workflow that carries it."""
