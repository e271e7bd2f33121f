"""The dpo stage: rankings in, a policy out, without a reward model (Rafailov et al. 2023).

The implicit reward of a completion is beta * (log policy - log reference). Put where a reward
model's score stands in the group loss, it gives equation 7 of the paper for all pairs of a ranking
at once: mean over its pairs, then over rankings, ties, weights and margins as in reward training.
The reference is asked once, before the first update, and its answers are kept in the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.config import DpoConfig
from rewardmodel.dpo_figures import (
    brief,
    held_out_figures,
    implicit_rewards,
    kl_on_samples,
    log_prob_table,
)
from rewardmodel.errors import Refused
from rewardmodel.group_log_probs import completion_lengths, group_log_probs
from rewardmodel.group_scores import ONE_PASS, PassSizes, split_for_update
from rewardmodel.groups import (
    Group,
    LengthRule,
    make_groups,
    preference_matrices,
    trainable,
    warn_of_shared_prompts,
    warn_of_unknown_labelers,
)
from rewardmodel.left_out import rows_not_whole, write_left_out
from rewardmodel.losses import group_pairwise_loss
from rewardmodel.models import Policy, load_policy, verify_saved_policy
from rewardmodel.processes import Processes
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.reference_cache import cached_reference, inputs_digest
from rewardmodel.rundir import Run
from rewardmodel.sharding import gathered, idle_pass, run_pass
from rewardmodel.text import require_same_tokens
from rewardmodel.training import (
    StoppedEarly,
    UpdateLoop,
    autocast,
    checkpoint_activations,
    derived_learning_rate,
    epoch_order,
    stable_seed,
    start_processes,
    weight_count,
)

# Rafailov et al. 2023, appendix B: 1e-6; the larger of their policies have 2.8B (Pythia) and 6B.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 1e-6, 2.8e9
ROUNDING = 1e-4  # nats: log-probabilities of whole completions closer than this are equal


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
    preference, margins, weights = preference_matrices(groups, config)
    loss, _ = group_pairwise_loss(
        rewards, preference.to(device), margins.to(device), weights.to(device)
    )
    if config.sft_weight:
        per_ranking = -(log_probs / lengths * unbeaten(groups).to(device)).sum(dim=1)
        loss = loss + config.sft_weight * (per_ranking * weights.to(device)).sum()
    return loss, rewards


def backward_on(
    policy: Policy,
    groups: Sequence[Group],
    reference: Tensor,
    config: DpoConfig,
    processes: Processes,
) -> dict[str, float]:
    """Fill the gradients with this process's share of one update; the figures of all of it.

    reference (B, Kmax).
    """
    total_weight = sum(group.weight for group in groups)
    mine = processes.share(range(len(groups)))
    loss = right = margin = 0.0
    compared = 0
    parts = split_for_update(
        policy,
        groups,
        mine,
        config.microbatch_tokens,
        config.share_prompts,
        one_pass=processes.sharded,
    )
    sizes = ONE_PASS if processes.sharded else PassSizes.on(policy.device, config.microbatch_tokens)
    for chosen in processes.in_step(parts):
        if chosen is None:
            idle_pass(policy)
            continue
        part = [groups[n] for n in chosen]
        ask = partial(group_log_probs, policy, part, config.share_prompts, sizes)
        with autocast(config.precision, policy.device):
            log_probs = run_pass(policy, ask)
        theirs = reference[chosen][:, : log_probs.shape[1]].to(log_probs.device)
        loss_sum, rewards = dpo_loss(log_probs, theirs, part, config)
        (loss_sum / total_weight).backward()
        loss += loss_sum.item() / total_weight
        values = rewards.detach().cpu().tolist()
        for group, row in zip(part, values, strict=True):
            differences = [row[p.better] - row[p.worse] for p in group.pairs if not p.tie]
            least = ROUNDING * config.beta
            right += sum(0.5 + 0.5 * ((d > least) - (d < -least)) for d in differences)
            margin += sum(differences)
            compared += len(differences)
    sums = processes.sum_figures(
        {"loss": loss, "right": right, "margin": margin, "compared": float(compared)}
    )
    count = max(1.0, sums["compared"])
    return {
        "loss": sums["loss"],
        "accuracy": sums["right"] / count,
        "reward_margin": sums["margin"] / count,
    }


def run_dpo(run: Run, config: DpoConfig) -> dict[str, Any]:
    """The dpo stage."""
    run.refuse_unknown_inputs(("policy", "reference", "snapshot"))
    folder = run.input("policy")
    reference_folder = run.optional_input("reference") or folder
    snapshot = read_snapshot(run.input("snapshot"))
    processes = start_processes(config)
    policy = load_policy(folder, processes.device)
    training, held_out, left_out = _groups_of(run, config, policy, snapshot)
    reference = _reference_log_probs(
        run,
        config,
        policy,
        None if reference_folder == folder else reference_folder,
        training,
        held_out,
        processes,
    )
    theirs = reference["validation"]
    before = None
    if held_out and processes.is_first:
        before = held_out_figures(policy, held_out, theirs, config)
    weights = weight_count(policy)
    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights, rate_factor(config)
    )
    trained = add_adapters(policy, config, seed=stable_seed("adapters", config.seed))
    if config.activation_checkpointing:
        checkpoint_activations(policy)
    updates_per_epoch = -(-len(training) // config.prompts_per_step)
    loop = UpdateLoop(run, config, policy, config.epochs * updates_per_epoch, rate, processes)

    def look(step: int) -> None:
        with gathered(policy):
            if processes.is_first:
                figures = brief(held_out_figures(policy, held_out, theirs, config, samples=100))
                run.events.metric(step, figures)
                loop.looked(step, figures)

    def backward(step: int) -> dict[str, float]:
        # Before the update rather than after the last one: see the reward stage.
        if held_out and step > 0 and step % config.evaluate_every_steps == 0:
            look(step)
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(training))
        start = number * config.prompts_per_step
        chosen = order[start : start + config.prompts_per_step]
        groups = [training[n] for n in chosen]
        return backward_on(policy, groups, reference["training"][chosen], config, processes)

    done = loop.total
    try:
        loop.execute(backward)
    except StoppedEarly as stopped:
        done = stopped.step
    with gathered(policy):
        if not processes.is_first:
            return {}
        write_left_out(run.directory, left_out)
        found = _conclude(loop, config, policy, reference_folder, training, held_out, theirs, done)
    if held_out:
        found["validation_before"] = before
    return (
        found
        | loop.ending()
        | {
            "training_rankings": len(training),
            "training_pairs": sum(len(group.pairs) for group in training),
            **rows_not_whole(left_out),
            "snapshot_sha256": snapshot.sha256,
            "weights": weights,
            "trained_weights": trained,
            "updates": done,
            "learning_rate": rate,
            "learning_rate_of_the_paper_2800m": PUBLISHED_RATE,
        }
    )


def _conclude(
    loop: UpdateLoop,
    config: DpoConfig,
    policy: Policy,
    reference_folder: Path,
    training: Sequence[Group],
    held_out: Sequence[Group],
    theirs: Tensor,
    updates: int,
) -> dict[str, Any]:
    """Publish the policy, and measure it on held-out pairs and on its own words."""
    saved = loop.run.publish_model(policy.save)
    shortest = sorted((row for group in training for row in group.rows()), key=len)
    report: dict[str, Any] = {
        "round_trip_difference": verify_saved_policy(saved, policy, shortest[:8])
    }
    if held_out:
        report["validation"] = held_out_figures(policy, held_out, theirs, config)
        figures = brief(report["validation"])
        loop.run.events.metric(updates, figures)
        if figures:
            loop.looked(updates, figures, final=True)
    if config.kl_prompts:
        asked = load_policy(reference_folder, policy.device)
        report["kl"] = kl_on_samples(policy, asked, held_out or training, config)
    return report


def _reference_log_probs(
    run: Run,
    config: DpoConfig,
    policy: Policy,
    folder: Path | None,
    training: Sequence[Group],
    held_out: Sequence[Group],
    processes: Processes,
) -> dict[str, Tensor]:
    """What the reference says of all completions: the policy before training, or that of a folder.

    The first process asks, or finds the answers of an earlier start, and gives them to the others.
    """

    def ask() -> dict[str, Tensor]:
        asked = policy
        if folder is not None:
            asked = load_policy(folder, processes.device)
            require_same_tokens(policy.codec, asked.codec)
        return {
            "training": log_prob_table(asked, training, config),
            "validation": log_prob_table(asked, held_out, config),
        }

    path = run.directory / "reference.safetensors"
    found = None
    if processes.is_first:
        asked_of = folder or run.input("policy")
        digest = inputs_digest(asked_of, [*training, *held_out], config, processes.device)
        found = cached_reference(path, digest, ask)
    return processes.give(found)


def _groups_of(
    run: Run, config: DpoConfig, policy: Policy, snapshot: Snapshot
) -> tuple[list[Group], list[Group], list[dict[str, Any]]]:
    """Groups to learn from, groups to measure on, and what is left out, which is warned of."""
    rules = [
        LengthRule(config, policy.codec, policy.context_tokens, part)
        for part in ("training rankings", "validation rankings")
    ]
    training, held_out = (
        make_groups((r for r in snapshot.rankings if r.split == split), rule)
        for split, rule in zip(("train", "validation"), rules, strict=True)
    )
    warn_of_unknown_labelers(run.events, training, config)
    training = trainable(training, config, rules[0])
    if not training:
        raise Refused(
            "data_refused",
            f"no ranking to learn from: of {len(snapshot.rankings)} rankings in the snapshot none "
            f"is in the training split with a pair that counts ({rules[0].why_nothing})",
        )
    for rule in rules:
        rule.report(run.events)
    warn_of_shared_prompts(run.events, training, held_out)
    used = len(training) + len(held_out)
    left_out = [entry for rule in rules for entry in rule.left_out]
    in_part = rows_not_whole(left_out)["used_in_part"]
    run.events.data_read("rankings", used=used, given=len(snapshot.rankings), used_in_part=in_part)
    return training, held_out, left_out
