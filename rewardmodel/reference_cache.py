"""What the reference said of the data, asked once and kept beside the run.

A safetensors file whose metadata holds a digest of everything the numbers depend on: the weights
of the reference, the token ids, and how they were computed. Another digest, or a damaged file, means
asking again: a policy that is its reference must find its own numbers there, rounding included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from rewardmodel.checkpoint import fsync_path
from rewardmodel.config import DpoConfig
from rewardmodel.made_with import digest_of
from rewardmodel.prefix import TokenGroup


def inputs_digest(
    model: Path, groups: Sequence[TokenGroup], config: DpoConfig, device: torch.device
) -> str:
    """SHA-256 over a model's files, the token ids it is asked about, and what rounds the answers."""
    digest = hashlib.sha256(digest_of(model).encode())
    rounding = [config.precision, config.share_prompts, config.microbatch_tokens, device.type]
    digest.update(json.dumps(rounding).encode() + b"\n")
    for group in groups:
        ids = [list(group.prompt_ids), *(list(row) for row in group.completion_ids)]
        digest.update(json.dumps(ids).encode() + b"\n")
    return digest.hexdigest()


def cached_reference(
    path: Path, digest: str, ask: Callable[[], dict[str, Tensor]]
) -> dict[str, Tensor]:
    """The tensors in the file if they belong to this digest; else those of `ask`, kept there."""
    found = _read(path, digest)
    if found is None:
        temporary = path.with_name(path.name + ".tmp")
        save_file(ask(), temporary, metadata={"digest": digest})
        fsync_path(temporary)
        temporary.replace(path)
        fsync_path(path.parent)
        # Read back: what a resumed run will see is what this one uses.
        found = _read(path, digest)
        assert found is not None
    return found


def _read(path: Path, digest: str) -> dict[str, Tensor] | None:
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("digest") != digest:
                return None
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError):
        return None
