"""Prompts that a reward model knows: its folder lists them by hash, and other stages hold theirs
against that.

`training_prompts.json` are those that its weights learnt from, `validation_prompts.json` those of
the held-out rankings that may have chosen among weights.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence, Set
from pathlib import Path
from typing import Any

from rewardmodel.errors import Refused
from rewardmodel.events import EventLog
from rewardmodel.groups import Group, prompt_key
from rewardmodel.left_out import left_out
from rewardmodel.rankings import Message
from rewardmodel.sample import EncodedPrompt

TRAINING_PROMPTS = "training_prompts.json"
VALIDATION_PROMPTS = "validation_prompts.json"


def digest_of_key(key: str) -> str:
    """How a folder names a prompt: SHA-256 of its `prompt_key` in UTF-8, in hex."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def prompt_digest(prompt: Sequence[Message]) -> str:
    """The same, of a prompt itself."""
    return digest_of_key(prompt_key(prompt))


def list_prompts(folder: Path, training: Iterable[Group], held_out: Iterable[Group]) -> None:
    """Write both lists into a reward model's folder, each prompt once."""
    for name, groups in ((TRAINING_PROMPTS, training), (VALIDATION_PROMPTS, held_out)):
        hashes = sorted({digest_of_key(group.prompt_key) for group in groups})
        (folder / name).write_text(json.dumps(hashes, indent=0) + "\n")


def prompts_trained_on(folders: Sequence[Path], events: EventLog) -> set[str]:
    """Digests of all prompts the reward models say they were trained on. Raises Refused.

    Warns of those that do not say: no overlap with them can be seen.
    """
    silent = sum(not (folder / TRAINING_PROMPTS).is_file() for folder in folders)
    if silent:
        events.warning(
            "training_prompts_unknown",
            f"{silent} of {len(folders)} reward models do not say which prompts they were trained "
            f"on ({TRAINING_PROMPTS} is missing); whether these are among them is not known",
        )
    return _listed(folders, TRAINING_PROMPTS)


def count_trained_on(keys: Iterable[str], known: Set[str], events: EventLog) -> dict[str, int]:
    """For a report on a reward model: how many of the prompts it was trained on; warns of them.

    keys: the `prompt_key` of each prompt, as often as it stands there; known: as from `prompts_trained_on`.
    """
    digests = {digest_of_key(key) for key in keys}
    count = len(digests & known)
    if count:
        events.warning(
            "measured_on_training_prompts",
            f"{count} of {len(digests)} prompts were used to train the reward model: what it scores "
            "there says little about new prompts",
        )
    return {"prompts_trained_on": count}


def _listed(folders: Sequence[Path], name: str) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        path = folder / name
        if not path.is_file():
            continue
        try:
            listed = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise Refused("model_refused", f"{name}: {error}") from error
        if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
            raise Refused("model_refused", f"{name}: must be a list of texts")
        found.update(listed)
    return found


def apart_from_known(
    prompts: Sequence[EncodedPrompt], folders: Sequence[Path], rule: str, events: EventLog
) -> list[EncodedPrompt]:
    """The prompts that may be used, by the rule for those that a reward model knows. Raises Refused."""
    known = prompts_trained_on(folders, events) | _listed(folders, VALIDATION_PROMPTS)
    fresh = [prompt for prompt in prompts if prompt_digest(prompt.row.prompt) not in known]
    overlap = len(prompts) - len(fresh)
    if not overlap:
        return list(prompts)
    total = len(prompts)
    if rule == "refuse":
        raise Refused(
            "data_refused",
            f"{overlap} of {total} prompts were used to train or choose the reward model; give "
            "others, or set overlapping_prompts to drop or allow",
        )
    if rule == "drop":
        words = f"{overlap} of {total} prompts were used to train or choose the reward model; they are left out"
    else:
        words = f"{overlap} of {total} prompts were used to train or choose the reward model; they are used"
    events.warning("overlapping_prompts", words)
    return fresh if rule == "drop" else list(prompts)


def known_too_well(
    fitting: Sequence[EncodedPrompt], used: Sequence[EncodedPrompt]
) -> list[dict[str, Any]]:
    """Prompts that fit and are not used all the same."""
    kept = {prompt.row.id for prompt in used}
    why = "the reward model was trained on it, or chosen by it"
    return [
        left_out("prompts", prompt.row.id, "prompts dropped", why)
        for prompt in fitting
        if prompt.row.id not in kept
    ]
