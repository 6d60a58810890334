"""Consents: the documents, who signs which, and the evidence that it was done (§4)."""
