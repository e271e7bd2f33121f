"""Where scores come from: ensembles and functions, and what they are refused for."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.config import PpoConfig, RlooConfig
from rewardmodel.configfile import read_config
from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import EXIT_REFUSED, Refused
from rewardmodel.group_scores import PassSizes
from rewardmodel.models import load_policy, new_reward_model
from rewardmodel.ppo import run_ppo
from rewardmodel.reward_sources import load_reward_models, reward_model_scorer
from rewardmodel.rloo import run_rloo
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer
from rewardmodel.text_scorers import RewardGroup, TextScorer, load_function
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, write_run

QUICK: dict[str, Any] = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 8,
    "inner_epochs": 1,
    "max_new_tokens": 4,
    "evaluation_prompts": 2,
    "followed_prompts": 0,
}
COMPLETIONS = [
    SampledCompletion([9, 1], [0.0, 0.0], "stop"),
    SampledCompletion([7], [0.0], "length"),
]


def text_scorer(policy_folder: Path, ask_for_scores: Any) -> TextScorer:
    codec = load_policy(policy_folder, CPU).codec
    prompts = [EncodedPrompt(PromptRow("p", ask("one"), None), [5])]
    return TextScorer(ask_for_scores, "function tests:it", prompts, codec)


# --- ensembles ----------------------------------------------------------------------------------


def test_several_reward_models_score_as_one(policy_folder: Path, tmp_path: Path) -> None:
    folders = [tmp_path / str(seed) for seed in (1, 2, 3)]
    alone = []
    for seed, folder in enumerate(folders, start=1):
        made = new_reward_model(policy_folder, CPU, seed=seed)
        made.save(folder)
        alone.append(RewardModelScorer(made, 1000)([[5], [6]], COMPLETIONS))
    policy = load_policy(policy_folder, CPU)
    members = torch.stack(alone)
    for rule, expected in (("mean", members.mean(dim=0)), ("min", members.min(dim=0).values)):
        config = PpoConfig.model_validate({"ensemble_score": rule})
        scorer = reward_model_scorer(load_reward_models(folders, policy, CPU), config)
        assert isinstance(scorer, EnsembleScorer)
        assert scorer([[5], [6]], COMPLETIONS).tolist() == pytest.approx(
            expected.tolist(), abs=1e-6
        )
        assert scorer.company_difference([[5], [6]], COMPLETIONS) < 1e-4
    first = load_reward_models(folders[:1], policy, CPU)
    assert isinstance(reward_model_scorer(first, PpoConfig()), RewardModelScorer)


def test_a_reward_model_reads_cut_off_completions_as_it_learnt_to(policy_folder: Path) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=1)
    scorer = RewardModelScorer(reward_model, 1000)
    end, room = reward_model.codec.end_id, reward_model.context_tokens
    stopped = SampledCompletion([9, 8, 3], [], "stop")  # by a stop token of the policy's own
    cut_off = SampledCompletion([9, 8], [], "length")
    assert scorer.rows([[5], [5]], [stopped, cut_off]) == [[5, 9, 8, end], [5, 9, 8, end]]
    assert room is not None
    full = SampledCompletion([9] * (room - 1), [], "length")
    [row] = scorer.rows([[5]], [full])
    assert row == [5, *[9] * (room - 2), end]


def test_completions_of_one_prompt_score_as_if_they_were_alone(policy_folder: Path) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=1)
    scorer = RewardModelScorer(reward_model, 1000)
    long = list(range(10, 50))
    prompts = [long, long, long, [5], [5], long]
    drawn = [SampledCompletion([n, n + 1, 1][: 1 + n % 3], [], "stop") for n in range(20, 26)]
    alone = [float(scorer([prompt], [one])[0]) for prompt, one in zip(prompts, drawn, strict=True)]
    assert scorer(prompts, drawn).tolist() == pytest.approx(alone, abs=1e-5)
    assert len(set(alone)) == 6


def test_a_run_with_several_reward_models_logs_their_disagreement(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {"policy": str(policy_folder), "prompts": str(prompts)}
    inputs["reward_models"] = []
    for seed in (1, 2):
        new_reward_model(policy_folder, CPU, seed=seed).save(tmp_path / str(seed))
        inputs["reward_models"].append(f"../{seed}")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps({"stage": "ppo", "inputs": inputs, "config": {"device": "cpu", **QUICK}})
    )
    run_ppo(open_run(folder, "ppo"), PpoConfig(device="cpu", **{**QUICK, "followed_prompts": 1}))
    steps = [event["values"] for event in events_of(folder, "metric")]
    disagreements = [one["score_disagreement"] for one in steps if "score_disagreement" in one]
    assert disagreements
    assert min(disagreements) > 0
    shown = events_of(folder, "sample")
    assert shown
    assert all(event["disagreement"] > 0 for event in shown)


def test_a_scorer_of_groups_keeps_to_the_tokens_of_a_pass(
    policy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int | None] = []
    sizes = PassSizes.on

    def noted(device: torch.device, budget: int | None = None) -> PassSizes:
        asked.append(budget)
        return sizes(device, budget)

    monkeypatch.setattr(PassSizes, "on", noted)
    scorer = RewardModelScorer(new_reward_model(policy_folder, CPU, seed=1), 1000)
    scorer([[5], [5]], COMPLETIONS)
    assert asked == [1000]


# --- functions ----------------------------------------------------------------------------------


def test_a_function_sees_whole_groups_as_text(policy_folder: Path) -> None:
    seen: list[RewardGroup] = []

    def judge(given: Sequence[RewardGroup]) -> list[list[float]]:
        seen.extend(given)
        return [[1.0, 2.0]]

    scorer = text_scorer(policy_folder, judge)
    assert scorer([[5], [5]], COMPLETIONS, 2).tolist() == [1.0, 2.0]
    [group] = seen
    assert (group.messages, group.text) == (ask("one"), "one")
    assert group.finish_reasons == ("stop", "length")
    codec = scorer.codec
    assert group.completions == tuple(codec.decode_completion([5], c.ids) for c in COMPLETIONS)


def test_a_function_is_told_what_the_prompts_rows_say_is_right(policy_folder: Path) -> None:
    """A check of answers needs them; three rows of one prompt bring two, another none."""
    seen: list[RewardGroup] = []

    def judge(given: Sequence[RewardGroup]) -> list[list[float]]:
        seen.extend(given)
        return [[0.0] * len(group.completions) for group in given]

    rows = [("a", "one", "1", 5), ("b", "one", "i", 5), ("c", "one", "1", 5), ("d", "two", None, 6)]
    prompts = [
        EncodedPrompt(PromptRow(name, ask(text), reference), [token])
        for name, text, reference, token in rows
    ]
    scorer = TextScorer(judge, "it", prompts, load_policy(policy_folder, CPU).codec)
    scorer([[5], [6]], COMPLETIONS, 1)
    assert [group.references for group in seen] == [("1", "i"), ()]


def test_two_draws_of_one_prompt_side_by_side_stay_two_groups(policy_folder: Path) -> None:
    def company(given: Sequence[RewardGroup]) -> list[list[float]]:
        return [[float(len(group.completions))] * len(group.completions) for group in given]

    scorer = text_scorer(policy_folder, company)
    assert scorer([[5]] * 4, COMPLETIONS * 2, 2).tolist() == [2.0] * 4
    assert scorer([[5]] * 4, COMPLETIONS * 2, 1).tolist() == [1.0] * 4


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "a list of numbers for each group, not None"),
        ([["high", "low"]], "a list of numbers for each group"),
        ([[1.0]], r"one score for each completion: 1 groups with \[2\] completions, not 1 with"),
        ([[1.0, 2.0], [3.0]], "not 2 with"),
        ([[1.0, float("nan")]], "finite numbers, not nan"),
        ([[1.0, float("inf")]], "finite numbers, not inf"),
        ([[1.0, 1e39]], "finite numbers, not 1e[+]39"),  # infinite in the fp32 that scores are in
        ([["1", "2"]], "a list of numbers for each group"),
        (["12"], "a list of numbers for each group"),
    ],
)
def test_a_bad_answer_is_refused_in_words(policy_folder: Path, answer: Any, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        text_scorer(policy_folder, lambda given: answer)([[5], [5]], COMPLETIONS, 2)
    assert caught.value.code == "scorer_refused"
    assert "function tests:it must answer" in caught.value.message


def test_a_function_is_found_by_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_rewards_for_a_test.py").write_text("def judge(groups): return [[4.0]]\nn = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_function("my_rewards_for_a_test:judge")([]) == [[4.0]]
    for name, words in (
        ("judge", "must be module:function"),
        ("no_such_module_here:judge", "No module named"),
        ("my_rewards_for_a_test:jugde", "has no attribute 'jugde'"),
        ("my_rewards_for_a_test:n", "is no function"),
    ):
        with pytest.raises(Refused, match=words):
            load_function(name)
    sys.modules.pop("my_rewards_for_a_test", None)


def test_a_run_learns_from_a_function(
    policy_folder: Path, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "short_answers_for_a_test.py").write_text(
        "def judge(groups):\n    return [[-len(c) for c in g.completions] for g in groups]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_function": "short_answers_for_a_test:judge",
    }
    folder = write_run(tmp_path / "run", "rloo", inputs, **QUICK)
    report = run_rloo(open_run(folder, "rloo"), RlooConfig(device="cpu", **QUICK))
    assert report["evaluation"]["score_before"]["value"] < 0
    assert (folder / "model" / "model.safetensors").is_file()


def test_a_prompt_that_comes_twice_in_an_iteration_is_asked_about_as_two_groups(
    policy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    (tmp_path / "company_for_a_test.py").write_text(
        "def judge(groups):\n"
        f"    with open({str(seen)!r}, 'a') as file:\n"
        "        print(*(len(group.completions) for group in groups), file=file)\n"
        "    return [[0.0] * len(group.completions) for group in groups]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    # one is held out, the other is all that four draws of an iteration have
    (tmp_path / "prompts.jsonl").write_text(
        "".join(
            json.dumps({"id": name, "prompt": [{"role": "user", "content": name}]}) + "\n"
            for name in ("one", "two")
        )
    )
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": tmp_path / "prompts.jsonl",
        "reward_function": "company_for_a_test:judge",
    }
    settings = {**QUICK, "evaluation_prompts": 1, "completions_per_prompt": 2}
    folder = write_run(tmp_path / "run", "rloo", inputs, **settings)
    run_rloo(open_run(folder, "rloo"), RlooConfig(device="cpu", **settings))
    # before and after, the held-out prompt
    assert seen.read_text().splitlines() == ["1", "2 2 2 2", "1"]


def test_under_a_supervisor_no_function_is_run(
    policy_folder: Path, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "it_ran"
    (tmp_path / "hostile_for_a_test.py").write_text(f"open({str(marker)!r}, 'w')\njudge = print\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_function": "hostile_for_a_test:judge",
    }
    folder = write_run(tmp_path / "run", "ppo", inputs)
    _, found = read_config(folder, "ppo")
    with pytest.raises(Refused, match="must not choose code to run") as caught:
        run_ppo(Run(folder, "ppo", found, supervised=True), PpoConfig(device="cpu"))
    assert caught.value.exit_code == EXIT_REFUSED
    assert not marker.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "needs exactly one of .* found none"),
        (("reward_model", "reward_url"), "found reward_model and reward_url"),
    ],
)
def test_exactly_one_source_is_named(
    given: tuple[str, ...], words: str, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    sources = {"reward_model": policy_folder, "reward_url": "http://127.0.0.1:1/"}
    inputs: dict[str, Any] = {"policy": policy_folder, "prompts": prompts}
    inputs |= {name: sources[name] for name in given}
    folder = write_run(tmp_path / "run", "ppo", inputs)
    with pytest.raises(Refused, match=words):
        run_ppo(open_run(folder, "ppo"), PpoConfig(device="cpu"))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"reward_models": "a"}, "inputs.reward_models: must be a list of paths"),
        ({"reward_models": []}, "inputs.reward_models: must be a list of paths"),
        ({"policy": ["a"]}, "inputs.policy: must be a path"),
    ],
)
def test_inputs_of_the_wrong_shape_are_refused(
    inputs: dict[str, Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"stage": "ppo", "inputs": inputs}))
    with pytest.raises(Refused, match=words):
        read_config(tmp_path, "ppo")
