"""Alarms of a policy run: what raises them, what does not, and how a run ends by one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.alarm_watch import logged
from rewardmodel.alarms import AlarmEnd, Row, after_iteration, after_look
from rewardmodel.config.alarms import AlarmConfig
from rewardmodel.errors import Diverged
from rewardmodel.models import load_policy
from rewardmodel.policy_alarms import AlarmWatch
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_gradient_run import conclude
from tests.rewardmodel.conftest import CPU, events_of
from tests.rewardmodel.policy_gradients import conclude_interrupted, low_ids, trainer
from tests.rewardmodel.test_resume import weights_sha256

# A sound run as the README of a PPO library would show it: scores rise, the rest hardly moves.
SOUND = {
    "score_mean": [0.0, 0.1, 0.3, 0.2, 0.4, 0.5, 0.7, 0.6, 0.8, 0.9, 1.0, 1.1],
    "score_std": [1.0, 1.1, 0.9, 1.0, 1.0, 0.9, 0.8, 0.9, 0.8, 0.7, 0.8, 0.7],
    "approx_kl": [0.02, 0.01, 0.03, 0.6, 0.02, 0.01, 0.02, 0.02, 0.01, 0.02, 0.01, 0.01],
    "value_loss": [0.5, 0.4, 0.4, 0.3, 0.4, 0.3, 11.0, 0.3, 0.2, 0.3, 0.3, 0.2],
    "stop_rate": [0.9, 0.9, 0.8, 0.9, 1.0, 0.8, 0.7, 0.9, 0.9, 0.8, 0.9, 0.9],
    "tokens_mean": [20, 22, 24, 21, 23, 26, 30, 46, 32, 33, 35, 36],
    "entropy": [2.0, 1.9, 1.9, 1.8, 1.8, 1.7, 1.6, 1.6, 1.5, 1.4, 1.4, 1.3],
    "explained_variance": [-3, -1, -0.5, 0.1, 0.2, 0.3, 0.3, 0.4, 0.3, 0.4, 0.4, 0.5],
}
# Diverges at once. With a rate of 1 the logits get so large that, on some processors, rounding ends the run first.
ABSURD: dict[str, Any] = {"learning_rate": 0.3, "iterations": 20, "kl_ceiling": 1e5}


def rows(**other: Sequence[float]) -> list[Row]:
    """Iterations of 8 updates each: the first has step 8."""
    series = {**SOUND, **other}
    return [
        Row(8 * (n + 1), {name: float(values[n]) for name, values in series.items()})
        for n in range(12)
    ]


def raised(series: list[Row], **bounds: Any) -> list[tuple[str, int, int]]:
    """Code, since and step of every alarm as it is first raised, iteration by iteration."""
    settings, seen = AlarmConfig(**bounds), {}
    for count in range(1, len(series) + 1):
        for alarm in after_iteration(series[:count], settings):
            seen.setdefault(alarm.code, (alarm.code, alarm.since, alarm.step))
    return list(seen.values())


def test_a_sound_run_raises_none_though_single_iterations_are_far_out() -> None:
    assert raised(rows()) == []


# The first five have mean 0.9 (stop rate), 22 (tokens), 1 (spread), 1.88 (entropy).
GONE_WRONG = [
    # 0.9 - 0.3 = 0.6: below it from the seventh iteration on, five in a row at the eleventh
    ("stop_rate", {"stop_rate": [0.9] * 6 + [0.5] * 6}, (56, 88)),
    ("length", {"tokens_mean": [22] * 6 + [45] * 6}, (56, 88)),
    ("length", {"tokens_mean": [22] * 6 + [10] * 6}, (56, 88)),
    ("no_spread", {"score_std": [1.0] * 6 + [0.09] * 6}, (56, 88)),
    ("no_spread", {"score_std": [0.0] * 12}, (8, 40)),  # one score for everything: at once
    ("entropy", {"entropy": [1.88] * 6 + [0.18] * 6}, (56, 88)),
    # too early to tell before ten iterations
    ("explained_variance", {"explained_variance": [-0.2] * 12}, (48, 80)),
    # two in a row are enough
    ("diverging", {"approx_kl": [0.02] * 3 + [0.6, 0.7] + [0.02] * 7}, (32, 40)),
    # ten times max(0.4, 1.0 ** 2)
    ("diverging", {"value_loss": [0.4] * 5 + [9.0, 9.0, 11.0, 12.0, 1.0, 1.0, 1.0]}, (64, 72)),
]


@pytest.mark.parametrize(("code", "series", "when"), GONE_WRONG)
def test_what_goes_wrong_is_told_since_when(
    code: str, series: dict[str, list[float]], when: tuple[int, int]
) -> None:
    assert raised(rows(**series)) == [(code, *when)]
    assert raised(rows(**series), alarms="off") == []


def looks(*scores: float) -> list[Row]:
    """Every four iterations, the first before training; first standard deviation 1."""
    return [
        Row(32 * n, {"evaluation_score": score, "evaluation_std": 1.0})
        for n, score in enumerate(scores)
    ]


def test_scores_that_rise_while_held_out_ones_fall_stop_the_run() -> None:
    # best 0.5 at step 32, where the mean score in training was (0 + 0.1 + 0.3 + 0.2) / 4 = 0.15
    [alarm] = after_look(rows(), looks(0.0, 0.5, 0.2, 0.1), AlarmConfig())
    assert (alarm.code, alarm.stops, alarm.since, alarm.step) == ("over_optimised", True, 64, 96)
    assert alarm.figures["train_then"] == pytest.approx(0.15)
    assert alarm.figures["train_now"] == pytest.approx((0.6 + 0.8 + 0.9 + 1.0 + 1.1) / 5)
    assert (alarm.figures["held_then"], alarm.figures["held_now"]) == (0.5, 0.1)
    assert "from 0.150 to 0.880 while those on held-out prompts fell from 0.500" in alarm.message
    [warned] = after_look(rows(), looks(0.0, 0.5, 0.2, 0.1), AlarmConfig(alarms="warn"))
    assert not warned.stops


@pytest.mark.parametrize(
    ("held_out", "training"),
    [
        pytest.param((0.0, 0.5, 0.2, 0.3), SOUND["score_mean"], id="one bad look of the last two"),
        pytest.param((0.0, 0.5, 0.6, 0.7), SOUND["score_mean"], id="both rise"),
        pytest.param((0.0, 0.5, 0.2, 0.1), [0.3] * 12, id="scores in training do not rise"),
        pytest.param((0.0, 0.1), SOUND["score_mean"], id="too few looks"),
    ],
)
def test_held_out_scores_alone_raise_nothing(
    held_out: tuple[float, ...], training: list[float]
) -> None:
    assert list(after_look(rows(score_mean=training), looks(*held_out), AlarmConfig())) == []


def test_a_resumed_run_remembers_what_it_had_seen_and_raises_nothing_twice(tmp_path: Path) -> None:
    whole, log = AlarmWatch(AlarmConfig()), tmp_path / "events.jsonl"
    series = rows(tokens_mean=[22] * 6 + [45] * 6)
    events: list[dict[str, Any]] = []
    for row in series:
        events.append({"type": "metric", "step": row.step, "values": dict(row.figures)})
        found = whole.after_iteration(row.step, row.figures)
        events += [{"type": "alarm", **alarm.to_json()} for alarm in found]
    written = [*events[:10], events[8], *events[9:]]  # a crash: two lines stand there twice
    log.write_text("".join(json.dumps(event) + "\n" for event in written) + '{"type": "metric"')
    again = AlarmWatch(AlarmConfig())
    again.restore(logged(log), 80)  # before the alarm
    assert [row.step for row in again.rows] == [8 * n for n in range(1, 11)]
    assert [alarm.code for alarm in again.after_iteration(*series[10])] == ["length"]
    again.restore(logged(log), 88)
    assert again.after_iteration(*series[11]) == []


def test_where_an_alarm_ends_and_whether_it_comes_back_is_told() -> None:
    watch = AlarmWatch(AlarmConfig(alarm_window=2))
    # beyond twice the 22 of the first two for 5, 6 and 7, and again for 10 and 11
    series = rows(tokens_mean=[22] * 4 + [45] * 3 + [22] * 2 + [45] * 2 + [22])
    told = [one for row in series for one in watch.after_iteration(row.step, row.figures)]
    assert (told[0].code, told[0].step) == ("length", 48)
    assert told[1:] == [
        AlarmEnd("length", step=64, until=56),
        AlarmEnd("length", step=88, until=None),
        AlarmEnd("length", step=96, until=88),
    ]


def test_a_run_that_diverges_is_stopped_by_its_alarm_with_the_policy_of_before(
    policy_folder: Path, tmp_path: Path
) -> None:
    report = conclude(trainer("ppo", tmp_path, policy_folder, **ABSURD))
    assert report["ended"] == "alarm"
    assert report["kept_updates"] == 0
    assert report["evaluation"]["kl_after"] == pytest.approx(0, abs=1e-3)
    [alarm] = [event for event in events_of(tmp_path, "alarm") if event["stops"]]
    assert report["alarm"].items() <= alarm.items()
    assert (alarm["code"], alarm["since"], alarm["step"]) == ("diverging", 4, 8)
    assert "take a smaller learning_rate" in alarm["message"]
    start, kept = load_policy(policy_folder, CPU), load_policy(tmp_path / "model", CPU)
    for name, weight in start.state_dict().items():
        assert torch.equal(kept.state_dict()[name], weight)


def test_interrupted_and_stopped_by_its_alarm_it_goes_back_to_the_policy_of_an_uninterrupted_run(
    policy_folder: Path, tmp_path: Path
) -> None:
    def begin(name: str) -> PolicyGradientTrainer:
        return trainer("ppo", tmp_path / name, policy_folder, checkpoint_every_steps=1, **ABSURD)

    whole = conclude(begin("whole"))
    # the first while measuring, the others after updates: each saves, and only so many are kept
    broken = conclude_interrupted(lambda: begin("broken"), (1, 5, 2, 2, 5, 2, 2))
    interrupted = [event["step"] for event in events_of(tmp_path / "broken", "interrupted")]
    assert interrupted == [0, 1, 2, 3, 5, 6, 7]
    assert (whole["ended"], broken) == ("alarm", whole)
    assert weights_sha256(tmp_path / "broken") == weights_sha256(tmp_path / "whole")


def test_an_infinite_loss_ends_the_run_and_names_its_alarm(
    policy_folder: Path, tmp_path: Path
) -> None:
    calls: list[int] = []

    def bursting(prompts: Any, completions: Any, group: int = 1) -> torch.Tensor:
        calls.append(1)
        return low_ids(prompts, completions) * (1.0 if len(calls) < 3 else float("inf"))

    chosen = trainer("rloo", tmp_path, policy_folder, bursting, completions_per_prompt=2)
    with pytest.raises(Diverged, match="stopped by its alarm: policy_loss became"):
        conclude(chosen)
    assert [event["code"] for event in events_of(tmp_path, "alarm")] == ["non_finite"]


def test_samples_stand_beside_what_the_reference_said(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer("rloo", tmp_path, policy_folder, iterations=2, followed_prompts=2)
    conclude(chosen)
    shown = events_of(tmp_path, "sample")
    assert [event["step"] for event in shown] == [0, 0, 4, 4]
    for event in shown[:2]:
        assert (event["completion"], event["score"]) == (event["before"], event["reference_score"])
        assert abs(event["kl"]) < 1e-4
    for first, last in zip(shown[:2], shown[2:], strict=True):
        assert last["before"] == first["before"]
        assert last["prompt_id"] == first["prompt_id"]
        assert (
            last["kl"] > 0.01
        )  # the likeliest tokens of a policy that moved are likelier than before
        assert last["disagreement"] is None  # one scorer
