"""Writes of the job machine, gathered for those who only start work."""

from annotation.runs.services.creation import create_run
from annotation.runs.services.lifecycle import cancel, retry
from annotation.runs.services.rounds import close_round, link_runs, open_round

__all__ = [
    "cancel",
    "close_round",
    "create_run",
    "link_runs",
    "open_round",
    "retry",
]
