"""One update of a policy-gradient run: gradients of some rows, in parts that fit, then a step.

Several processes each take a share of the groups; what they add up to is the update of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from rewardmodel.alarms import Alarm
from rewardmodel.config import PolicyGradientConfig
from rewardmodel.errors import Diverged, Refused
from rewardmodel.invariants import assert_ratio_of_one
from rewardmodel.learners import Ratios, UpdateSize
from rewardmodel.policy_forward import split_groups_by_tokens
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Rollouts
from rewardmodel.training import learning_rate_factor

if TYPE_CHECKING:
    from rewardmodel.policy_gradient import PolicyGradientTrainer


def refuse_idle_processes(processes: Processes, config: PolicyGradientConfig) -> None:
    """Every process needs a prompt of every update. Raises Refused."""
    groups = config.minibatch_size // config.completions_per_prompt
    if groups < processes.world:
        raise Refused(
            "config_refused",
            f"minibatch_size {config.minibatch_size} holds {groups} prompts with all their "
            f"completions; {processes.world} processes need at least {processes.world}",
        )


def update_on(
    trainer: PolicyGradientTrainer, rollouts: Rollouts, rows: Sequence[int]
) -> dict[str, float]:
    """One update on some rows; its figures. Raises Diverged."""
    processes, position = trainer.processes, trainer.position
    size = UpdateSize(float(rollouts.completion_mask[list(rows)].sum()), float(len(rows)))
    figures, ratios = _backward_on_share(trainer, rollouts, rows, size)
    [ratio_max] = processes.largest([float(ratios.clipped.max())])
    if position.update == 0:
        position.first_ratio_error = _check_ratio(trainer, (ratios.tokens - 1).abs())
    if trainer.pretraining and trainer.learner.trains_policy(position.iteration):
        figures["pretraining_loss"] = trainer.pretraining.backward(
            trainer.policy, trainer.step, processes
        )
    figures |= {"ratio": float(ratios.clipped.sum()), "ratios": float(len(ratios.clipped))}
    figures = processes.sum_figures(figures)
    ratio_mean = figures.pop("ratio") / figures.pop("ratios")
    _refuse_non_finite(trainer, figures)
    figures |= {"ratio_mean": ratio_mean, "ratio_max": ratio_max}
    return figures | _apply(trainer)


def _check_ratio(trainer: PolicyGradientTrainer, errors: Tensor) -> float:
    """How far the ratios of all processes are from 1 in the mean. Raises Diverged."""
    processes = trainer.processes
    [largest] = processes.largest([float(errors.max())])
    sums = processes.sum_figures({"error": float(errors.sum()), "tokens": float(len(errors))})
    mean = sums["error"] / sums["tokens"]
    assert_ratio_of_one(largest, mean, trainer.position.iteration, trainer.config.precision)
    return mean


def _refuse_non_finite(trainer: PolicyGradientTrainer, figures: dict[str, float]) -> None:
    """Raises Diverged naming the loss, with its alarm raised; the last checkpoint stays."""
    for name, value in figures.items():
        if name.endswith("_loss") and not math.isfinite(value):
            step = trainer.step
            alarm = Alarm("non_finite", stops=True, since=step, step=step, figures={"name": name})
            trainer.run.events.alarm(alarm.to_json())
            words = f"stopped by its alarm: {name} became {value} at step {step}. {alarm.message}"
            raise Diverged("non_finite", words)


def _backward_on_share(
    trainer: PolicyGradientTrainer, rollouts: Rollouts, rows: Sequence[int], size: UpdateSize
) -> tuple[dict[str, float], Ratios]:
    """Gradients of this process's share of the groups, its share of the figures, its ratios."""
    group, lengths = trainer.config.completions_per_prompt, rollouts.lengths()
    starts = trainer.processes.share(range(0, len(rows), group))
    own = [rows[start + k] for start in starts for k in range(group)]
    figures: dict[str, float] = {}
    ratios = []
    parts = split_groups_by_tokens(
        [lengths[n] for n in own], group, trainer.config.microbatch_tokens
    )
    for chunk in trainer.processes.in_step(parts):
        if chunk is None:
            trainer.learner.idle(trainer.position)
            continue
        part = rollouts.take([own[n] for n in chunk])
        shares, found = trainer.learner.backward_on(part, size, trainer.position)
        ratios.append(found)
        for name, value in shares.items():
            figures[name] = figures.get(name, 0.0) + value
    return figures, Ratios(*map(torch.cat, zip(*ratios, strict=True)))


def _apply(trainer: PolicyGradientTrainer) -> dict[str, float]:
    """Step the optimisers and count the update."""
    factor = learning_rate_factor(
        trainer.step,
        trainer.total,
        warmup_fraction=trainer.config.warmup_fraction,
        shape=trainer.config.schedule,
    )
    for network in trainer.learner.updated(trainer.position.iteration):
        trainer.processes.sum_gradients(network)
    figures = trainer.learner.apply(factor, trainer.position)
    trainer.position.update += 1
    trainer.position.measured_kl = None
    return {"learning_rate": trainer.learner.rate * factor, **figures}
