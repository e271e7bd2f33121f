"""Held-out losses as training goes on: which weights were best, and when to stop early.

Everything is on disk when an evaluation is over, so a resumed run decides as an uninterrupted one
would. Knows weights, steps and losses, not what the loss is of.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import nn

from rewardmodel.checkpoint import fsync_path, write_json_atomically
from rewardmodel.sharding import gathered
from rewardmodel.training import (
    BEST,
    StoppedEarly,
    UpdateLoop,
    load_module_tensors,
    module_tensors,
)

HISTORY = "validation.json"


class Validation:
    """The history of a run's held-out losses. `keep_best` keeps the weights of the lowest.

    patience: evaluations without improvement after which to stop; 0 never stops.
    """

    def __init__(self, folder: Path, module: nn.Module, *, keep_best: bool, patience: int) -> None:
        self.folder, self.module = folder, module
        self.keep_best, self.patience = keep_best, patience
        self.history: dict[int, float] = {}
        if (folder / HISTORY).is_file():
            saved = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
            self.history = {int(step): float(loss) for step, loss in saved.items()}

    def begin_anew(self) -> None:
        """Forget what an earlier start left: it ended before its first checkpoint, maybe with
        other settings. By the first process, before the first update."""
        self.history = {}
        for name in (HISTORY, BEST):
            (self.folder / name).unlink(missing_ok=True)

    @property
    def best_step(self) -> int | None:
        """The first step with the lowest loss so far."""
        if not self.history:
            return None
        return min(self.history, key=lambda step: (self.history[step], step))

    def evaluate(self, step: int, measure: Callable[[], float]) -> bool:
        """The loss after `step` updates, unless it is known from before an interruption.

        Returns whether it was measured just now.
        """
        if step in self.history:
            return False
        loss = measure()
        best = self.best_step
        if self.keep_best and (best is None or loss < self.history[best]):
            self._save_best()
        self.history[step] = loss
        write_json_atomically(
            self.folder / HISTORY, {str(s): self.history[s] for s in sorted(self.history)}
        )
        return True

    def out_of_patience(self, step: int) -> bool:
        """Whether the evaluations up to `step` have gone without improvement for too long."""
        known = sorted(s for s in self.history if s <= step)
        if not self.patience or not known:
            return False
        best = min(known, key=lambda s: (self.history[s], s))
        return sum(s > best for s in known) >= self.patience

    def restore_best(self) -> int | None:
        """Put the best weights back; the step they are of, or None where nothing was measured."""
        if self.best_step is not None:
            load_module_tensors(self.module, load_file(self.folder / BEST))
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
                figures: dict[str, float] = {}

                def loss() -> float:
                    found, shown = measure()
                    figures.update(shown)
                    return found

                if self.evaluate(step, loss):
                    loop.run.events.metric(step, figures)
                loop.looked(step, figures)
                enough = self.out_of_patience(step)
        if loop.processes.any(enough):
            raise StoppedEarly(step)

    def _save_best(self) -> None:
        temporary = self.folder / (BEST + ".tmp")
        tensors = {
            name: tensor.detach().cpu().contiguous().clone()
            for name, tensor in module_tensors(self.module).items()
        }
        save_file(tensors, temporary)
        fsync_path(temporary)
        temporary.replace(self.folder / BEST)
        fsync_path(self.folder)
