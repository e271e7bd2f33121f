"""What a checkpoint was made with: whoever goes on from it must have the same settings and inputs.

Settings are kept by name, so that a refusal can name those that differ, and inputs by the SHA-256 of what
they hold: a run may go on in another folder or on another host, where the same files lie elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rewardmodel.checkpoint import sha256_of
from rewardmodel.config import StageConfig
from rewardmodel.configfile import Input

MadeWith = Mapping[str, Any]
# What the weights were under another of these they would be under this one, at most up to rounding.
HARMLESS = frozenset(
    {
        *("device", "threads"),  # other threads bring their own warning
        # how an update is split and computed; people take less when memory runs out
        *("microbatch_tokens", "share_prompts", "packing", "activation_checkpointing"),
        "prompts_per_batch",  # how many are decoded side by side
        "checkpoint_every_steps",
        *("followed_prompts", "sample_every_iterations"),  # what is shown on the way
        *("scorer_timeout_seconds", "scorer_retries"),  # a run that crashed by them is to go on
    }
)
ALARMS = "alarm"  # settings that begin so decide when a run ends, not what it learns until then
ADDRESS = "reward_url"  # says where a service answers, not which one


def made_with(stage: str, inputs: Mapping[str, Input], config: StageConfig) -> dict[str, Any]:
    """What the results of this run depend on, as it stands in its checkpoints."""
    values = config.model_dump(mode="json").items()
    settings = {n: v for n, v in values if n not in HARMLESS and not n.startswith(ALARMS)}
    digests = {name: digest_of(value) for name, value in sorted(inputs.items())}
    addresses = {name: digests.pop(name) for name in [ADDRESS] if name in digests}
    settings["stage"] = stage
    return {"settings": settings, "inputs": digests, "addresses": addresses}


def digest_of(value: Input) -> str:
    """SHA-256 of what an input holds, whatever its path; of a name or an address, of that."""
    if isinstance(value, str):
        return _digest(value)
    if isinstance(value, list):
        return _digest("\n".join(map(digest_of, value)))
    if value.is_dir():
        return _digest("\n".join(f"{name} {sha256_of(path)}" for name, path in _read_files(value)))
    return sha256_of(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _read_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of what a stage may read of a folder: neither hidden files nor descriptions."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") for part in parts) or path.suffix.lower() == ".md":
            continue
        if path.is_file():
            yield "/".join(parts), path


def differences(then: MadeWith, now: MadeWith) -> list[str]:
    """What differs, each in words. A setting that only one of two versions knows does not."""
    found = [
        f"{name}: {_shown(then['settings'][name])} then, {_shown(value)} now"
        for name, value in sorted(now["settings"].items())
        if name in then["settings"] and then["settings"][name] != value
    ]
    for name in sorted({*then["inputs"], *now["inputs"]}):
        before, after = then["inputs"].get(name), now["inputs"].get(name)
        if before != after:
            how = "other contents" if before and after else "not given then"
            found.append(f"inputs.{name}: {how if after else 'not given now'}")
    return found


def _shown(value: Any) -> str:
    """A value in a sentence, cut where it is long."""
    words = "empty" if value is None else json.dumps(value, ensure_ascii=False)
    return words if len(words) <= 60 else words[:59] + "…"
