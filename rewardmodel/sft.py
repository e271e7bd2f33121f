"""The sft stage: demonstrations in, a fine-tuned policy out.

Next-token loss on the completion and its end token; the prompt is context only. Every token of an
update counts alike, however the update was split and whether it was packed or padded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from rewardmodel.adapters import add_adapters, rate_factor
from rewardmodel.batches import pad_prompts, split_by_tokens
from rewardmodel.config import SftConfig
from rewardmodel.errors import Refused
from rewardmodel.groups import LengthRule, demonstration_rows
from rewardmodel.left_out import rows_not_whole, write_left_out
from rewardmodel.models import Policy, load_policy, verify_saved_policy
from rewardmodel.packing import Packing, Row, packed_loss, packs, split_rows
from rewardmodel.processes import Processes
from rewardmodel.rankings import Demonstration, Snapshot, read_snapshot
from rewardmodel.rundir import Run
from rewardmodel.sharding import gathered, idle_pass, run_pass
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
from rewardmodel.validation import Validation

# InstructGPT App. C.1: about 1e-5 for models up to 6B weights (9.65e-6 and 1.04e-5 were chosen).
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 9.65e-6, 6e9


def summed_loss(policy: Policy, rows: Sequence[Row]) -> Tensor:
    """Loss summed over all completion tokens of the rows, in one forward pass."""
    batch = pad_prompts(
        [prompt for prompt, _ in rows],
        policy.codec.fill_id,
        policy.device,
        [completion for _, completion in rows],
    )
    return -policy.completion_figures(batch, 1.0).log_probs.sum()


@torch.no_grad()
def mean_loss(
    policy: Policy, rows: Sequence[Row], microbatch_tokens: int, packing: Packing = "never"
) -> float:
    """Nats per completion token over all rows."""
    parts = _parts(policy, rows, microbatch_tokens, packing)
    total = sum(float(loss_of(policy, part)) for loss_of, part in parts)
    return total / sum(len(completion) for _, completion in rows)


def _parts(
    policy: Policy, rows: Sequence[Row], microbatch_tokens: int, packing: Packing
) -> Iterator[tuple[Callable[[Policy, Sequence[Row]], Tensor], list[Row]]]:
    """How to compute the loss of some rows: which function, on which of them."""
    if packs(policy, rows, packing):
        for part in split_rows(rows, microbatch_tokens):
            yield packed_loss, [rows[n] for n in part]
        return
    for part in split_by_tokens([len(p) + len(c) for p, c in rows], microbatch_tokens):
        yield summed_loss, [rows[n] for n in part]


def every_turn(demonstrations: Iterable[Demonstration]) -> Iterator[Demonstration]:
    """Each demonstration, and before it what the assistant said in its prompt, turn by turn.

    A turn sees the turns before it, as the policy will when it has to say it.
    """
    for one in demonstrations:
        for place, message in enumerate(one.prompt):
            if message.role == "assistant" and place > 0:
                yield replace(
                    one,
                    id=f"{one.id}#{place}",
                    prompt=one.prompt[:place],
                    completion=message.content,
                )
        yield one


def _rows_of(
    run: Run, config: SftConfig, policy: Policy, snapshot: Snapshot, split: str, part: str
) -> tuple[list[Row], LengthRule, int]:
    """The usable demonstrations of a split, and of how many; warns of what is left out."""
    chosen = [d for d in snapshot.demonstrations if d.split == split]
    if config.learn_turns == "all":
        chosen = list(every_turn(chosen))
    rule = LengthRule(config, policy.codec, policy.context_tokens, part)
    rows = demonstration_rows(chosen, rule)
    rule.report(run.events)
    return rows, rule, len(chosen)


def run_sft(run: Run, config: SftConfig) -> dict[str, Any]:
    """The sft stage."""
    run.refuse_unknown_inputs(("policy", "snapshot"))
    snapshot = read_snapshot(run.input("snapshot"))
    processes = start_processes(config)
    policy = load_policy(run.input("policy"), processes.device)
    rows, rule, given = _rows_of(run, config, policy, snapshot, "train", "training demonstrations")
    if not rows:
        raise Refused(
            "data_refused",
            f"no demonstration to learn from: of {len(snapshot.demonstrations)} in the snapshot "
            f"none is usable in the training split ({rule.why_nothing})",
        )
    held_out, held_out_rule, also_given = _rows_of(
        run, config, policy, snapshot, "validation", "validation demonstrations"
    )
    left_out = [*rule.left_out, *held_out_rule.left_out]
    counts = rows_not_whole(left_out)
    run.events.data_read(
        "demonstrations",
        used=len(rows) + len(held_out),
        given=given + also_given,
        used_in_part=counts["used_in_part"],
    )
    if not held_out and (config.keep == "best" or config.patience):
        raise Refused(
            "config_refused",
            f"keep {config.keep!r}, patience {config.patience}: the snapshot has no usable "
            "demonstration in its validation split to measure by",
        )
    weights = weight_count(policy)
    rate = config.learning_rate or derived_learning_rate(
        PUBLISHED_RATE, PUBLISHED_WEIGHTS, weights, rate_factor(config)
    )
    trained = add_adapters(policy, config, seed=stable_seed("adapters", config.seed))
    if config.activation_checkpointing:
        checkpoint_activations(policy)
    training = _Training(run, config, policy, rows, held_out, processes, rate)
    early = training.execute()
    with gathered(policy):
        if not processes.is_first:
            return {}
        write_left_out(run.directory, left_out)
        report = _conclude(training, rate, weights, trained, snapshot, early)
        return report | counts


def _conclude(
    training: _Training, rate: float, weights: int, trained: int, snapshot: Snapshot, early: bool
) -> dict[str, Any]:
    """Publish and measure what was learnt."""
    run, config, policy = training.run, training.config, training.policy
    rows, held_out = training.rows, training.held_out
    best = training.validation.restore_best()
    kept = training.done if best is None else best
    saved = run.publish_model(policy.save)
    shortest = sorted((prompt + completion for prompt, completion in rows), key=len)
    report = {
        "demonstrations": len(rows),
        "round_trip_difference": verify_saved_policy(saved, policy, shortest[:8]),
        "updates": training.done,
        "stopped_early": early,
        "kept_update": kept,
        "learning_rate": rate,
        "weights": weights,
        "trained_weights": trained,
        "snapshot_sha256": snapshot.sha256,
        "training_loss": mean_loss(policy, rows, config.microbatch_tokens, config.packing),
    }
    if held_out:
        loss = mean_loss(policy, held_out, config.microbatch_tokens, config.packing)
        report |= {"validation_loss": loss, "validation_perplexity": math.exp(min(loss, 50))}
        training.loop.looked(kept, {"validation_loss": loss}, final=True)
    return report | training.loop.ending()


class _Training:
    """The updates, and the evaluations between them."""

    def __init__(
        self,
        run: Run,
        config: SftConfig,
        policy: Policy,
        rows: Sequence[Row],
        held_out: Sequence[Row],
        processes: Processes,
        rate: float,
    ) -> None:
        self.run, self.config, self.policy, self.processes = run, config, policy, processes
        self.rows, self.held_out = rows, held_out
        self.updates_per_epoch = -(-len(rows) // config.batch_size)
        total = config.epochs * self.updates_per_epoch
        keep_best = config.keep == "best"
        self.validation = Validation(policy, keep_best=keep_best, patience=config.patience)
        self.loop = UpdateLoop(run, config, policy, total, rate, processes, self.validation)
        self.done = total

    def execute(self) -> bool:
        """Do the updates; whether they ended before their number."""
        try:
            self.loop.execute(self._backward)
            self._evaluate(self.loop.total)
        except StoppedEarly as stopped:
            self.done = stopped.step
            return self.done < self.loop.total
        return False

    def _backward(self, step: int) -> dict[str, float]:
        # Before the update rather than after the last one: a run that was killed between saving
        # and measuring still measures.
        if step == 0:
            self._look_at_start()
        elif step % (self.config.evaluate_every_steps or self.updates_per_epoch) == 0:
            self._evaluate(step)
        epoch, number = divmod(step, self.updates_per_epoch)
        order = epoch_order(self.config.seed, epoch, len(self.rows))
        start = number * self.config.batch_size
        chosen = [self.rows[n] for n in order[start : start + self.config.batch_size]]
        return {"loss": _backward_on(self.policy, chosen, self.config, self.processes)}

    def _look_at_start(self) -> None:
        """The held-out rows before the first update: no result, but what others are compared with."""
        with gathered(self.policy):
            if self.held_out and self.processes.is_first:
                _, figures = self._held_out_loss()
                self.run.events.metric(0, figures)
                self.loop.looked(0, figures)

    def _evaluate(self, step: int) -> None:
        """Measure the held-out rows after `step` updates. Raises StoppedEarly."""
        if self.held_out:
            self.validation.look(step, self.loop, self._held_out_loss)

    def _held_out_loss(self) -> tuple[float, dict[str, float]]:
        config = self.config
        loss = mean_loss(self.policy, self.held_out, config.microbatch_tokens, config.packing)
        figures = {"loss": loss, "perplexity": math.exp(min(loss, 50))}
        return loss, {f"validation_{name}": value for name, value in figures.items()}


def _backward_on(
    policy: Policy, rows: Sequence[Row], config: SftConfig, processes: Processes
) -> float:
    """Gradients of this process's share of an update; the loss of the whole of it."""
    tokens = sum(len(completion) for _, completion in rows)
    mine = processes.share(rows)
    total = 0.0
    parts = list(_parts(policy, mine, config.microbatch_tokens, config.packing)) if mine else []
    for step in processes.in_step(parts):
        if step is None:
            idle_pass(policy)
            continue
        loss_of, part = step
        with autocast(config.precision, policy.device):
            loss = run_pass(policy, partial(loss_of, policy, part))
        (loss / tokens).backward()
        total += loss.item()
    return processes.sum_figures({"loss": total})["loss"] / tokens


__all__ = ["Row", "mean_loss", "run_sft", "summed_loss"]
