"""What a forked test process runs: the command line itself, with torch already imported."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from rewardmodel.__main__ import execute  # before torch: it sets how torch's threads wait

# isort: split
import transformers.models.llama.modeling_llama  # noqa: F401  loaded once, before forking

import rewardmodel.stages  # noqa: F401


def run_to_exit(folder: str) -> None:
    """Run the stage named in config.json; the process ends with the command's exit code."""
    directory = Path(folder)
    with (directory / "stderr.txt").open("a") as log:
        os.dup2(log.fileno(), 2)
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        execute(json.loads((directory / "config.json").read_text())["stage"], directory, False)
