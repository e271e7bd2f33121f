"""What a reward model learnt from, or was chosen by, is held against what it is asked of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.best_of_n import run_best_of_n
from rewardmodel.config import BestOfNConfig, EvaluateConfig
from rewardmodel.errors import Refused
from rewardmodel.evaluate import run_evaluate
from rewardmodel.events import EventLog
from rewardmodel.known_prompts import (
    TRAINING_PROMPTS,
    VALIDATION_PROMPTS,
    apart_from_known,
    prompt_digest,
)
from rewardmodel.models import new_reward_model
from rewardmodel.rankings import write_snapshot
from rewardmodel.sample import EncodedPrompt, PromptRow
from tests.rewardmodel.conftest import (
    CPU,
    ask,
    events_of,
    left_out_of,
    open_run,
    toy_rankings,
    write_run,
)

SILENT = "1 of 1 reward models do not say which prompts they were trained on"


@pytest.fixture
def reward_folder(policy_folder: Path, tmp_path: Path) -> Path:
    """Trained on questions 0 to 3, chosen by questions 4 and 5."""
    new_reward_model(policy_folder, CPU, seed=1).save(tmp_path / "reward")
    for name, numbers in ((TRAINING_PROMPTS, range(4)), (VALIDATION_PROMPTS, range(4, 6))):
        digests = sorted(prompt_digest(ask(f"question {n}")) for n in numbers)
        (tmp_path / "reward" / name).write_text(json.dumps(digests))
    return tmp_path / "reward"


def warnings(folder: Path) -> list[tuple[str, str]]:
    return [(e["code"], e["message"]) for e in events_of(folder, "warning")]


def asked(count: int) -> list[EncodedPrompt]:
    return [
        EncodedPrompt(PromptRow(f"p{n}", ask(f"question {n}"), None), [1]) for n in range(count)
    ]


def test_prompts_that_chose_the_reward_model_count_as_known(
    reward_folder: Path, tmp_path: Path
) -> None:
    events = EventLog(tmp_path / "events.jsonl")
    with pytest.raises(Refused, match="6 of 8 prompts were used to train or choose"):
        apart_from_known(asked(8), [reward_folder], "refuse", events)
    left = apart_from_known(asked(8), [reward_folder], "drop", events)
    assert [prompt.row.id for prompt in left] == ["p6", "p7"]


def test_a_reward_model_that_does_not_say_what_it_learnt_from_is_warned_of(
    reward_folder: Path, tmp_path: Path
) -> None:
    (reward_folder / TRAINING_PROMPTS).unlink()
    (reward_folder / VALIDATION_PROMPTS).unlink()
    assert (
        len(
            apart_from_known(
                asked(8), [reward_folder], "refuse", EventLog(tmp_path / "events.jsonl")
            )
        )
        == 8
    )
    [(code, message)] = warnings(tmp_path)
    assert code == "training_prompts_unknown"
    assert message.startswith(SILENT)


def best_of_n(folder: Path, inputs: dict[str, Path], **settings: Any) -> dict[str, Any]:
    write_run(folder, "best_of_n", inputs)
    values = {"device": "cpu", "samples_per_prompt": 2, "max_new_tokens": 4, **settings}
    return run_best_of_n(open_run(folder, "best_of_n"), BestOfNConfig(**values))


def test_the_best_of_n_say_what_becomes_of_prompts_the_reward_model_knows(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs = {"policy": policy_folder, "reward_model": reward_folder, "prompts": prompts}
    allowed = best_of_n(tmp_path / "allow", inputs)
    assert (allowed["prompts"], allowed["prompts_left_out"]) == (12, 0)
    [said] = [
        words for code, words in warnings(tmp_path / "allow") if code == "overlapping_prompts"
    ]
    assert said.endswith("; they are used")
    dropped = best_of_n(tmp_path / "drop", inputs, overlapping_prompts="drop")
    assert (dropped["prompts"], dropped["prompts_left_out"]) == (6, 6)
    assert [row["id"] for row in left_out_of(tmp_path / "drop")] == [f"p{n}" for n in range(6)]
    with pytest.raises(Refused, match="6 of 12 prompts were used to train or choose"):
        best_of_n(tmp_path / "refuse", inputs, overlapping_prompts="refuse")


def test_an_evaluation_says_how_many_of_its_prompts_were_trained_on(
    policy_folder: Path, reward_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    held_out = [replace(r, split="validation") for r in toy_rankings(8)[4:]]
    write_snapshot(tmp_path / "s", [*toy_rankings(4), *held_out])
    inputs = {"reward_model": reward_folder, "snapshot": tmp_path / "s"}
    inputs |= {"policy": policy_folder, "prompts": prompts}
    found = {}
    for split in ("validation", "all"):
        folder = write_run(tmp_path / split, "evaluate", inputs)
        chosen = EvaluateConfig(device="cpu", split=split, max_new_tokens=4, bootstrap_samples=100)
        found[split] = run_evaluate(open_run(folder, "evaluate"), chosen)
    # questions 4 to 7 of the rankings, or 0 to 7; 0 to 11 of the policy's prompts
    assert found["validation"]["reward_model"]["prompts_trained_on"] == 0
    assert found["all"]["reward_model"]["prompts_trained_on"] == 4
    assert found["all"]["policy"]["prompts_trained_on"] == 4
    said = [message for code, message in warnings(tmp_path / "all") if "measured" in code]
    assert [message[:24] for message in said] == [
        "4 of 8 prompts were used",
        "4 of 12 prompts were use",
    ]
    page = (tmp_path / "all" / "report.html").read_text()
    assert "4 of these prompts were used to train the reward model" in page
    assert "were used to train" not in (tmp_path / "validation" / "report.html").read_text()
