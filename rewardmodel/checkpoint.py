"""Checkpoints that are whole or absent: temp directory, fsync, hashes, rename, fsync the parent.

A checkpoint is a step number, named groups of tensors (safetensors) and a JSON state. Knows
nothing of what they mean. No pickle anywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

KEEP = 3
MANIFEST = "manifest.json"
STATE = "state.json"
_NAME = re.compile(r"step-(\d{8,})")


@dataclass(frozen=True, slots=True)
class SavedCheckpoint:
    """What was written: for the event log and the database."""

    step: int
    path: Path
    manifest_sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint, its tensors on the CPU."""

    step: int
    tensors: dict[str, dict[str, Tensor]]
    state: dict[str, Any]


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def fsync_path(path: Path) -> None:
    """Flush a file or a directory entry to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def fsync_tree(directory: Path) -> None:
    """Flush every file below a directory, then the directories."""
    for path in sorted(directory.rglob("*")):
        fsync_path(path)
    fsync_path(directory)


def write_json_atomically(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(
        json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    fsync_path(temporary)
    temporary.replace(path)
    fsync_path(path.parent)


def save(
    root: Path,
    step: int,
    tensors: Mapping[str, Mapping[str, Tensor]],
    state: Mapping[str, Any],
    keep: Collection[int] = (),
) -> SavedCheckpoint:
    """Write `root/step-%08d`, then delete all but the newest three and those of the steps `keep`."""
    root.mkdir(parents=True, exist_ok=True)
    final = root / f"step-{step:08d}"
    temporary = root / f".{final.name}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    for name, group in tensors.items():
        # clone: safetensors refuses tensors that share memory, and views would drag their base in
        detached = {
            key: tensor.detach().cpu().contiguous().clone() for key, tensor in group.items()
        }
        save_file(detached, temporary / f"{name}.safetensors")
    (temporary / STATE).write_text(json.dumps({"step": step, **state}, sort_keys=True) + "\n")
    files = sorted(temporary.iterdir())
    manifest = {"step": step, "files": {path.name: sha256_of(path) for path in files}}
    (temporary / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    size = sum(path.stat().st_size for path in temporary.iterdir())
    manifest_sha256 = sha256_of(temporary / MANIFEST)
    fsync_tree(temporary)
    if final.exists():
        # Only a checkpoint that failed verification stands where a new one must go.
        shutil.rmtree(final)
    temporary.rename(final)
    fsync_path(root)
    _prune(root, keep)
    return SavedCheckpoint(step, final, manifest_sha256, size)


def _numbered(root: Path) -> list[tuple[int, Path]]:
    """Checkpoint directories, newest first."""
    if not root.is_dir():
        return []
    found = [(match, path) for path in root.iterdir() if (match := _NAME.fullmatch(path.name))]
    return sorted(((int(match[1]), path) for match, path in found), reverse=True)


def _prune(root: Path, keep: Collection[int]) -> None:
    for step, path in _numbered(root)[KEEP:]:
        if step not in keep:
            shutil.rmtree(path, ignore_errors=True)


def verify(path: Path) -> None:
    """Raises ValueError saying what is wrong with a checkpoint directory."""
    try:
        files = json.loads((path / MANIFEST).read_text())["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: its manifest cannot be read ({error})") from error
    if STATE not in files:
        raise ValueError(f"{path.name}: its manifest names no {STATE}")
    for name, expected in files.items():
        try:
            found = sha256_of(path / name)
        except OSError as error:
            raise ValueError(f"{path.name}/{name}: {error.strerror}") from error
        if found != expected:
            raise ValueError(f"{path.name}/{name}: SHA-256 {found[:12]}, expected {expected[:12]}")


def latest(
    root: Path,
    on_corrupt: Callable[[str], None],
    accept: Callable[[dict[str, Any]], bool] = lambda state: True,
) -> Checkpoint | None:
    """The newest checkpoint that verifies and whose state is accepted; None if there is none.

    A corrupt one is reported, moved out of the way and passed over.
    """
    for step, path in _numbered(root):
        try:
            verify(path)
            state = json.loads((path / STATE).read_text())
            if not accept(state):
                continue
            tensors = {file.stem: load_file(file) for file in sorted(path.glob("*.safetensors"))}
        except (ValueError, OSError, SafetensorError) as error:
            on_corrupt(str(error))
            shutil.rmtree(path.with_name(f"corrupt-{path.name}"), ignore_errors=True)
            path.rename(path.with_name(f"corrupt-{path.name}"))
            continue
        return Checkpoint(step, tensors, state)
    return None
