"""Progress bars on a terminal: one for each phase. Knows phases and counts."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, TaskID


class ProgressBars:
    """Bars that appear when the first phase reports."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(console=console, transient=False)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> ProgressBars:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bars:
            self._progress.stop()

    def update(self, phase: str, done: int, total: int) -> None:
        """How far a phase has come."""
        if phase not in self._bars:
            if not self._bars:
                self._progress.start()
            self._bars[phase] = self._progress.add_task(phase, total=total)
        self._progress.update(self._bars[phase], completed=done, total=total)
