"""One logger and one metrics object for all functions. Only ids are logged, never people (§7)."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()
