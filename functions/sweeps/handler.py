"""The sweeps, when the schedule says so: `{"sweep": …, "scheduled_for": …}`; counts what they did."""

from dataclasses import asdict

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from teleconsult.platform import clock
from teleconsult.platform.observability import logger, metrics
from teleconsult.sweeps import sweeping

_SWEEPS = {
    "no_shows": sweeping.no_shows,
    "lost_executions": sweeping.lost_executions,
    "open_payments": sweeping.open_payments,
    "documents": sweeping.documents,
}
_RESERVE_MILLISECONDS = (
    30_000  # for the booking at hand, the provider asked about it, and for counting what is left
)


@metrics.log_metrics
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, str], context: LambdaContext) -> dict[str, int]:
    logger.append_keys(sweep=event["sweep"])
    metrics.add_dimension(name="sweep", value=event["sweep"])
    now = clock.parse(event["scheduled_for"])
    tally = asdict(
        _SWEEPS[event["sweep"]](now, lambda: context.get_remaining_time_in_millis() > _RESERVE_MILLISECONDS)
    )
    for name, count in tally.items():
        metrics.add_metric(name=f"Sweep{name.capitalize()}", unit=MetricUnit.Count, value=count)
    logger.info("swept", **tally)
    return tally
