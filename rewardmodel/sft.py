"""The sft stage: demonstrations in, a fine-tuned policy out.

Next-token loss on the completion and its end token; the prompt is context only. Every token of an
update counts alike, however the update was split.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.batches import pad_prompts, split_by_tokens
from rewardmodel.config import SftConfig
from rewardmodel.errors import Refused
from rewardmodel.groups import LengthRule, demonstration_rows
from rewardmodel.losses import next_token_loss
from rewardmodel.models import Policy, load_policy
from rewardmodel.processes import Processes
from rewardmodel.rankings import read_snapshot
from rewardmodel.rundir import Run
from rewardmodel.training import (
    UpdateLoop,
    autocast,
    checkpoint_activations,
    derived_learning_rate,
    epoch_order,
    stable_seed,
    start_processes,
    weight_count,
)

# InstructGPT App. C.1: about 1e-5 for models up to 6B weights (9.65e-6 and 1.04e-5 were chosen).
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 9.65e-6, 6e9

Row = tuple[list[int], list[int]]  # prompt ids, completion ids with the end token


def summed_loss(policy: Policy, rows: Sequence[Row]) -> torch.Tensor:
    """Loss summed over all completion tokens of the rows, in one forward pass."""
    batch = pad_prompts(
        [prompt for prompt, _ in rows],
        policy.codec.fill_id,
        policy.device,
        [completion for _, completion in rows],
    )
    return next_token_loss(
        policy.completion_logits(batch), batch.completion_ids, batch.completion_mask
    )


@torch.no_grad()
def mean_loss(policy: Policy, rows: Sequence[Row], microbatch_tokens: int) -> float:
    """Nats per completion token over all rows."""
    total = 0.0
    for chunk in split_by_tokens([len(p) + len(c) for p, c in rows], microbatch_tokens):
        total += float(summed_loss(policy, [rows[n] for n in chunk]))
    return total / sum(len(completion) for _, completion in rows)


def run_sft(run: Run, config: SftConfig) -> dict[str, Any]:
    """The sft stage."""
    run.refuse_unknown_inputs(("policy", "snapshot"))
    snapshot = read_snapshot(run.input("snapshot"))
    processes = start_processes(config)
    policy = load_policy(run.input("policy"), processes.device)
    rule = LengthRule(config, policy.codec, policy.context_tokens)
    rows = demonstration_rows((d for d in snapshot.demonstrations if d.split == "train"), rule)
    if not rows:
        raise Refused(
            "data_refused",
            f"no demonstration to learn from: of {len(snapshot.demonstrations)} in the snapshot "
            f"none is usable in the training split ({dict(rule.counts)})",
        )
    rule.report(run.events, "training demonstrations")
    held_rule = LengthRule(config, policy.codec, policy.context_tokens)
    held_out = demonstration_rows(
        (d for d in snapshot.demonstrations if d.split == "validation"), held_rule
    )
    held_rule.report(run.events, "validation demonstrations")

    weights = weight_count(policy)
    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights, rate_factor(config)
    )
    trained = add_adapters(policy, config, seed=stable_seed("adapters", config.seed))
    if config.activation_checkpointing:
        checkpoint_activations(policy)
    updates_per_epoch = -(-len(rows) // config.batch_size)
    loop = UpdateLoop(run, config, policy, config.epochs * updates_per_epoch, rate, processes)

    def backward(step: int) -> dict[str, float]:
        epoch, number = divmod(step, updates_per_epoch)
        order = epoch_order(config.seed, epoch, len(rows))
        start = number * config.batch_size
        chosen = [rows[n] for n in order[start : start + config.batch_size]]
        return {"loss": _backward_on(policy, chosen, config, processes)}

    def after(done: int) -> None:
        if held_out and processes.is_first and done % updates_per_epoch == 0:
            loss = mean_loss(policy, held_out, config.microbatch_tokens)
            run.events.metric(done, {"validation_loss": loss})

    loop.execute(backward, after)
    if not processes.is_first:
        return {}
    run.publish_model(policy.save)
    report = {
        "demonstrations": len(rows),
        "updates": loop.total,
        "learning_rate": rate,
        "weights": weights,
        "trained_weights": trained,
        "snapshot_sha256": snapshot.sha256,
        "training_loss": mean_loss(policy, rows, config.microbatch_tokens),
    }
    if held_out:
        loss = mean_loss(policy, held_out, config.microbatch_tokens)
        report |= {"validation_loss": loss, "validation_perplexity": math.exp(min(loss, 50))}
    return report


def _backward_on(
    policy: Policy, rows: Sequence[Row], config: SftConfig, processes: Processes
) -> float:
    """Gradients of this process's share of an update; the loss of the whole of it."""
    tokens = sum(len(completion) for _, completion in rows)
    mine = processes.share(rows)
    total = 0.0
    for chunk in split_by_tokens([len(p) + len(c) for p, c in mine], config.microbatch_tokens):
        with autocast(config.precision, policy.device):
            loss = summed_loss(policy, [mine[n] for n in chunk])
        (loss / tokens).backward()
        total += loss.item()
    return processes.sum_figures({"loss": total})["loss"] / tokens
