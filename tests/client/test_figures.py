"""What people read: units, rounding, intervals, and every leaf by its path."""

from __future__ import annotations

from typing import Any

import pytest

from tiebreak.command.figures import duration, in_words, leaves, size

ACCURACY = {"value": 0.71234567, "low": 0.6, "high": 0.8, "clusters": 40}


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (472_000_000, "472 MB"), (None, "-")],
)
def test_bytes_stand_in_the_unit_that_fits(count: int | None, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2.34567, "2.346 s"), (43.2, "43 s"), (60, "1 min"), (125, "2 min 5 s"), (7260, "2 h 1 min")],
)
def test_a_span_of_time_stands_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "name", "said"),
    [
        (1.4841126203536987, "score", "1.484"),
        (1234567.0, "tokens", "1234567"),
        (1e-06, "learning_rate", "1e-06"),
        (1000, "bytes", "1.0 kB"),
        (90.0, "oldest_seconds", "1 min 30 s"),
        ("2026-03-01T10:11:12.345678Z", "at", "2026-03-01 10:11"),
        (True, "ok", "yes"),
        ([0.123456, 2], "interval", "0.1235, 2"),
        (list(range(50)), "bins", "50 entries"),
        (ACCURACY, "accuracy", "0.7123 (0.6 to 0.8)"),
        ({"rankings": 4, "prompts": 2}, "counts", "rankings 4, prompts 2"),
        (None, "none", "-"),
    ],
)
def test_a_value_is_said_in_words(value: Any, name: str, said: str) -> None:
    assert in_words(value, name) == said


def test_a_gate_is_told_with_its_name_its_bound_and_what_length_alone_gives() -> None:
    gate = {"gate": "reward_accuracy", "bound": 0.5, "passed": False, "clusters": 40}
    measured = {"value": 0.6829, "low": 0.3993, "high": 0.8921}
    over = {"value": 0.05, "low": -0.1, "high": 0.2}
    assert in_words([gate | measured | {"over_length": over}], "gates") == (
        "reward_accuracy 0.6829 (0.3993 to 0.8921), does not hold: above 0.5 with confidence, "
        "over “the longer text wins” 0.05 (-0.1 to 0.2)"
    )
    nothing = {"value": None, "low": None, "high": None}
    assert in_words(gate | nothing).startswith("reward_accuracy not measured, does not hold")
    few = {"value": 1.0, "low": None, "high": None, "clusters": 2}
    assert "1 (from 2 prompts or sets of answers: too few for an interval)" in in_words(gate | few)
    kl = {"gate": "kl", "value": 4.0, "low": None, "high": None, "bound": 5.0, "passed": True}
    assert in_words(kl) == "kl 4, holds: at most 5"


def test_every_leaf_has_its_path_and_a_program_gets_the_interval_apart() -> None:
    report = {"validation": {"accuracy": ACCURACY, "bins": [1, 2]}, "updates": 3}
    assert dict(leaves(report)) == {
        "validation.accuracy": ACCURACY,
        "validation.bins": [1, 2],
        "updates": 3,
    }
    assert dict(leaves(report, "report", split=True))["report.validation.accuracy.low"] == 0.6
