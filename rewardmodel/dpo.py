"""The dpo stage: rankings in, a policy out, without a reward model (Rafailov et al. 2023).

The implicit reward of a completion is beta * (log policy - log reference). Put where a reward
model's score stands in the group loss, it gives equation 7 of the paper for all pairs of a ranking
at once: mean over its pairs, then over rankings, ties, weights and margins as in reward training.
The reference is asked once, before the first update, and its answers are kept in the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rewardmodel.config import DecodingConfig, DpoConfig, RewardConfig
from rewardmodel.decoding import sequence_log_probs
from rewardmodel.errors import Refused
from rewardmodel.group_log_probs import completion_lengths, group_log_probs
from rewardmodel.groups import Group, LengthRule, make_groups, preference_matrices, trainable
from rewardmodel.losses import group_pairwise_loss, kl_k1, kl_k3
from rewardmodel.metrics import clustered_ratio, pair_figures
from rewardmodel.models import Policy, load_policy
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.reference_cache import cached_reference, inputs_digest
from rewardmodel.reward import split_groups
from rewardmodel.rollouts import draw
from rewardmodel.rundir import Run
from rewardmodel.text import require_same_vocabulary
from rewardmodel.training import (
    UpdateLoop,
    derived_learning_rate,
    epoch_order,
    start_device,
    weight_count,
)

# Rafailov et al. 2023, appendix B: 1e-6; the larger of their policies have 2.8B (Pythia) and 6B.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 1e-6, 2.8e9


def implicit_rewards(
    log_probs: Tensor, reference: Tensor, lengths: Tensor, config: DpoConfig
) -> Tensor:
    """(B, K) rewards from log-probabilities of whole completions (section 4, up to a constant)."""
    ratios = log_probs - reference
    if config.length_normalised:
        ratios = ratios / lengths
    return config.beta * ratios


def smoothed(preference: Tensor, margins: Tensor, smoothing: float) -> tuple[Tensor, Tensor]:
    """Preference weights and margins when a share of the comparisons may be the wrong way round.

    A pair with weight w keeps (1 - smoothing) w and gives smoothing w to its reverse, so the loss
    is the cross-entropy of sigmoid(difference - margin) with the softened label; a tie stays one.
    """
    if smoothing == 0:
        return preference, margins
    softened = (1 - smoothing) * preference + smoothing * preference.transpose(1, 2)
    return softened, margins - margins.transpose(1, 2)


def unbeaten(groups: Sequence[Group]) -> Tensor:
    """(B, K) share of each completion in its ranking's next-token term.

    Completions that win a strict pair and lose none share 1 between them; 0 everywhere where a
    ranking has none (its comparisons run in a circle, or are all ties).
    """
    shares = torch.zeros(len(groups), max(len(group.completion_ids) for group in groups))
    for number, group in enumerate(groups):
        strict = [pair for pair in group.pairs if not pair.tie]
        best = {pair.better for pair in strict} - {pair.worse for pair in strict}
        for place in best:
            shares[number, place] = 1 / len(best)
    return shares


def dpo_loss(
    log_probs: Tensor, reference: Tensor, groups: Sequence[Group], config: DpoConfig
) -> tuple[Tensor, Tensor]:
    """(weighted loss sum over rankings, implicit rewards (B, K)) of log-probabilities (B, K)."""
    device = log_probs.device
    lengths = completion_lengths(groups).to(device)
    rewards = implicit_rewards(log_probs, reference, lengths, config)
    preference, margins, weights = preference_matrices(groups, _as_in_reward_training(config))
    preference, margins = smoothed(preference, margins, config.label_smoothing)
    loss, _ = group_pairwise_loss(
        rewards, preference.to(device), margins.to(device), weights.to(device)
    )
    if config.sft_weight:
        per_ranking = -(log_probs / lengths * unbeaten(groups).to(device)).sum(dim=1)
        loss = loss + config.sft_weight * (per_ranking * weights.to(device)).sum()
    return loss, rewards


def _as_in_reward_training(config: DpoConfig) -> RewardConfig:
    return RewardConfig(
        ties=config.ties,
        margin_per_strength=config.margin_per_strength,
        margin_across_cut=config.margin_across_cut,
    )


def backward_on(
    policy: Policy, groups: Sequence[Group], reference: Tensor, config: DpoConfig
) -> dict[str, float]:
    """Fill the gradients with those of one update's loss; reference (B, Kmax). Its figures."""
    total_weight = sum(group.weight for group in groups)
    loss = right = margin = 0.0
    compared = 0
    for chosen in split_groups(groups, range(len(groups)), config.microbatch_tokens):
        part = [groups[n] for n in chosen]
        log_probs = group_log_probs(policy, part, config.share_prompts)
        theirs = reference[chosen][:, : log_probs.shape[1]].to(log_probs.device)
        loss_sum, rewards = dpo_loss(log_probs, theirs, part, config)
        (loss_sum / total_weight).backward()
        loss += loss_sum.item() / total_weight
        values = rewards.detach().cpu().tolist()
        for group, row in zip(part, values, strict=True):
            differences = [row[p.better] - row[p.worse] for p in group.pairs if not p.tie]
            right += sum(0.5 + 0.5 * ((d > 0) - (d < 0)) for d in differences)
            margin += sum(differences)
            compared += len(differences)
    count = max(1, compared)
    return {"loss": loss, "accuracy": right / count, "reward_margin": margin / count}


