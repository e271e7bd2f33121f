"""A dashboard gets every figure once; the log stays the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rewardmodel.__main__ import app
from rewardmodel.errors import EXIT_REFUSED, Refused
from rewardmodel.events import EventLog
from rewardmodel.tracking import Follower, check_tracker
from tests.rewardmodel.conftest import events_of, write_run


class Remembering:
    """A tracker that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, dict[str, float]]] = []

    def log(self, values: dict[str, float], step: int) -> None:
        if values.get("loss") == 13.0:
            raise OSError("out of reach")
        self.seen.append((step, values))

    def finish(self) -> None:
        self.seen.append((-1, {}))


def test_every_figure_is_forwarded_once_across_restarts(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.write("started", resumed_from=None)
    log.metric(1, {"loss": 0.5, "accuracy": float("nan")})
    first = Remembering()
    Follower(tmp_path, "x", lambda: first).forward()
    assert first.seen == [(1, {"loss": 0.5})]
    log.metric(2, {"loss": 0.25})
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"seq": 4, "type": "met')  # a line in the making
    second = Remembering()
    follower = Follower(tmp_path, "x", lambda: second)
    follower.start()
    follower.stop()
    assert second.seen == [(2, {"loss": 0.25}), (-1, {})]


def test_a_dashboard_out_of_reach_does_not_end_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.metric(1, {"loss": 13.0})
    follower = Follower(tmp_path, "x", Remembering)
    follower.start()
    follower.stop()
    assert "tracker: OSError: out of reach" in capsys.readouterr().err


def test_figures_of_an_outage_are_forwarded_when_it_is_over(tmp_path: Path) -> None:
    class Away(Remembering):
        away = True

        def log(self, values: dict[str, float], step: int) -> None:
            if self.away:
                raise OSError("out of reach")
            super().log(values, step)

    log, tracker = EventLog(tmp_path / "events.jsonl"), Away()
    follower = Follower(tmp_path, "x", lambda: tracker)
    for step in (1, 2):
        log.metric(step, {"loss": 0.5})
        with pytest.raises(OSError, match="out of reach"):
            follower.forward()
    tracker.away = False
    log.metric(3, {"loss": 0.5})
    follower.forward()
    assert [step for step, _ in tracker.seen] == [1, 2, 3]


def test_an_unknown_or_absent_tracker_is_refused() -> None:
    with pytest.raises(Refused, match="'tensorbored': not a tracker .*tensorboard"):
        check_tracker("tensorbored")
    with pytest.raises(Refused, match="'aim': its package is not installed"):
        check_tracker("aim")


@pytest.mark.parametrize("stage", ["sft", "reward"])  # a setting of the latter is an object
def test_tensorboard_shows_the_curve_of_a_run(
    tmp_path: Path, policy_folder: Path, snapshot: Path, stage: str
) -> None:
    pytest.importorskip("tensorboard", reason="the tracking extra is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "run", stage, inputs, epochs=2)
    result = CliRunner().invoke(app, [stage, "--run", str(folder), "--tracker", "tensorboard"])
    assert result.exit_code == 0, result.output
    shown = EventAccumulator(str(folder / "tracker" / "run"))
    shown.Reload()
    curve = [(point.step, point.value) for point in shown.Scalars("loss")]
    metrics: list[dict[str, Any]] = events_of(folder, "metric")
    expected = [(e["step"], e["values"]["loss"]) for e in metrics if "loss" in e["values"]]
    assert curve == [(step, pytest.approx(value, rel=1e-5)) for step, value in expected]
    assert json.loads((folder / "tracker-tensorboard.json").read_text())["seq"] > 0


def test_a_refused_tracker_names_itself(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    folder = write_run(tmp_path / "run", "sft", {"policy": policy_folder, "snapshot": snapshot})
    result = CliRunner().invoke(app, ["sft", "--run", str(folder), "--tracker", "nothing"])
    assert result.exit_code == EXIT_REFUSED
    assert not (folder / "MANIFEST.json").exists()
