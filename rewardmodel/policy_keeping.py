"""Which policy is the result: the last, the best one measured, or the last below the KL ceiling.

Also what a checkpoint of a policy-gradient run holds, since the best policy is part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from rewardmodel.alarms import Alarm
from rewardmodel.checkpoint import Checkpoint
from rewardmodel.errors import Diverged
from rewardmodel.learners import Learner, Position
from rewardmodel.ppo_figures import Measured
from rewardmodel.rollouts import Rollouts
from rewardmodel.sharding import like, whole, whole_groups
from rewardmodel.training import (
    load_module_tensors,
    load_optimizer_tensors,
    module_tensors,
    optimizer_tensors,
    random_state,
    restore_random_state,
)

if TYPE_CHECKING:
    from rewardmodel.policy_gradient import PolicyGradientTrainer


@dataclass(frozen=True, slots=True)
class BestPolicy:
    """The best policy measured so far.

    One below the KL ceiling is better than any above it; of those below it the best has the highest
    score, of those above it the lowest KL.
    """

    step: int
    score: float
    kl: float
    looked_at: int  # step of the newest measurement, so that none is made twice
    weights: Mapping[str, Tensor]

    @classmethod
    def better(
        cls, best: BestPolicy | None, measured: Measured, step: int, trainer: PolicyGradientTrainer
    ) -> BestPolicy:
        """The better of the one so far and the policy as it is; the earlier of equals."""
        ceiling = trainer.config.kl_ceiling
        if best is not None and _merit(measured, ceiling) <= _merit(best, ceiling):
            return cls(best.step, best.score, best.kl, step, best.weights)
        weights = {name: w.clone() for name, w in module_tensors(trainer.policy).items()}
        return cls(step, measured.score, measured.kl, step, weights)

    def to_json(self) -> dict[str, Any]:
        """For a checkpoint; the weights go beside it."""
        return {
            "step": self.step,
            "score": self.score,
            "kl": self.kl,
            "looked_at": self.looked_at,
        }


def _merit(policy: Measured | BestPolicy, ceiling: float) -> tuple[bool, float]:
    """The larger, the better: see `BestPolicy`."""
    below = policy.kl <= ceiling
    return below, policy.score if below else -policy.kl


def take_best(trainer: PolicyGradientTrainer) -> None:
    """Put the best policy in the place of the last."""
    assert trainer.best is not None
    trainer.finished = True
    trainer.kept = trainer.best.step
    load_module_tensors(trainer.policy, trainer.best.weights)


@dataclass(frozen=True, slots=True)
class PolicyBelow:
    """The last policy whose own rollouts were measured below the KL ceiling.

    Its weights are whole and in the host's memory; of several processes the first alone has them.
    """

    step: int
    weights: Mapping[str, Tensor]

    @classmethod
    def of(cls, trainer: PolicyGradientTrainer) -> PolicyBelow:
        """The policy as it is, written over the one before it. All processes must ask."""
        earlier = trainer.below.weights if trainer.below is not None else {}
        weights = {}
        for name, weight in module_tensors(trainer.policy).items():
            full = whole(weight)
            if trainer.processes.is_first:
                known = earlier.get(name)
                weights[name] = full.to("cpu", copy=True) if known is None else known.copy_(full)
        return cls(trainer.step, weights)

    def take(self, trainer: PolicyGradientTrainer) -> None:
        """Put it in the place of the last policy, on every process."""
        for name, weight in module_tensors(trainer.policy).items():
            held = self.weights.get(name)
            if held is None:
                held = torch.zeros(weight.shape, dtype=weight.dtype)
            weight.copy_(like(trainer.processes.broadcast(held), weight))
        trainer.finished = True
        trainer.kept = self.step


def saved_state(
    trainer: PolicyGradientTrainer,
) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """Tensors and state of a checkpoint."""
    learner, position = trainer.learner, trainer.position
    tensors = {name: module_tensors(module) for name, module in learner.networks().items()}
    for name, optimizer in learner.optimizers().items():
        tensors[name] = optimizer_tensors(optimizer)
    tensors["random"] = random_state()
    if position.rollouts is not None:
        tensors["rollouts"] = position.rollouts.to_tensors()
    if trainer.best is not None:
        tensors["best"] = dict(trainer.best.weights)
    if trainer.below is not None and position.measured_kl is None:  # else it is the policy itself
        tensors["below"] = dict(trainer.below.weights)
    state = {
        "made_with": trainer.made_with,
        "iteration": position.iteration,
        "update": position.update,
        "kl_coefficient": position.kl_coefficient,
        "measured_kl": position.measured_kl,
        "sums": position.sums,
        "counted": position.counted,
        "first_ratio_error": position.first_ratio_error,
        "below": trainer.below.step if trainer.below else None,
        "before": trainer.before.to_json() if trainer.before else None,
        "best": trainer.best.to_json() if trainer.best else None,
    }
    return whole_groups(tensors, keep=trainer.processes.is_first), state


def restored(
    learner: Learner, found: Checkpoint
) -> tuple[Position, Measured | None, BestPolicy | None]:
    """Put networks, optimisers and chance back; where the run stood."""
    for name, module in learner.networks().items():
        load_module_tensors(module, found.tensors[name])
    for name, optimizer in learner.optimizers().items():
        load_optimizer_tensors(optimizer, found.tensors.get(name, {}))
    restore_random_state(found.tensors["random"])
    saved, state = found.tensors.get("rollouts"), found.state
    device = learner.policy.device
    position = Position(
        iteration=state["iteration"],
        update=state["update"],
        kl_coefficient=state["kl_coefficient"],
        measured_kl=state["measured_kl"],
        rollouts=Rollouts.from_tensors(saved, device) if saved else None,
        sums=dict(state["sums"]),
        counted=state["counted"],
        first_ratio_error=state["first_ratio_error"],
    )
    before = Measured(**state["before"]) if state["before"] else None
    best = None
    if state["best"]:
        own = module_tensors(learner.policy)
        weights = {n: like(w.to(device), own[n]) for n, w in found.tensors["best"].items()}
        best = BestPolicy(**state["best"], weights=weights)
    return position, before, best


def restored_below(trainer: PolicyGradientTrainer, found: Checkpoint) -> PolicyBelow | None:
    """The last policy below the ceiling, when the position has been put back. All must ask."""
    if trainer.config.keep == "best":
        return None
    if trainer.position.measured_kl is not None:
        return PolicyBelow.of(trainer)
    step, weights = found.state["below"], found.tensors.get("below", {})
    if step is None:
        return None
    return PolicyBelow(step, weights if trainer.processes.is_first else {})


def fall_back(trainer: PolicyGradientTrainer) -> str:
    """Return to the last policy measured below the KL ceiling, or the best, and say so.

    Raises Diverged where none was below it.
    """
    kl, ceiling, at = trainer.position.measured_kl, trainer.config.kl_ceiling, trainer.step
    assert kl is not None
    if trainer.best is not None and trainer.best.kl <= ceiling:
        take_best(trainer)
    elif trainer.below is not None:
        trainer.below.take(trainer)
    else:
        raise Diverged(
            "kl_ceiling",
            f"the KL is {kl:.1f} nats per completion (ceiling {ceiling}), and no policy was measured "
            "below it",
        )
    assert trainer.kept is not None
    figures = {"kl": kl, "bound": ceiling, "kept": float(trainer.kept)}
    trainer.stopped_by = Alarm("kl_ceiling", stops=True, since=at, step=at, figures=figures)
    trainer.run.events.alarm(trainer.stopped_by.to_json())
    return "kl_ceiling"
