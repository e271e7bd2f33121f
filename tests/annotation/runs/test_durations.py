"""How long a run will take is told by past ones and by all the networks that a completion goes through."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotation.registry.models import ModelVersion
from annotation.registry.services import register_version
from annotation.runs import durations
from annotation.runs.models import Run, RunEvent, RunMetric
from annotation.runs.services import create_run, lifecycle
from tests.annotation.labeling.work import add_prompt
from tests.annotation.registry.models import write_model, write_safetensors
from tests.cast import Cast

# 256 completions of 40 tokens an iteration; a completion is learnt from twice.
SETTINGS = {"iterations": 2, "inner_epochs": 2, "max_new_tokens": 40, "value_network": "separate"}


def model(cast: Cast, tmp_path: Path, kind: str, weights: int, weight: float = 1.0) -> ModelVersion:
    folder = write_model(tmp_path / f"{kind}{weights}", kind=kind)
    write_safetensors(folder / "model.safetensors", {"w": [weight] * weights})
    return register_version(
        project=cast.project, directory=folder, name=f"{kind} {weights}", kind=kind
    )


def took(cast: Cast, seconds: float, kind: str = "ppo", *, steps: Any = (), **wish: Any) -> Run:
    """A past run of so many seconds; `steps`: the seconds of what its trainer measured, step by step."""
    run = create_run(project=cast.project, kind=kind, **wish)
    lease = lifecycle.claim(run.id, "w")
    assert lease is not None
    lifecycle.succeed(lease, report={})
    ended = timezone.now()
    begun = ended - timedelta(seconds=seconds)
    Run.objects.filter(pk=run.pk).update(started_at=begun, finished_at=ended)
    for step, figures in enumerate(steps, start=1):
        for name, value in figures.items():
            RunMetric.objects.create(run=run, step=step, name=name, value=value)
    return Run.objects.get(pk=run.pk)


def began_after(run: Run, seconds: float) -> None:
    """What its trainer said once it was loaded."""
    assert run.started_at is not None
    at = run.started_at + timedelta(seconds=seconds)
    RunEvent.objects.create(run=run, epoch=1, type="trainer_started", at=at)


@pytest.fixture
def inputs(cast: Cast, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A policy of 100 weights, and a reward model of 40 with two others beside it, of 40 and 60."""
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    model(cast, tmp_path, "reward", 60)
    model(cast, tmp_path / "again", "reward", 40, weight=2.0)
    return {
        "policy_version": model(cast, tmp_path, "policy", 100),
        "reward_version": model(cast, tmp_path, "reward", 40),
        "prompt_set": add_prompt(cast.project, "Why?", name="rl", purpose="rl").prompt_set,
    }


def told(
    cast: Cast, inputs: dict[str, Any], kind: str = "ppo", **settings: Any
) -> list[float] | None:
    config = {"rollouts_per_iteration": 64, "reward_models": 1, **SETTINGS, **settings}
    seconds, _ = durations.expected(cast.project.pk, kind, config, inputs)
    return None if seconds is None else [round(one, 6) for one in seconds]


@pytest.mark.django_db
def test_every_reward_model_that_scores_takes_its_time(cast: Cast, inputs: dict[str, Any]) -> None:
    # policy: drawn, read by the reference, learnt from twice (a forward, a backward as long as two):
    # 100 * (1 + 1 + 2 * 3) = 800; values: 40 * (1 + 2 * 3) = 280; scored: 40. Together 1120.
    one = took(cast, 56, config=SETTINGS, **inputs)
    assert "further_reward_versions" in one.config
    assert told(cast, inputs) == [56, 56, 56]
    # three score: 40 + 40 + 60 in place of 40
    assert told(cast, inputs, reward_models=3) == [61, 61, 61]
    # and three times as many iterations
    assert told(cast, inputs, reward_models=3, iterations=6) == [183, 183, 183]
    # once over is less: 500 + 160 + 40
    assert told(cast, inputs, inner_epochs=1) == [35, 35, 35]

    # a past run with three, as long as expected, tells the same of both
    took(cast, 61, config={**SETTINGS, "reward_models": 3}, **inputs)
    assert told(cast, inputs) == [56, 56, 56]
    assert told(cast, inputs, reward_models=3) == [61, 61, 61]


@pytest.mark.django_db
def test_a_method_without_a_value_network_has_no_time_for_one(
    cast: Cast, inputs: dict[str, Any]
) -> None:
    config = {"iterations": 2, "inner_epochs": 1, "max_new_tokens": 40}
    took(cast, 54, "rloo", config=config, **inputs)  # 100 * 5 + 40
    assert told(cast, inputs, "rloo", inner_epochs=1, reward_models=3) == [64, 64, 64]


@pytest.mark.django_db
def test_the_best_of_n_take_as_long_as_all_that_is_drawn_and_scored(
    cast: Cast, inputs: dict[str, Any], tmp_path: Path
) -> None:
    config = {"samples_per_prompt": 4, "max_new_tokens": 40}
    took(cast, 28, "best_of_n", config=config, **inputs)  # 100 draw, 40 score

    def expected(**change: Any) -> float | None:
        settings = {**config, **change}
        seconds, _ = durations.expected(cast.project.pk, "best_of_n", settings, inputs)
        return None if seconds is None else round(seconds[1], 6)

    assert expected() == 28
    assert expected(samples_per_prompt=8) == 56
    assert expected(max_new_tokens=20) == 14
    for text in ("Why?", "And why?"):
        inputs["prompt_set"] = add_prompt(cast.project, text, name="two", purpose="rl").prompt_set
    assert expected() == 56
    inputs["reward_version"] = model(cast, tmp_path / "larger", "reward", 180)
    assert expected() == 112  # 100 + 180, of both prompts


