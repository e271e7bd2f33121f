"""Which updates of sft, reward and dpo runs are saved, and which checkpoints stay. Pure.

An alarm looks back over a window of updates and goes back to weights of before. Which those are is a
matter of step numbers alone: a run that was interrupted, and saved more often, goes back to the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckpointPlan:
    """A checkpoint every so many updates; `window`: of the alarm that goes back, None without one."""

    every: int
    window: int | None

    def due(self, step: int) -> bool:
        """Whether to save after so many updates."""
        return step % self.every == 0 or self._is_early(step)

    def lasts(self, step: int) -> bool:
        """Whether the checkpoint of a step is one to go back to: the last one of its window."""
        if self.window is None or step <= 0:
            return False
        return self._is_early(step) or (step % self.every == 0 and -step % self.window < self.every)

    def lasting(self, done: int) -> set[int]:
        """The steps whose checkpoints must stay, so that no alarm after so many updates finds none."""
        if self.window is None:
            return set()
        newest = done // self.window
        found = {n * self.window // self.every * self.every for n in range(newest - 1, newest + 2)}
        return found | ({self.window} if done < self.every + self.window else set())

    def _is_early(self, step: int) -> bool:
        """The end of the first window: an alarm may come long before the first interval is over."""
        return self.window is not None and step == self.window < self.every
