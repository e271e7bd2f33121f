"""The web reckons the memory of a run as the learning library does, though neither knows the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotation.runs import memory as web
from rewardmodel import memory as library
from rewardmodel.config import STAGES

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("sft", {}),
    ("sft", {"batch_size": 3, "lora_rank": 4, "activation_checkpointing": True}),
    ("reward", {"prompts_per_step": 2, "max_completion_tokens": 40}),
    ("dpo", {}),
    ("dpo", {"kl_prompts": 0}),
    ("ppo", {}),
    ("ppo", {"value_network": "shared", "microbatch_tokens": 700}),
    ("ppo", {"lora_rank": 8}),
    ("ppo", {"value_start": "policy"}),
    ("ppo", {"value_start": "policy", "lora_rank": 4}),
    ("ppo", {"value_network": "shared", "lora_rank": 4}),
    ("sft", {"precision": "bf16", "keep": "best"}),
    ("reward", {"keep": "best", "lora_rank": 2}),
    ("ppo", {"precision": "bf16"}),
    ("grpo", {"precision": "bf16", "activation_checkpointing": True, "lora_rank": 2}),
    ("rloo", {"completions_per_prompt": 4}),
    ("grpo", {"completions_per_prompt": 4, "minibatch_size": 8, "max_new_tokens": 300}),
    ("evaluate", {"samples_per_prompt": 2}),
    ("sample", {"samples_per_prompt": 5, "max_new_tokens": 7}),
    ("best_of_n", {"samples_per_prompt": 5, "max_new_tokens": 7}),
]


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
@pytest.mark.parametrize("inputs", [("policy",), ("policy", "reward_model"), ("reward_model",)])
def test_both_sides_reckon_the_same(
    kind: str,
    settings: dict[str, Any],
    inputs: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = {
        "policy": {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4},
        "reward_model": {"n_embd": 32, "n_layer": 2, "n_head": 2, "vocab_size": 90},
    }
    weights = {"policy": 1_000_003, "reward_model": 70_001}
    folders = {name: tmp_path / name for name in inputs}
    for name, folder in folders.items():
        folder.mkdir()
        (folder / "config.json").write_text(str(described[name]).replace("'", '"'))
    monkeypatch.setattr(library, "weights_in", lambda folder: weights[folder.name])
    config = STAGES[kind](**settings)
    theirs = library.estimate(config, folders)
    assert theirs is not None
    shapes = {name: web.shape_in(described[name], weights[name]) for name in inputs}
    assert web.parts(kind, config.model_dump(), shapes) == theirs.parts
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    monkeypatch.setenv("WORLD_SIZE", "4")
    sharded = library.estimate(config, folders)
    assert sharded is not None
    assert web.parts(kind, config.model_dump(), shapes, owners=4) == sharded.parts