@pytest.mark.django_db
def test_where_a_network_is_not_known_only_runs_of_the_same_ones_are_compared(
    cast: Cast, inputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    took(cast, 56, config=SETTINGS, **inputs)
    monkeypatch.setattr(durations, "shape_of", lambda version: None)
    assert told(cast, inputs, iterations=4) == [112, 112, 112]
    assert told(cast, inputs, reward_models=3) is None
    # which networks is not said yet: the amount of text alone tells
    assert told(cast, {**inputs, "policy_version": None}, iterations=4) == [112, 112, 112]


@pytest.mark.django_db
def test_what_a_short_run_needed_to_begin_is_not_taken_times_the_work(
    cast: Cast, inputs: dict[str, Any]
) -> None:
    # 28 seconds, of which its two iterations took (0.5 + 0.3) + (0.4 + 0.3) = 1.5: 26.5 were start and looks
    steps = [
        {"seconds_rollout": 0.5, "seconds_update": 0.3, "loss": 100.0},
        {"seconds_rollout": 0.4, "seconds_update": 0.3, "loss": 100.0},
    ]
    short = took(cast, 28, config=SETTINGS, steps=steps, **inputs)
    assert told(cast, inputs) == [28, 28, 28]
    assert told(cast, inputs, iterations=8) == [32.5, 32.5, 32.5]  # 26.5 + 4 * 1.5
    assert told(cast, inputs, iterations=1) == [27.25, 27.25, 27.25]
    # of fifty times the work such a run says little: 26.5 + 50 * 1.5, or half, or twice that
    assert told(cast, inputs, iterations=100) == [50.75, 101.5, 203]

    # one of more work says it better: 24 + 2 * 40, and nothing is taken from the short one
    longer = [{"seconds_rollout": 25.0, "seconds_update": 15.0}]
    full = took(cast, 64, config={**SETTINGS, "iterations": 50}, steps=longer, **inputs)
    assert told(cast, inputs, iterations=100) == [104, 104, 104]
    config = {"rollouts_per_iteration": 64, "reward_models": 1, **SETTINGS}
    _, numbers = durations.expected(cast.project.pk, "ppo", config, inputs)
    assert numbers == [full.number, short.number]


@pytest.mark.django_db
def test_where_no_steps_are_measured_what_passes_until_the_trainer_begins_stays_as_it_is(
    cast: Cast, inputs: dict[str, Any]
) -> None:
    began_after(took(cast, 20, config=SETTINGS, **inputs), 12)
    assert told(cast, inputs, iterations=6) == [36, 36, 36]  # 12 + 3 * 8


def in_tries(cast: Cast, *tries: float | None, **wish: Any) -> Run:
    """A past run that was interrupted: what each try took (None: nobody knows), with a day between two."""
    run = create_run(project=cast.project, **wish)
    began = timezone.now() - timedelta(days=30)
    for number, seconds in enumerate(tries, start=1):
        at = began + timedelta(days=number)
        RunEvent.objects.create(run=run, epoch=number, type="claimed", at=at)
        how = "succeeded" if number == len(tries) else "interrupted"
        if seconds is not None:
            ended = at + timedelta(seconds=seconds)
            RunEvent.objects.create(run=run, epoch=number, type=how, at=ended)
    this = Run.objects.filter(pk=run.pk)
    this.update(status="running", tries=len(tries), started_at=began, lease_until=timezone.now())
    this.update(status="succeeded", finished_at=timezone.now())
    return Run.objects.get(pk=run.pk)


@pytest.mark.django_db
def test_of_an_interrupted_run_the_times_of_its_tries_count_and_no_pause(
    cast: Cast, inputs: dict[str, Any]
) -> None:
    run = in_tries(cast, 10, 46, kind="ppo", config=SETTINGS, **inputs)
    assert told(cast, inputs) == [56, 56, 56]
    # a start is one in each try: of the first 4 seconds, of the last 6, with 40 of work
    for number, start in enumerate((4, 6), start=1):
        at = run.events.get(epoch=number, type="claimed").at + timedelta(seconds=start)
        RunEvent.objects.create(run=run, epoch=number, type="trainer_started", at=at)
    assert told(cast, inputs) == [52, 52, 52]  # 6 + 6 + 40
    assert told(cast, inputs, iterations=6) == [144, 144, 144]  # 6 + 3 * 46
    # of measured steps each counts once, and one start: (10 + 46 - 40) / 2 + 3 * 40
    RunMetric.objects.create(run=run, step=1, name="seconds", value=40.0)
    assert told(cast, inputs) == [48, 48, 48]
    assert told(cast, inputs, iterations=6) == [128, 128, 128]
    # a run in one go says it better
    took(cast, 50, config=SETTINGS, **inputs)
    assert told(cast, inputs) == [50, 50, 50]


@pytest.mark.django_db
def test_a_try_whose_end_is_not_known_tells_nothing(cast: Cast, inputs: dict[str, Any]) -> None:
    in_tries(cast, None, 46, kind="ppo", config=SETTINGS, **inputs)
    assert told(cast, inputs) is None
