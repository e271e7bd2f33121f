"""What completions.jsonl is drawn with: whoever goes on in it must have the same settings and inputs.

Stands beside the file from before its first line on, as what a checkpoint was made with stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from rewardmodel.checkpoint import write_json_atomically
from rewardmodel.config import StageConfig
from rewardmodel.errors import Refused
from rewardmodel.made_with import MadeWith, differences, made_with
from rewardmodel.rundir import Run

DRAWN_WITH = "drawn_with.json"


def refuse_other_draws(
    run: Run, config: StageConfig, completions: Path, later: Collection[str] = ()
) -> None:
    """Note what the first completions will be drawn with; hold a restart against what is noted.

    later: settings that act only on what has been drawn. Raises Refused where others differ.
    """
    now = made_with(run.stage, run.inputs, config)
    now["settings"] = {n: v for n, v in now["settings"].items() if n not in later}
    noted = run.directory / DRAWN_WITH
    if completions.exists() and completions.stat().st_size:
        _compare(noted, now)
    else:
        write_json_atomically(noted, now)


def _compare(noted: Path, now: MadeWith) -> None:
    if not noted.exists():
        raise Refused(
            "config_refused",
            f"{DRAWN_WITH} is missing, which says what the completions here were drawn with, and "
            "going on could mix two settings or inputs. Start in another folder.",
        )
    others = differences(json.loads(noted.read_text(encoding="utf-8")), now)
    if others:
        raise Refused(
            "config_refused",
            "the completions here were drawn with other settings or inputs "
            f"({'; '.join(others)}), and going on would mix the two. Give what they were drawn "
            "with, or start in another folder.",
        )
