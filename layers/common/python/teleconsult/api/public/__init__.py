"""What the site's form and the cabinet call, by subject; `functions/public_api` puts it together."""
