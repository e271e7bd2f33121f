"""A run at a command line says how far it is, and at its end what came of it; a supervised one is silent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rewardmodel.__main__ import execute
from rewardmodel.telling import ProgressLines, headlines, outcome
from tests.rewardmodel.conftest import write_run

WIN_RATE = {"value": 0.61234, "low": 0.55, "high": 0.67, "clusters": 40}


def test_lines_of_progress_keep_their_distance() -> None:
    said: list[str] = []
    lines = ProgressLines(said.append, every_s=3600)
    for done in range(5):
        lines.update("rollouts", done, 4)
    lines.update("train", 1, 9)
    assert said == ["rollouts: 0 of 4"]
    often = ProgressLines(said.append, every_s=0)
    often.update("train", 2, 9)
    often.update("train", 3, 9)
    assert said[1:] == ["train: 2 of 9", "train: 3 of 9"]


def test_the_most_telling_figures_of_a_report_stand_in_a_line() -> None:
    report = {
        "updates": 12,
        "learning_rate": 1e-6,
        "ended": "kl_ceiling",
        "evaluation": {"win_rate": WIN_RATE, "kl_after": 1.23456, "interval": "bootstrap"},
    }
    said = ["ended kl_ceiling", "win_rate 0.612 (0.55 to 0.67)", "kl_after 1.23", "updates 12"]
    assert headlines(report) == said
    assert headlines({"ended": "complete", "updates": 3}) == ["updates 3"]
    assert headlines({"odd": {"value": None}}) == []


def test_a_run_without_a_report_says_where_its_files_lie(tmp_path: Path) -> None:
    (tmp_path / "completions.jsonl").touch()
    assert outcome(tmp_path) == f"complete: {tmp_path / 'completions.jsonl'}"


@pytest.mark.parametrize("supervised", [False, True])
def test_the_last_line_says_where_results_lie(
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    supervised: bool,
) -> None:
    monkeypatch.setattr("rewardmodel.__main__.watch_standard_input", lambda: None)
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "run", "sft", inputs, epochs=1)
    for again in (False, True):  # a complete run says it once more
        with pytest.raises(SystemExit) as left:
            execute("sft", folder, supervised=supervised)
        assert left.value.code == 0
        out, err = capsys.readouterr()
        loss = json.loads((folder / "report.json").read_text())["validation_loss"]
        line = f"complete: {folder / 'model'}, {folder / 'report.json'}; validation_loss {loss:.3g}"
        assert out.startswith(line) is not supervised
        assert out.count("\n") == (0 if supervised else 1)
        assert ("update" in err or " of " in err) is not (supervised or again)
