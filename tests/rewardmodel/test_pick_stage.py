"""The pick stage: what it cannot choose from is listed, and what is chosen is on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import PickConfig
from rewardmodel.errors import Refused
from rewardmodel.models import new_reward_model
from rewardmodel.pick import run_pick
from tests.rewardmodel.conftest import CPU, events_of, left_out_of, open_run, write_run


def line(name: str, *texts: str) -> dict[str, Any]:
    samples = [{"id": f"{name}{n}", "text": text} for n, text in enumerate(texts)]
    return {"id": name, "prompt": "question", "completions": samples}


def start(folder: Path, policy: Path, **rows: list[dict[str, Any]]) -> dict[str, Any]:
    new_reward_model(policy, CPU, seed=1).save(folder / "reward")
    inputs = {"reward_model": folder / "reward"}
    for name, lines in rows.items():
        inputs[name] = folder / f"{name}.jsonl"
        inputs[name].write_text("".join(json.dumps(row) + "\n" for row in lines))
    write_run(folder, "pick", inputs)
    shares = {"novelty_share": 0, "information_share": 0, "disagreement_share": 0}
    config = PickConfig(device="cpu", prompts=3, random_share=1, **shares)
    return run_pick(open_run(folder, "pick"), config)


def test_samples_and_prompts_that_cannot_be_chosen_are_listed_and_counted(
    policy_folder: Path, tmp_path: Path
) -> None:
    endless = "word " * 200  # the network reads 128 tokens
    report = start(
        tmp_path,
        policy_folder,
        candidates=[
            line("a", "one", "two", endless),
            line("b", "one", "one"),
            line("c", "one", endless),
            line("d", "one", "two"),
        ],
        judged=[line("e", "one")],
    )
    entries = left_out_of(tmp_path)
    assert [(e["part"], e["id"], e["what"]) for e in entries] == [
        ("candidates", "a2", "samples dropped"),
        ("candidates", "b", "prompts dropped"),
        ("candidates", "c1", "samples dropped"),
        ("candidates", "c", "prompts dropped"),
        ("judged", "e", "prompts dropped"),
    ]
    assert entries[0]["reason"].endswith(" tokens, 128 fit")
    assert entries[1]["reason"] == "1 different samples that fit, 2 make a choice"
    assert (report["candidates"], report["left_out"]) == (2, 5)
    assert [event["message"] for event in events_of(tmp_path, "warning")] == [
        "2 samples are longer than the network reads",
        "3 prompts have no two different samples left",
    ]
    picked = [json.loads(row)["prompt_id"] for row in (tmp_path / "picks.jsonl").open()]
    assert sorted(picked) == ["a", "d"]


def test_where_nothing_is_left_to_choose_from_the_list_says_why(
    policy_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="no prompt has two different samples"):
        start(tmp_path, policy_folder, candidates=[line("b", "one", "one")])
    assert [entry["id"] for entry in left_out_of(tmp_path)] == ["b"]
