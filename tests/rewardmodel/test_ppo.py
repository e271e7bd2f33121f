"""PPO raises a reward it can see, keeps its invariants, and stops at the KL ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rewardmodel.batches import TokenBatch
from rewardmodel.config import PpoConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.errors import Diverged
from rewardmodel.models import Policy, RewardModel, load_policy, new_reward_model
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_gradient_run import conclude
from rewardmodel.ppo import SeparateValues
from rewardmodel.ppo_figures import mean_kl
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Rollouts
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import RewardModelScorer, Scorer
from rewardmodel.scoring import Reference, score_completions
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, tiny_policy, write_run


def low_ids(
    prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion], group: int = 1
) -> Tensor:
    """A trivial hidden reward: the share of tokens from the lower half of the vocabulary."""
    return torch.tensor([sum(i < 135 for i in c.ids) / len(c.ids) for c in completions])


def config(**settings: Any) -> PpoConfig:
    return PpoConfig(
        **{
            "device": "cpu",
            "iterations": 8,
            "rollouts_per_iteration": 64,
            "minibatch_size": 32,
            "inner_epochs": 2,
            "max_new_tokens": 6,
            "learning_rate": 5e-3,
            "kl_coefficient": 0.01,
            "missing_stop_penalty": 0,
            "evaluation_prompts": 16,
            "followed_prompts": 1,
            **settings,
        }
    )


def trainer(
    folder: Path,
    policy_folder: Path,
    scorer: Scorer | None = None,
    reference: Policy | None = None,
    **settings: Any,
) -> PolicyGradientTrainer:
    write_run(folder, "ppo", {})
    policy = load_policy(policy_folder, CPU)
    prompts = [
        EncodedPrompt(
            PromptRow(str(n), ask(f"question {n}"), None),
            policy.codec.encode_prompt(ask(f"question {n}")),
        )
        for n in range(40)
    ]
    chosen = config(**settings)
    return PolicyGradientTrainer(
        open_run(folder, "ppo"),
        chosen,
        SeparateValues(policy, chosen, new_reward_model(policy_folder, CPU, seed=1)),
        reference=Reference(reference or load_policy(policy_folder, CPU)),
        scorer=scorer or low_ids,
        prompts=prompts,
        starts_at_reference=True,
    )


def metrics(folder: Path, name: str) -> list[float]:
    """One figure of every iteration."""
    found = [event["values"] for event in events_of(folder, "metric")]
    return [values[name] for values in found if name in values]


def collected(chosen: PolicyGradientTrainer) -> Rollouts:
    chosen.collect()
    assert chosen.position.rollouts is not None
    return chosen.position.rollouts


def test_it_raises_a_trivial_hidden_reward(policy_folder: Path, tmp_path: Path) -> None:
    report = conclude(
        trainer(tmp_path, policy_folder, iterations=10, learning_rate=2e-2, warmup_fraction=0)
    )
    evaluation = report["evaluation"]
    assert evaluation["score_before"]["value"] == pytest.approx(0.5, abs=0.15)
    assert evaluation["gain"]["low"] > 0.2
    assert 0 < evaluation["kl_after"] < 50
    assert abs(evaluation["kl_before"]) < 1e-3
    scores = metrics(tmp_path, "score_mean")
    assert scores[-1] > scores[0] + 0.2
    assert [event["step"] for event in events_of(tmp_path, "sample")] == [0, 40]


def test_the_curve_of_looks_ends_with_the_result(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(tmp_path, policy_folder, iterations=2, evaluate_every_iterations=50)
    report = conclude(chosen)["evaluation"]
    looks = [e for e in events_of(tmp_path, "metric") if "evaluation_score" in e["values"]]
    assert [look["step"] for look in looks] == [0, chosen.step]
    assert [look["values"]["evaluation_score"] for look in looks] == [
        pytest.approx(report[name]["value"]) for name in ("score_before", "score_after")
    ]


def test_the_return_of_a_completion_is_its_score_minus_its_penalty(
    policy_folder: Path, tmp_path: Path
) -> None:
    rollouts = collected(trainer(tmp_path, policy_folder, kl_coefficient=0.3))
    moved = tiny_policy(seed=9)
    prompts = [[5, 6, 7], [8]]
    completions = [
        SampledCompletion([9, 10, 2], [-1.0, -2.0, -3.0], "stop"),
        SampledCompletion([11], [-0.5], "length"),
    ]
    scored = score_completions(
        prompts,
        completions,
        reference=Reference(moved),
        scorer=low_ids,
        config=config(),
        group=1,
        processes=Processes(CPU),
    )
    value_model = new_reward_model(policy_folder, CPU, seed=1)
    learner = SeparateValues(load_policy(policy_folder, CPU), config(), value_model)
    again = Rollouts.of(scored, learner.judge(scored, 0.3))
    for row, completion in enumerate(completions):
        kl = sum(completion.log_probs) - float(again.reference[row].sum())
        total = float(again.rewards[row].sum())
        assert total == pytest.approx(float(again.scores[row]) - 0.3 * kl, abs=1e-4)
        assert float(again.rewards[row, len(completion.ids) :].abs().sum()) == 0
    # before any update the penalty is 0, so the score stands alone on the last token
    assert rollouts.rewards.sum(dim=1).tolist() == pytest.approx(rollouts.scores.tolist(), abs=1e-4)


def test_advantages_are_whitened_over_all_real_tokens(policy_folder: Path, tmp_path: Path) -> None:
    rollouts = collected(trainer(tmp_path, policy_folder))
    real = rollouts.advantages[rollouts.completion_mask]
    assert float(real.mean()) == pytest.approx(0, abs=1e-4)
    assert float(real.std(unbiased=False)) == pytest.approx(1, abs=1e-3)


def test_taking_rows_cuts_padding_and_nothing_else(policy_folder: Path, tmp_path: Path) -> None:
    rollouts = collected(trainer(tmp_path, policy_folder))
    row = int(rollouts.completion_mask.sum(dim=1).argmin())
    one = rollouts.take([row])
    assert bool(one.mask.all())
    assert one.ids[0].tolist() == rollouts.ids[row][rollouts.mask[row]].tolist()
    length = one.width
    assert one.log_probs[0].tolist() == rollouts.log_probs[row, :length].tolist()
    assert float(one.scores[0]) == float(rollouts.scores[row])


def test_a_score_that_depends_on_company_stops_the_run(policy_folder: Path, tmp_path: Path) -> None:
    class Leaky(RewardModel):
        def forward(self, batch: TokenBatch) -> Tensor:
            scores: Tensor = super().forward(batch) + batch.ids.shape[1]
            return scores

    plain = new_reward_model(policy_folder, CPU, seed=1)
    scorer = RewardModelScorer(Leaky(plain.classifier, plain.codec), 1000)
    with pytest.raises(Diverged, match="padding or company") as caught:
        conclude(trainer(tmp_path, policy_folder, scorer))
    assert caught.value.code == "invariant_score"


def test_a_reference_that_is_not_the_start_is_noticed(policy_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Diverged, match="before the first update") as caught:
        conclude(trainer(tmp_path, policy_folder, reference=tiny_policy(seed=5)))
    assert caught.value.code == "invariant_kl"


def test_rollouts_of_another_policy_are_noticed(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(tmp_path, policy_folder)
    chosen.collect()
    chosen.policy.load_state_dict(tiny_policy(seed=5).state_dict())
    with pytest.raises(Diverged, match="is not the one that drew") as caught:
        chosen.update_on_rollouts()
    assert caught.value.code == "invariant_ratio"


def test_above_the_kl_ceiling_the_last_policy_below_it_is_the_result(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(
        tmp_path,
        policy_folder,
        learning_rate=3e-2,
        kl_ceiling=0.5,
        checkpoint_every_steps=1,
        iterations=20,
    )
    report = conclude(chosen)
    assert report["ended"] == "kl_ceiling"
    assert report["kept_updates"] < report["updates"] < 80
    [alarm] = events_of(tmp_path, "alarm")
    assert (alarm["code"], alarm["stops"]) == ("kl_ceiling", True)
    assert alarm["figures"]["kept"] == report["kept_updates"]
    assert report["alarm"]["message"] == alarm["message"]
    curve = [e["values"]["kl"] for e in events_of(tmp_path, "metric") if "kl" in e["values"]]
    assert max(curve[:-1]) <= 0.5 < curve[-1] == alarm["figures"]["kl"]
    kept = load_policy(tmp_path / "model", CPU)
    prompts = [p.ids for p in chosen.training]
    drawn = decode(kept, prompts, chosen.plan, seed=7, keys=[str(n) for n in range(len(prompts))])
    assert mean_kl(chosen.score(prompts, [found[0] for found in drawn], 1)) < 1.0


def test_value_only_iterations_leave_the_policy_alone(policy_folder: Path, tmp_path: Path) -> None:
    chosen = trainer(tmp_path, policy_folder, iterations=2, value_only_iterations=1)
    before = [p.clone() for p in chosen.policy.parameters()]
    assert isinstance(chosen.learner, SeparateValues)
    value_model = chosen.learner.value_model
    values = [p.clone() for p in value_model.parameters()]
    chosen.collect()
    chosen.update_on_rollouts()
    after = list(chosen.policy.parameters())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    moved = [not torch.equal(a, b) for a, b in zip(values, value_model.parameters(), strict=True)]
    assert any(moved)


def test_the_adaptive_coefficient_rises_with_the_kl_and_is_saved(
    policy_folder: Path, tmp_path: Path
) -> None:
    chosen = trainer(
        tmp_path,
        policy_folder,
        iterations=4,
        kl_controller="adaptive",
        kl_target=0.001,
        learning_rate=3e-2,
        warmup_fraction=0,
        kl_horizon=64,
    )
    chosen.train()
    coefficients = metrics(tmp_path, "kl_coefficient")
    # KL 0 at first: -20 %; far above the target afterwards: +20 % each time
    assert coefficients == pytest.approx([0.01, 0.008, 0.0096, 0.01152], rel=1e-3)
    found = chosen.run.load_checkpoint()
    assert found is not None
    assert found.state["kl_coefficient"] == pytest.approx(0.013824, rel=1e-3)
