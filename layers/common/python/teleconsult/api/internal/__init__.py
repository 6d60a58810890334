"""What the clinic's staff call under `/internal`, by subject; `functions/internal_api` puts it together."""
