"""The pick stage: what it cannot choose from is listed, and what is chosen is on disk."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rewardmodel.config import PickConfig
from rewardmodel.errors import Refused
from rewardmodel.models import RewardModel, new_reward_model
from rewardmodel.pick import run_pick, summary
from rewardmodel.picking import Candidate, Pick
from rewardmodel.rankings import parse_prompt
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
    assert [(e["part"], e["id"], e["what"], e.get("completion")) for e in entries] == [
        ("candidates", "a", "samples dropped", "a2"),
        ("candidates", "b", "prompts dropped", None),
        ("candidates", "c", "samples dropped", "c1"),
        ("candidates", "c", "prompts dropped", None),
        ("judged", "e", "prompts dropped", None),
    ]
    assert entries[0]["reason"].endswith(" tokens, 128 fit")
    assert entries[1]["reason"] == "1 different samples that fit, 2 make a choice"
    assert (report["candidates"], report["left_out"], report["used_in_part"]) == (2, 2, 1)
    assert [event["message"] for event in events_of(tmp_path, "warning")] == [
        "2 samples are longer than the network reads",
        "3 prompts have no two different samples left",
    ]
    picked = [json.loads(row)["prompt_id"] for row in (tmp_path / "picks.jsonl").open()]
    assert sorted(picked) == ["a", "d"]


def test_where_nothing_is_left_to_choose_from_the_list_says_why(
    policy_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="no prompt has two different samples.*: sample first"):
        start(tmp_path, policy_folder, candidates=[line("b", "one", "one")])
    assert [entry["id"] for entry in left_out_of(tmp_path)] == ["b"]


def test_what_models_that_know_ties_dispute_is_judged_by_their_own_chance_of_a_strict_pair(
    policy_folder: Path, tmp_path: Path
) -> None:
    """Rao-Kupper with eta = softplus(1.5): a win of d over d's opposite, ties left out."""
    eta = math.log1p(math.exp(1.5))
    chances, folders = [], []
    for seed, width in ((1, 3.0), (2, -1.0)):
        judge = new_reward_model(policy_folder, CPU, seed=seed)
        judge.learn_ties("rao_kupper").data.fill_(1.5)
        asked = judge.codec.encode_prompt(parse_prompt("question"))
        rows = [[*asked, *judge.codec.encode_completion(text)] for text in ("one", "two")]
        stretched(judge, rows, width)
        better, worse = (judge.scale * judge.score_rows(rows, 512)).tolist()
        assert better - worse == pytest.approx(width, rel=1e-3)
        win, loss = (1 / (1 + math.exp(eta - sign * width)) for sign in (1, -1))
        chances.append(win / (win + loss))
        folders.append(tmp_path / f"judge-{seed}")
        judge.save(folders[-1])
    config = PickConfig(
        **{"device": "cpu", "prompts": 1, "random_share": 1},
        **{"novelty_share": 0, "information_share": 0, "disagreement_share": 1},
    )
    path = tmp_path / "candidates.jsonl"
    path.write_text(json.dumps(line("a", "one", "two")) + "\n")
    write_run(tmp_path, "pick", {"candidates": path})
    document = json.loads((tmp_path / "config.json").read_text())
    document["inputs"]["reward_models"] = [str(folder) for folder in folders]
    (tmp_path / "config.json").write_text(json.dumps(document))
    run_pick(open_run(tmp_path, "pick"), config)
    (picked,) = map(json.loads, (tmp_path / "picks.jsonl").open())
    mean = sum(chances) / 2
    told = entropy(mean) - sum(map(entropy, chances)) / 2
    assert told > 0.01
    assert picked["uncertainty"] == pytest.approx(told, rel=1e-3)


def test_no_more_prompts_are_chosen_of_any_uncertainty_than_there_are_candidates_of_it() -> None:
    """Two models are sure of the first pair, each of another order, and open about the other two."""
    told = np.zeros((2, 3, 3))
    told[:, 0, 1], told[:, 1, 0] = (60, -60), (-60, 60)
    disputed = Candidate("disputed", np.zeros((2, 3)), told, np.zeros((3, 1)))
    agreed = Candidate("agreed", np.zeros((2, 3)), np.zeros((2, 3, 3)), np.zeros((3, 1)))
    shown = Pick("disputed", (0, 1), "disagreement", 1.0, math.log(2))
    report = summary([disputed, agreed], [shown], judged=0, models=2)
    found = report["uncertainty"]
    assert found["edges"][-1] == pytest.approx(math.log(2) / 3)  # one pair of three
    assert found["candidates"] == [1, *[0] * 10, 1]
    assert found["picked"] == [*[0] * 11, 1]
    assert report["by_rule"]["disagreement"]["uncertainty_mean"] == pytest.approx(math.log(2))


def stretched(judge: RewardModel, rows: list[list[int]], width: float) -> None:
    """Its head so turned and lengthened that the scores of two rows differ by `width` log-odds."""
    with torch.no_grad():
        better, worse = judge.score_rows(rows, 512).tolist()
        judge.classifier.score.weight *= width / (judge.scale * (better - worse))


def entropy(chance: float) -> float:
    return -chance * math.log(chance) - (1 - chance) * math.log(1 - chance)
