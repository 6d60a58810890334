"""One logger and one metrics object for all functions. Only ids are logged, never people (§7)."""

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

logger = Logger()
metrics = Metrics()


def count(name: str) -> None:
    """One more of something that an alarm waits for; told at once, whatever becomes of the invocation."""
    with single_metric(name=name, unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="service", value=str(metrics.provider.service))
