"""What became of a consultation: evidence, words, and where the money goes."""
