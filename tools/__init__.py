"""Checks of our own, beside ruff, mypy and cfn-lint."""
