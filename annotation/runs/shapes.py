"""The shapes of stored networks, read from their configs and headers; no weights are read."""

from __future__ import annotations

import json
import struct
from math import prod

from annotation.lib.storage import NotStored, StorageFailed
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs.memory import Shape, shape_in

HEADER = 100_000_000  # bytes: what safetensors itself allows


def context_of(version: ModelVersion) -> int | None:
    """The longest text that a version's network was built for, in tokens; None where its files do not say."""
    try:
        config = json.loads(store.beginning_of(version.artifact, "config.json"))
        return int(config.get("max_position_embeddings") or config.get("n_positions") or 0) or None
    except (OSError, NotStored, StorageFailed, ValueError, TypeError, AttributeError):
        return None


def shape_of(version: ModelVersion) -> Shape | None:
    """The shape of a version's network, from its files' headers; None where they are not here."""
    artifact = version.artifact
    try:
        config = json.loads(store.beginning_of(artifact, "config.json"))
        count = 0
        for name in artifact.files:
            if "/" in name or not name.endswith(".safetensors"):
                continue
            (length,) = struct.unpack("<Q", store.beginning_of(artifact, name, 8))
            header = json.loads(store.beginning_of(artifact, name, min(length, HEADER), begin=8))
            count += sum(prod(one["shape"]) for key, one in header.items() if key[:2] != "__")
        return shape_in(config, count) if count else None
    except (OSError, NotStored, StorageFailed, ValueError, KeyError, TypeError, struct.error):
        return None
