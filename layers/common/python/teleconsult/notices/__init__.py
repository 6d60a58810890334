"""Notices: what is told to whom, in which words, and that each is sent once."""
