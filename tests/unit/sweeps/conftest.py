"""Sweeps over the sample clinic on moto, which starts executions and stops them, and runs none."""

from tests.unit.usecases.conftest import clinic

__all__ = ["clinic"]
