"""Reward models and policies from whole rankings: a library and a command-line program.

Knows PyTorch, transformers and run directories. Knows nothing of the web server, its database or
its task queue: everything arrives as files in a run directory and leaves as files in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT_VERSION = "1"


def score(
    models: Path | str | Sequence[Path | str],
    rows: Iterable[Mapping[str, Any]],
    *,
    device: str = "auto",
    threads: int = 0,
) -> Iterator[dict[str, Any]]:
    """Scores of rows {"prompt", "completion"} or {"prompt", "completions"}; see `score_files`."""
    from rewardmodel.score_files import score as score_rows  # torch takes seconds to load

    return score_rows(models, rows, device=device, threads=threads)
