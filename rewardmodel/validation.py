"""Held-out losses as training goes on: which weights were best, and when to stop early.

All of it stands in the checkpoints, whose hashes guard it, so a resumed run decides as an uninterrupted
one would. Knows weights, steps and losses, not what the loss is of.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rewardmodel.checkpoint import Checkpoint
from rewardmodel.sharding import gathered
from rewardmodel.training import (
    StoppedEarly,
    UpdateLoop,
    load_module_tensors,
    module_tensors,
)


class Validation:
    """The history of a run's held-out losses. `keep_best` keeps the weights of the lowest, whole and
    in the host's memory; of several processes the first alone has both.

    patience: evaluations without improvement after which to stop; 0 never stops.
    """

    def __init__(self, module: nn.Module, *, keep_best: bool, patience: int) -> None:
        self.module, self.keep_best, self.patience = module, keep_best, patience
        self.history: dict[int, float] = {}
        self.best: dict[str, Tensor] = {}

    def to_json(self) -> dict[str, float]:
        """The losses by step, for a checkpoint; the best weights go beside them."""
        return {str(step): loss for step, loss in self.history.items()}

    def restore(self, found: Checkpoint) -> None:
        """What had been measured when a checkpoint was made. By the first process."""
        saved = found.state.get("validation") or {}
        self.history = {int(step): loss for step, loss in saved.items()}
        self.best = found.tensors.get("best", {})

    @property
    def best_step(self) -> int | None:
        """The first step with the lowest loss so far."""
        if not self.history:
            return None
        return min(self.history, key=lambda step: (self.history[step], step))

    def note(self, step: int, loss: float) -> None:
        """The weights as they are, after `step` updates, have this loss."""
        best = self.best_step
        if self.keep_best and (best is None or loss < self.history[best]):
            weights = module_tensors(self.module).items()
            self.best = {name: weight.to("cpu", copy=True) for name, weight in weights}
        self.history[step] = loss

    @property
    def out_of_patience(self) -> bool:
        """Whether the evaluations have gone without improvement for too long."""
        best = self.best_step
        if not self.patience or best is None:
            return False
        return sum(step > best for step in self.history) >= self.patience

    def restore_best(self) -> int | None:
        """Put the best weights back; the step they are of, or None where none were kept."""
        if not self.best:
            return None
        load_module_tensors(self.module, self.best)
        return self.best_step

    def look(
        self,
        step: int,
        loop: UpdateLoop,
        measure: Callable[[], tuple[float, dict[str, float]]],
    ) -> None:
        """Measure after `step` updates, by the first process; all must call.

        measure() returns the loss and the figures to log. Raises StoppedEarly.
        """
        enough = False
        with gathered(self.module):
            if loop.processes.is_first:
                loss, figures = measure()
                self.note(step, loss)
                loop.run.events.metric(step, figures)
                loop.looked(step, figures)
                enough = self.out_of_patience
        if loop.processes.any(enough):
            raise StoppedEarly(step)
