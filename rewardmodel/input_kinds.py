"""Whether what lies at a path is what belongs there, by a look at its first file or line. No torch.

A stage reads all of an input and refuses more; this spares a run directory that could never start.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rewardmodel.errors import Refused
from rewardmodel.rankings import SNAPSHOT_FORMAT, read_jsonl

POLICIES = ("policy", "reference", "baseline_policy")
REWARD_MODELS = ("reward_model", "reward_models", "baseline_reward_model")
FIELDS = {
    "prompts": ("id", "prompt"),
    "candidates": ("id", "prompt", "completions"),
    "judged": ("id", "prompt", "completions"),
}


def check_kind(name: str, path: Path) -> None:
    """Raises Refused naming the input, and what belongs there."""
    if name in (*POLICIES, *REWARD_MODELS):
        _check_model(name, path)
    elif name == "snapshot" or path.is_dir():
        _check_snapshot(name, path)
    else:
        _check_rows(name, path)


def _check_model(name: str, path: Path) -> None:
    config = _object(path / "config.json")
    if "model_type" not in config:  # that of a run has none
        inner = path / "model"
        hint = f"; {inner} is one" if "model_type" in _object(inner / "config.json") else ""
        raise _refused(name, f"{path} is no model folder{hint}")
    built = config.get("architectures") or []
    if name in REWARD_MODELS and not any("ForSequenceClassification" in one for one in built):
        raise _refused(name, f"{path} is a model, but no reward model (it is {', '.join(built)})")


def _check_snapshot(name: str, path: Path) -> None:
    if name not in ("snapshot", "pretraining"):
        raise _refused(name, f"{path} is a folder, and a file belongs here")
    if _object(path / "manifest.json").get("format") != SNAPSHOT_FORMAT:
        made = "make one with: python -m rewardmodel snapshot"
        raise _refused(name, f"{path} is no snapshot folder; {made}")


def _check_rows(name: str, path: Path) -> None:
    """By the first line; a file of what was judged may have none."""
    _, row = next(read_jsonl(path), (0, None))
    if row is None:
        if name == "judged":
            return
        raise _refused(name, f"{path} has no line")
    if name in FIELDS:
        lacking = [field for field in FIELDS[name] if field not in row]
    else:
        lacking = [] if {"text", "messages"} & row.keys() else ["text or messages"]
    if lacking:
        raise _refused(name, f"the first line of {path} has no {' and no '.join(lacking)}")


def _object(path: Path) -> dict[str, Any]:
    """What a JSON file says; empty where there is no such object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _refused(name: str, words: str) -> Refused:
    return Refused("config_refused", f"inputs.{name}: {words}")