@torch.no_grad()
def log_prob_table(policy: Policy, groups: Sequence[Group], config: DpoConfig) -> Tensor:
    """(B, Kmax) as `group_log_probs`, in parts and without gradient, on the CPU."""
    if not groups:
        return torch.zeros(0, 0)
    table = torch.zeros(len(groups), max(len(group.completion_ids) for group in groups))
    for chosen in split_groups(groups, range(len(groups)), config.microbatch_tokens):
        values = group_log_probs(policy, [groups[n] for n in chosen], config.share_prompts).cpu()
        table[chosen, : values.shape[1]] = values
    return table


def run_dpo(run: Run, config: DpoConfig) -> dict[str, Any]:
    """The dpo stage."""
    run.refuse_unknown_inputs(("policy", "reference", "snapshot"))
    folder = run.input("policy")
    reference_folder = run.optional_input("reference") or folder
    snapshot = read_snapshot(run.input("snapshot"))
    device = start_device(config)
    policy = load_policy(folder, device)
    training, held_out = _groups_of(run, config, policy, snapshot)

    def ask_reference() -> dict[str, Tensor]:
        asked = policy
        if reference_folder != folder:
            asked = load_policy(reference_folder, device)
            require_same_vocabulary(policy.codec, asked.codec)
        return {
            "training": log_prob_table(asked, training, config),
            "validation": log_prob_table(asked, held_out, config),
        }

    digest = inputs_digest(reference_folder, [*training, *held_out])
    reference = cached_reference(run.directory / "reference.safetensors", digest, ask_reference)
    before = _measure(policy, held_out, reference["validation"], config) if held_out else None

    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weight_count(policy)
    )
    updates_per_epoch = -(-len(training) // config.prompts_per_step)
    loop = UpdateLoop(run, config, policy, config.epochs * updates_per_epoch, rate)

    def backward(step: int) -> dict[str, float]:
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(training))
        start = number * config.prompts_per_step
        chosen = order[start : start + config.prompts_per_step]
        return backward_on(
            policy, [training[n] for n in chosen], reference["training"][chosen], config
        )

    def after(done: int) -> None:
        if held_out and done % config.evaluate_every_steps == 0 and done < loop.total:
            figures = _measure(policy, held_out, reference["validation"], config, samples=100)
            run.events.metric(done, _brief(figures))

    loop.execute(backward, after)
    run.publish_model(policy.save)
    report: dict[str, Any] = {
        "training_rankings": len(training),
        "training_pairs": sum(len(group.pairs) for group in training),
        "snapshot_sha256": snapshot.sha256,
        "weights": weight_count(policy),
        "updates": loop.total,
        "learning_rate": rate,
        "learning_rate_of_the_paper_2800m": PUBLISHED_RATE,
    }
    if held_out:
        figures = _measure(policy, held_out, reference["validation"], config)
        run.events.metric(loop.total, _brief(figures))
        report |= {"validation_before": before, "validation": figures}
    if config.kl_prompts:
        report["kl"] = _kl_on_samples(
            policy, load_policy(reference_folder, device), held_out or training, config
        )
    return report


