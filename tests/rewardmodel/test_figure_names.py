"""Whoever reads Chinese reads figures and phases in Chinese: each that a run tells has its words there."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewardmodel.best_of_n import run_best_of_n
from rewardmodel.config import (
    BestOfNConfig,
    DpoConfig,
    EvaluateConfig,
    PpoConfig,
    RewardConfig,
    SftConfig,
)
from rewardmodel.dpo import run_dpo
from rewardmodel.evaluate import run_evaluate
from rewardmodel.ppo import run_ppo
from rewardmodel.reward import run_reward
from rewardmodel.sft import run_sft
from tests.rewardmodel.conftest import events_of, open_run, write_run

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "frontend" / "src" / "locales"
FIGURES: dict[str, str] = json.loads((LOCALES / "figures.zh-Hans.json").read_text("utf-8"))
# names of people, sources and languages, and numbers: no figures
DATA = re.compile(r"(?<=\.by\.)(labeler|source|language)\.[^.]+|\[\d+\]|\.\d+$")
BRIEF: dict[str, Any] = {"split": "validation", "max_new_tokens": 4, "bootstrap_samples": 100}
QUICK: dict[str, Any] = {"iterations": 1, "rollouts_per_iteration": 8, "minibatch_size": 4}
QUICK |= {"max_new_tokens": 4, "evaluation_prompts": 4, "followed_prompts": 0}
QUICK |= {"overlapping_prompts": "allow"}


def test_every_figure_of_training_and_evaluation_has_a_chinese_name(
    policy_folder: Path, snapshot: Path, prompts: Path, tmp_path: Path
) -> None:
    told: set[str] = set()
    judges = {"policy": policy_folder, "snapshot": snapshot}

    def folder(stage: str, **inputs: Path) -> Path:
        return write_run(tmp_path / stage, stage, inputs)

    said: set[str] = set()

    def keep(stage: str, report: dict[str, Any]) -> None:
        said.update(_words(report))
        events = events_of(tmp_path / stage, "metric")
        told.update(name for event in events for name in event["values"])
        told.update(_paths(report))

    run = open_run(folder("sft", **judges), "sft")
    keep("sft", run_sft(run, SftConfig(device="cpu", epochs=1)))
    run = open_run(folder("reward", **judges), "reward")
    keep("reward", run_reward(run, RewardConfig(device="cpu", cut_weight=0.1, ties="davidson")))
    run = open_run(folder("dpo", **judges), "dpo")
    keep("dpo", run_dpo(run, DpoConfig(device="cpu", kl_prompts=4, max_new_tokens=4)))
    reward_model = tmp_path / "reward" / "model"
    inputs = {"policy": policy_folder, "reward_model": reward_model, "prompts": prompts}
    run = open_run(folder("ppo", **inputs), "ppo")
    keep("ppo", run_ppo(run, PpoConfig(device="cpu", **QUICK)))
    run = open_run(folder("best_of_n", **inputs), "best_of_n")
    keep("best_of_n", run_best_of_n(run, BestOfNConfig(device="cpu", max_new_tokens=4)))
    more = {"snapshot": snapshot, "baseline_policy": policy_folder}
    more["baseline_reward_model"] = reward_model
    run = open_run(folder("evaluate", **inputs, **more), "evaluate")
    keep("evaluate", run_evaluate(run, EvaluateConfig(device="cpu", **BRIEF)))

    assert {"score_mean", "kl_k3", "validation_nll", "reward_model.ece"} <= told
    assert sorted(path for path in told if not _is_known(path)) == []
    # values that are words, too: # for their numbers
    assert {"=" + re.sub(r"\d+", "#", one) for one in said} - set(FIGURES) == set()
    assert "complete" in said


def test_every_phase_is_told_in_words() -> None:
    """Found in the code itself: whatever is given as a `phase`, by name or by place."""
    files = [path for part in ("rewardmodel", "workers") for path in (ROOT / part).rglob("*.py")]
    texts = [path.read_text("utf-8") for path in files]
    naming = ("phase", "progress(", "draw_rest(")
    trees = [ast.parse(text) for text in texts if any(word in text for word in naming)]
    places = {name: at for tree in trees for name, at in _takers(tree)}
    found = {phase for tree in trees for phase in _given(tree, places)}
    catalogue = json.loads((LOCALES / "zh-Hans.json").read_text("utf-8"))
    words = catalogue["train"]["runs"]["phase"]

    assert {"train", "rollout", "score judged", "items", "upload", "sample", "best of n"} <= found
    assert {phase.replace(" ", "_") for phase in found} - set(words) == set()


def _paths(value: Any, path: str = "") -> Iterator[str]:
    """As the console takes a report apart; a figure with its interval is one."""
    if isinstance(value, dict) and not {"value", "low", "high"} <= set(value):
        for key, each in value.items():
            yield from _paths(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, each in enumerate(value):
            yield from _paths(each, f"{path}[{number}]")
    else:
        yield path


def _words(value: Any) -> Iterator[str]:
    """Values of a report that are words and no checksum; what a run ended over has its own card."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name != "alarm":
                yield from _words(each)
    elif isinstance(value, list):
        for each in value:
            yield from _words(each)
    elif isinstance(value, str) and not re.fullmatch("[0-9a-f]{64}", value):
        yield value


def _is_known(path: str) -> bool:
    parts = DATA.sub(lambda found: found[1] or "", path).split(".")
    return all(
        part in FIGURES or f"{before}.{part}" in FIGURES
        for before, part in zip(["", *parts], parts, strict=False)
    )


def _takers(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Functions that take a `phase`, and its place among the arguments of a call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args if one.arg != "self"]
            if "phase" in names:
                yield node.name, names.index("phase")


def _given(tree: ast.Module, places: dict[str, int]) -> Iterator[str]:
    for node in ast.walk(tree):
        given: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given += [one.value for one in node.keywords if one.arg == "phase"]
            if name in places and len(node.args) > places[name]:
                given.append(node.args[places[name]])
        elif isinstance(node, ast.Dict):
            keys = [getattr(key, "value", "") for key in node.keys]
            given += [v for k, v in zip(keys, node.values, strict=True) if k == "phase"]
        for value in given:
            ends = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
            for end in ends:
                if isinstance(end, ast.Constant) and isinstance(end.value, str):
                    yield end.value
