"""Alarms of sft, reward and dpo: what raises them, what does not, and how a run ends by one."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from rewardmodel.alarm_watch import SupervisedWatch, logged
from rewardmodel.alarms import Alarm, AlarmEnd, Row
from rewardmodel.checkpoint import KEEP
from rewardmodel.checkpoint_plan import CheckpointPlan
from rewardmodel.config import DpoConfig, RewardConfig, SftConfig
from rewardmodel.config.alarms import PairAlarmConfig, SupervisedAlarmConfig
from rewardmodel.dpo import run_dpo
from rewardmodel.errors import Diverged, Interrupted
from rewardmodel.rankings import Demonstration, write_snapshot
from rewardmodel.reward import run_reward
from rewardmodel.rundir import Run
from rewardmodel.sft import run_sft
from rewardmodel.supervised_alarms import after_look, after_update
from rewardmodel.training import module_tensors
from rewardmodel.validation import Validation
from tests.rewardmodel.conftest import (
    ask,
    events_of,
    figures_of,
    open_run,
    tiny_policy,
    write_run,
)
from tests.rewardmodel.test_resume import weights_sha256

# A sound run of two epochs of six updates: the first three have mean loss 0.7, gradient norm 1.
SOUND = {
    "loss": [0.7, 0.8, 0.6, 0.6, 1.9, 0.5, 0.5, 0.6, 0.4, 0.5, 0.4, 0.4],
    "gradient_norm": [1.0, 1.2, 0.8, 0.9, 40.0, 2.0, 1.0, 0.7, 0.9, 1.1, 0.6, 0.5],
    "accuracy": [0.5, 0.4, 0.6, 0.5, 0.6, 0.7, 0.7, 0.6, 0.8, 0.7, 0.8, 0.8],
}


def rows(**other: list[float]) -> list[Row]:
    """Updates 1 to 12."""
    series = {**SOUND, **other}
    return [Row(n + 1, {name: values[n] for name, values in series.items()}) for n in range(12)]


def raised(series: list[Row], **bounds: Any) -> list[tuple[str, int, int]]:
    """Code, since and step of every alarm as it is first raised, update by update."""
    settings, seen = PairAlarmConfig(**{"alarm_window": 3, **bounds}), {}
    for count in range(1, len(series) + 1):
        for alarm in after_update(series[:count], settings, updates_per_epoch=6):
            seen.setdefault(alarm.code, (alarm.code, alarm.since, alarm.step))
    return list(seen.values())


def test_a_sound_run_raises_none_though_single_updates_are_far_out() -> None:
    assert raised(rows()) == []


GONE_WRONG = [
    # twice 0.7 is 1.4: above it from update 6 on, three in a row at update 8
    ("diverging", {"loss": [0.7] * 5 + [1.5] * 7}, (6, 8)),
    # ten times 1
    ("gradient_norm", {"gradient_norm": [1.0] * 7 + [11.0] * 5}, (8, 10)),
    ("no_gradient", {"gradient_norm": [1.0, 1.0] + [0.0] * 10}, (3, 5)),
    # the mean of updates 4 to 6, at the end of the first epoch, is 0.5
    ("at_chance", {"accuracy": [0.9] * 3 + [0.4, 0.5, 0.6] + [0.9] * 6}, (4, 6)),
]


@pytest.mark.parametrize(("code", "series", "when"), GONE_WRONG)
def test_what_goes_wrong_is_told_since_when(
    code: str, series: dict[str, list[float]], when: tuple[int, int]
) -> None:
    assert raised(rows(**series)) == [(code, *when)]
    assert raised(rows(**series), alarms="off") == []


def test_only_a_run_that_diverges_is_stopped_and_only_where_alarms_stop() -> None:
    series = rows(loss=[0.7] * 5 + [1.5] * 7)
    [alarm] = after_update(series[:8], SupervisedAlarmConfig(alarm_window=3), 6)
    assert (alarm.stops, alarm.figures["bound"]) == (True, pytest.approx(1.4))
    [warned] = after_update(series[:8], SupervisedAlarmConfig(alarm_window=3, alarms="warn"), 6)
    assert not warned.stops


def looks(name: str, *losses: float) -> list[Row]:
    """Before training, then every three updates."""
    return [Row(3 * n, {name: loss}) for n, loss in enumerate(losses)]


def told(found: list[Row], **more: Any) -> list[Alarm]:
    """Of looks at held-out data, where a tenth above is too much."""
    bounds = SupervisedAlarmConfig(alarm_window=3, alarm_held_out_rise=0.1)
    return after_look(rows(), found, bounds, **more)


def codes(found: list[Row], **more: Any) -> list[str]:
    return [alarm.code for alarm in told(found, **more)]


def test_held_out_loss_that_rises_while_that_in_training_falls_is_overfitting() -> None:
    # best 0.50 after 6 updates; a tenth above it is 0.55
    found = looks("validation_loss", 1.0, 0.7, 0.50, 0.56, 0.60)
    [alarm] = told(found)
    assert (alarm.code, alarm.stops, alarm.since, alarm.step) == ("overfitting", False, 9, 12)
    assert alarm.figures["train_then"] == pytest.approx((0.6 + 1.9 + 0.5) / 3)
    assert alarm.figures["train_now"] == pytest.approx((0.5 + 0.4 + 0.4) / 3)
    assert "rose from 0.500 to 0.600 while that in training fell from 1.000" in alarm.message
    assert codes(found, keeps_best=True) == [], "the result is the best of the looks"
    assert codes(looks("validation_loss", 1.0, 0.7, 0.50, 0.60, 0.54)) == [], "one bad look"
    assert codes(looks("validation_loss", 1.0, 0.7, 0.50, 0.52, 0.60)) == []
    assert codes(looks("validation_loss", 1.0, 0.7, 0.50, 0.52, 0.60), final=True) == [
        "overfitting"
    ]


def test_held_out_loss_above_that_of_the_start_is_told() -> None:
    assert codes(looks("validation_loss", 0.5, 0.56, 0.57)) == ["held_out_worse"]
    assert codes(looks("validation_loss", 0.5, 0.54, 0.57)) == []
    unmeasured = looks("validation_loss", 0.5, 0.56, 0.57)[1:]
    assert codes(unmeasured) == [], "nobody knows where it began"
    # pairs ordered by a coin: ln 2 = 0.693 nats; a tenth above it is 0.762
    assert codes([Row(12, {"validation_nll": 0.77})], final=True) == ["held_out_worse"]
    assert codes([Row(12, {"validation_nll": 0.75})], final=True) == []
    assert codes([Row(12, {"validation_nll": 0.77})]) == [], "one look on the way is none"


def test_a_resumed_run_remembers_its_updates_and_looks_and_raises_nothing_twice(
    tmp_path: Path,
) -> None:
    bounds = SupervisedAlarmConfig(alarm_window=3)
    whole, log = SupervisedWatch(bounds, 6), tmp_path / "events.jsonl"
    series = rows(gradient_norm=[1.0] * 7 + [11.0] * 5)
    events: list[dict[str, Any]] = []
    for row in series:
        events.append({"type": "metric", "step": row.step, "values": dict(row.figures)})
        found = whole.after_update(row.step, row.figures)
        events += [{"type": "alarm", **alarm.to_json()} for alarm in found]
    events.append({"type": "metric", "step": 11, "values": {"validation_loss": 0.9, "x": None}})
    log.write_text("".join(json.dumps(event) + "\n" for event in [*events, events[3]]))
    again = SupervisedWatch(bounds, 6)
    again.restore(logged(log), 9)  # one update before the alarm
    assert [row.step for row in again.rows] == list(range(1, 10))
    assert [alarm.code for alarm in again.after_update(*series[9])] == ["gradient_norm"]
    assert again.looks == {}, "what comes after the checkpoint is measured again"
    again.restore(logged(log), 10)
    assert again.after_update(*series[10]) == []


def test_where_an_alarm_ends_is_told_and_by_a_resumed_run_too(tmp_path: Path) -> None:
    bounds = PairAlarmConfig(alarm_window=3)
    whole, log = SupervisedWatch(bounds, 3), tmp_path / "events.jsonl"
    series = rows(gradient_norm=[1.0] * 4 + [11.0] * 4 + [1.0] * 4, accuracy=[0.4] * 6 + [0.9] * 6)
    events: list[dict[str, Any]] = []
    for row in series:
        events.append({"type": "metric", "step": row.step, "values": dict(row.figures)})
        for one in whole.after_update(row.step, row.figures):
            kind = "alarm_end" if isinstance(one, AlarmEnd) else "alarm"
            events.append({"type": kind, **one.to_json()})
    ends = [event for event in events if event["type"] == "alarm_end"]
    # epochs of three updates: two of them tossed a coin
    assert [(one["code"], one["step"], one["until"]) for one in ends] == [
        ("gradient_norm", 9, 8),
        ("at_chance", 9, 6),
    ]
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    again = SupervisedWatch(bounds, 3)
    again.restore(logged(log), 8)  # both still show
    assert [one.to_json() | {"type": "alarm_end"} for one in again.after_update(*series[8])] == ends
    again.restore(logged(log), 9)
    assert again.after_update(*series[9]) == []


def test_the_end_of_an_alarm_about_looks_is_told_of_a_later_look_alone() -> None:
    watch = SupervisedWatch(SupervisedAlarmConfig(alarm_held_out_rise=0.1), 6, keeps_best=True)
    for step, loss in enumerate((0.5, 0.52, 0.56)):
        assert watch.after_look(step, {"validation_loss": loss}) == []
    [alarm] = watch.after_look(3, {"validation_loss": 0.57})
    assert (alarm.code, alarm.step) == ("held_out_worse", 3)
    assert watch.after_look(1, {}, final=True) == [], "the result may be older than the alarm"
    assert watch.after_look(4, {"validation_loss": 0.58}) == []
    assert watch.after_look(5, {"validation_loss": 0.51}) == [AlarmEnd("held_out_worse", 5, 4)]


def test_a_start_without_a_checkpoint_forgets_what_was_told_before(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    figures = [{"type": "metric", "step": n, "values": {"loss": float(n)}} for n in range(1, 4)]
    events: list[dict[str, Any]] = [
        {"type": "started", "resumed_from": None},
        {"type": "metric", "step": 2, "values": {"validation_loss": 0.1}},
        {"type": "alarm", "step": 2, "code": "gradient_norm"},
        {"type": "started", "resumed_from": None},
        *figures[:2],
        {"type": "warning", "code": "alarm", "message": "no alarm"},
        {"type": "started", "resumed_from": 2},
        figures[2],
    ]
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    assert logged(log) == figures
    watch = SupervisedWatch(SupervisedAlarmConfig(), 6)
    watch.restore(logged(log), 3)
    assert (len(watch.rows), watch.looks, watch.raised) == (3, {}, {})
    assert logged(tmp_path / "none.jsonl") == []


STAGES: dict[str, tuple[Any, Any]] = {
    "sft": (run_sft, SftConfig),
    "reward": (run_reward, RewardConfig),
    "dpo": (run_dpo, DpoConfig),
}


def start(
    stage: str, folder: Path, policy: Path, snapshot: Path, **settings: Any
) -> dict[str, Any]:
    """One run in this process; its report."""
    write_run(folder, stage, {"policy": policy, "snapshot": snapshot})
    return carry_on(open_run(folder, stage), **settings)


def carry_on(run: Run, **settings: Any) -> dict[str, Any]:
    """A run from its newest checkpoint on; its report."""
    run_stage, config = STAGES[run.stage]
    size = {"sft": "batch_size"}.get(run.stage, "prompts_per_step")
    brief = {"device": "cpu", size: 4, **({"kl_prompts": 0} if run.stage == "dpo" else {})}
    found: dict[str, Any] = run_stage(run, config(**{**brief, **settings}))
    return found


def burst(monkeypatch: pytest.MonkeyPatch, stage: str, first: int) -> list[int]:
    """From the update of that number on the loss is a million times what it is.

    Returns what grows by one with every update.
    """
    module = sys.modules[f"rewardmodel.{stage}"]
    name = "_backward_on" if stage == "sft" else "backward_on"
    honest, calls = getattr(module, name), []

    def bursting(*given: Any) -> Any:
        calls.append(1)
        found, times = honest(*given), 1.0 if len(calls) < first else 1e6
        return found * times if stage == "sft" else {**found, "loss": found["loss"] * times}

    monkeypatch.setattr(module, name, bursting)
    return calls


@pytest.mark.parametrize("stage", ["sft", "reward", "dpo"])
def test_a_run_that_diverges_is_stopped_by_its_alarm_with_weights_of_before(
    stage: str,
    policy_folder: Path,
    snapshot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    burst(monkeypatch, stage, first=7)
    settings: dict[str, Any] = {"epochs": 4, "checkpoint_every_steps": 4, "alarm_window": 2}
    report = start(stage, tmp_path / "run", policy_folder, snapshot, **settings)
    [alarm] = [event for event in events_of(tmp_path / "run", "alarm") if event["stops"]]
    assert report["ended"] == "alarm"
    assert report["alarm"].items() <= alarm.items()
    assert (alarm["code"], alarm["since"], alarm["step"]) == ("diverging", 7, 8)
    assert report["updates"] == 4, "the newest checkpoint of before"
    assert (tmp_path / "run" / "model").is_dir()


@pytest.mark.parametrize(("every", "kept"), [(1, 10), (2, 10), (4, 12), (50, 5)])
@pytest.mark.parametrize("stage", ["sft", "reward", "dpo"])
def test_however_often_checkpoints_are_written_one_of_before_the_alarm_is_left(
    stage: str,
    every: int,
    kept: int,
    policy_folder: Path,
    snapshot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    burst(monkeypatch, stage, first=13)
    settings: dict[str, Any] = {"epochs": 8, "checkpoint_every_steps": every, "alarm_window": 5}
    report = start(stage, tmp_path / "run", policy_folder, snapshot, **settings)
    # updates 13 to 17 burst; of each window of 5 the last checkpoint stays until it is not needed
    assert (report["ended"], report["alarm"]["step"], report["updates"]) == ("alarm", 17, kept)
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) <= 6


@pytest.mark.parametrize("every", [*range(1, 14), 20, 50])
@pytest.mark.parametrize("window", [1, 2, 5, 20])
def test_interruptions_push_out_no_checkpoint_that_an_alarm_goes_back_to(
    every: int, window: int
) -> None:
    chance = random.Random(window)
    plan = CheckpointPlan(every, window)
    for unrest in (0.0, 0.1, 0.7):
        kept: list[int] = []
        for step in range(1, 200):
            # an alarm at this step goes back to the newest one of before its window
            before = [s for s in range(1, step - window + 1) if plan.lasts(s)]
            assert before[-1:] == [s for s in kept if s in before][-1:], step
            assert before or step < 2 * window, "no alarm comes sooner"
            if plan.due(step) or chance.random() < unrest:
                kept = sorted({*kept[-KEEP + 1 :], step, *plan.lasting(step) & {*kept}})
            assert len(kept) <= KEEP + 3


@pytest.mark.parametrize("every", [1, 3, 50])
def test_interrupted_and_stopped_by_its_alarm_it_ends_with_the_weights_of_an_uninterrupted_run(
    every: int,
    policy_folder: Path,
    snapshot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings: dict[str, Any] = {"epochs": 20, "checkpoint_every_steps": every, "alarm_window": 5}
    first, interruptions = (60 if every == 50 else 20), range(12, 22, 2)
    burst(monkeypatch, "reward", first)
    whole = start("reward", tmp_path / "whole", policy_folder, snapshot, **settings)
    monkeypatch.undo()
    calls = burst(monkeypatch, "reward", first)
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "broken", "reward", inputs)
    for number in interruptions:
        run = open_run(folder, "reward")
        monkeypatch.setattr(Run, "stop_requested", property(lambda _, n=number: len(calls) >= n))
        with pytest.raises(Interrupted):
            carry_on(run, **settings)
    monkeypatch.setattr(Run, "stop_requested", False)
    broken = carry_on(open_run(folder, "reward"), **settings)
    assert (whole["ended"], broken) == ("alarm", whole)
    assert weights_sha256(tmp_path / "broken") == weights_sha256(tmp_path / "whole")


@pytest.mark.parametrize("every", [1, 1000])
@pytest.mark.parametrize("stage", ["sft", "reward"])
def test_a_run_that_keeps_the_best_ends_by_its_alarm_with_the_best_weights(
    stage: str,
    every: int,
    policy_folder: Path,
    snapshot: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    burst(monkeypatch, stage, first=13)
    seen: dict[int, dict[str, torch.Tensor]] = {}
    note = Validation.note

    def noting(self: Validation, step: int, loss: float) -> None:
        weights = module_tensors(self.module).items()
        seen[step] = {name: weight.clone() for name, weight in weights}
        note(self, step, loss)

    monkeypatch.setattr(Validation, "note", noting)
    settings: dict[str, Any] = {"epochs": 8, "checkpoint_every_steps": every, "alarm_window": 5}
    settings |= {"keep": "best", "evaluate_every_steps": 3, "learning_rate": 1e-3}
    report = start(stage, tmp_path / "run", policy_folder, snapshot, **settings)
    figures = figures_of(tmp_path / "run")
    name = "validation_loss" if stage == "sft" else "validation_nll"
    assert report["kept_update"] == min(seen, key=lambda step: figures[step][name]) > 10
    assert (report["ended"], report["stopped_early"], report["updates"]) == ("alarm", True, 17)
    best = seen[report["kept_update"]]
    published = load_file(tmp_path / "run" / "model" / "model.safetensors")
    same = [
        name for name in published if any(torch.equal(published[name], w) for w in best.values())
    ]
    assert len(same) >= len(published) - 1, "the head of a reward model is scaled"


def test_a_gradient_that_is_no_number_ends_the_run_and_names_its_alarm(
    snapshot: Path, tmp_path: Path
) -> None:
    broken = tiny_policy()
    next(iter(broken.parameters())).data.fill_(float("nan"))
    broken.save(tmp_path / "broken")
    with pytest.raises(Diverged, match="stopped by its alarm: loss became nan at update 0"):
        start("sft", tmp_path / "run", tmp_path / "broken", snapshot, epochs=1)
    assert [event["code"] for event in events_of(tmp_path / "run", "alarm")] == ["non_finite"]


def test_demonstrations_learnt_by_heart_are_told_and_the_run_goes_on(
    policy_folder: Path, tmp_path: Path
) -> None:
    rows = [Demonstration(f"t{n}", ask(f"question {n}"), "zz zz zz") for n in range(8)]
    rows.append(Demonstration("v", ask("question v"), "the sun is warm", split="validation"))
    write_snapshot(tmp_path / "s", [], rows)
    settings = {"epochs": 12, "evaluate_every_steps": 2, "learning_rate": 1e-2, "alarm_window": 2}
    report = start("sft", tmp_path / "run", policy_folder, tmp_path / "s", **settings)
    assert (report["ended"], report["updates"]) == ("complete", 24)
    codes = {event["code"] for event in events_of(tmp_path / "run", "alarm")}
    assert codes == {"overfitting", "held_out_worse"}
    measured = [
        e["step"] for e in events_of(tmp_path / "run", "metric") if "loss" not in e["values"]
    ]
    assert measured == [*range(0, 24, 2), 24], "from the policy it began with on"