def _groups_of(
    run: Run, config: DpoConfig, policy: Policy, snapshot: Snapshot
) -> tuple[list[Group], list[Group]]:
    """Groups to learn from and groups to measure on; warns of what is left out."""
    found: dict[str, list[Group]] = {}
    for split in ("train", "validation"):
        rule = LengthRule(config, policy.codec, policy.context_tokens)
        found[split] = make_groups((r for r in snapshot.rankings if r.split == split), rule)
        rule.report(run.events, f"{split} rankings")
    training = trainable(found["train"], _as_in_reward_training(config))
    if not training:
        raise Refused(
            "data_refused",
            f"no ranking to learn from: of {len(snapshot.rankings)} rankings in the snapshot none "
            "is in the training split with a pair that counts",
        )
    return training, found["validation"]


def _measure(
    policy: Policy,
    groups: Sequence[Group],
    reference: Tensor,
    config: DpoConfig,
    samples: int = 1000,
) -> dict[str, Any]:
    """How well implicit rewards, and log-probabilities by themselves, order held-out pairs.

    A policy that is its own reference rewards nothing: all its pairs are ties, accuracy 0.5.
    """
    table = log_prob_table(policy, groups, config)
    lengths = completion_lengths(groups)
    rewards = implicit_rewards(table, reference, lengths, config).tolist()
    figures = pair_figures(groups, _rows(groups, rewards), samples=samples, seed=config.seed)
    by_likelihood = pair_figures(
        groups, _rows(groups, (table / lengths).tolist()), samples=samples, seed=config.seed
    )
    if "accuracy" in by_likelihood:
        figures["accuracy_of_log_prob_per_token"] = by_likelihood["accuracy"]
    return figures


def _rows(groups: Sequence[Group], table: list[list[float]]) -> list[list[float]]:
    return [row[: len(group.completion_ids)] for group, row in zip(groups, table, strict=True)]


@torch.no_grad()
def _kl_on_samples(
    policy: Policy, reference: Policy, groups: Sequence[Group], config: DpoConfig
) -> dict[str, Any]:
    """KL(policy || reference) in nats per completion, on completions the policy draws itself."""
    prompts = list({group.prompt_key: group.prompt_ids for group in groups}.items())
    prompts = prompts[: config.kl_prompts]
    room = config.max_new_tokens
    if policy.context_tokens is not None:
        room = min(room, policy.context_tokens - max(len(ids) for _, ids in prompts))
    if room < 1:
        return {"prompts": 0}
    plan = DecodingConfig(samples_per_prompt=1, max_new_tokens=room)
    ids = [prompt for _, prompt in prompts]
    drawn = draw(
        policy,
        ids,
        plan,
        seed=config.seed,
        keys=[key for key, _ in prompts],
        microbatch_tokens=config.microbatch_tokens,
    )
    k1, k3 = [], []
    for prompt, completion in zip(ids, drawn, strict=True):
        theirs = sequence_log_probs(reference, [prompt], [completion.ids], 1.0)[0]
        ours = torch.tensor(completion.log_probs)
        k1.append(float(kl_k1(ours, theirs).sum()))
        k3.append(float(kl_k3(ours, theirs).sum()))
    ones = [1.0] * len(k1)
    return {
        "prompts": len(k1),
        "nats_per_completion": clustered_ratio(k1, ones, 1000, config.seed).to_json(),
        "nats_per_completion_k3": clustered_ratio(k3, ones, 1000, config.seed).to_json(),
        "tokens_mean": sum(len(one.ids) for one in drawn) / len(drawn),
    }


def _brief(figures: dict[str, Any]) -> dict[str, float]:
    """The figures worth a curve."""
    if not figures.get("pairs"):
        return {}
    return {
        "validation_accuracy": figures["accuracy"]["value"],
        "validation_length_baseline": figures["length_baseline"]["value"],
        "validation_nll": figures["nll"],
    }
