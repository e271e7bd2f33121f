"""What DPO is watched by: implicit rewards on held-out rankings, and the KL on own completions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from rewardmodel.config import DecodingConfig, DpoConfig
from rewardmodel.decoding import sequence_log_probs
from rewardmodel.group_log_probs import completion_lengths, group_log_probs
from rewardmodel.group_scores import PassSizes, split_groups
from rewardmodel.groups import Group
from rewardmodel.losses import kl_k1, kl_k3
from rewardmodel.metrics import clustered_ratio, pair_figures
from rewardmodel.models import Policy
from rewardmodel.rollouts import draw
from rewardmodel.training import autocast, weights_cast_once


def implicit_rewards(
    log_probs: Tensor, reference: Tensor, lengths: Tensor, config: DpoConfig
) -> Tensor:
    """(B, K) rewards from log-probabilities of whole completions (section 4, up to a constant)."""
    ratios = log_probs - reference
    if config.length_normalised:
        ratios = ratios / lengths
    return config.beta * ratios


@torch.no_grad()
def log_prob_table(policy: Policy, groups: Sequence[Group], config: DpoConfig) -> Tensor:
    """(B, Kmax) as `group_log_probs`, in parts and without gradient, on the CPU.

    In the precision of the updates: a policy that still is its reference must have log-ratios of 0.
    """
    if not groups:
        return torch.zeros(0, 0)
    table = torch.zeros(len(groups), max(len(group.completion_ids) for group in groups))
    sizes = PassSizes.on(policy.device, config.microbatch_tokens)
    for chosen in split_groups(groups, range(len(groups)), config.microbatch_tokens):
        part = [groups[n] for n in chosen]
        with weights_cast_once(policy, config.precision), autocast(config.precision, policy.device):
            values = group_log_probs(policy, part, config.share_prompts, sizes).float().cpu()
        table[chosen, : values.shape[1]] = values
    return table


def held_out_figures(
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
    figures = pair_figures(groups, _by_group(groups, rewards), samples=samples, seed=config.seed)
    by_likelihood = pair_figures(
        groups, _by_group(groups, (table / lengths).tolist()), samples=samples, seed=config.seed
    )
    if "accuracy" in by_likelihood:
        figures["accuracy_of_log_prob_per_token"] = by_likelihood["accuracy"]
    return figures


def _by_group(groups: Sequence[Group], table: list[list[float]]) -> list[list[float]]:
    return [row[: len(group.completion_ids)] for group, row in zip(groups, table, strict=True)]


@torch.no_grad()
def kl_on_samples(
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
        "stop_rate": sum(one.finish_reason == "stop" for one in drawn) / len(drawn),
    }


def brief(figures: dict[str, Any]) -> dict[str, float]:
    """The figures worth a curve."""
    if not figures.get("pairs"):
        return {}
    return {
        "validation_accuracy": figures["accuracy"]["value"],
        "validation_length_baseline": figures["length_baseline"]["value"],
        "validation_nll": figures["nll"],
    }
