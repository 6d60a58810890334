"""Signing in, going on, signing out, by whose session it is; `functions/sessions` puts it together."""
