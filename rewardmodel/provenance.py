"""What a run was made with: the code to the byte, the machine, and the memory it took at most."""

from __future__ import annotations

import hashlib
import os
import platform
import resource
import sys
from pathlib import Path
from typing import Any

import torch


def code_digest() -> str:
    """SHA-256 over the names and bytes of this library's own modules, 12 hex digits.

    Two runs with the same digest ran the same code, whether it was installed, released or edited.
    """
    home, digest = Path(__file__).parent, hashlib.sha256()
    for path in sorted(home.rglob("*.py")):
        digest.update(f"{path.relative_to(home).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def hardware() -> dict[str, Any]:
    """The machine as the run sees it; sizes in bytes."""
    found: dict[str, Any] = {
        "machine": platform.machine(),
        "system": platform.system(),
        "cores": os.cpu_count(),
        "memory_bytes": _memory_bytes(),
    }
    if torch.cuda.is_available():
        gpu = torch.cuda.get_device_properties(0)
        found |= {
            "gpu": gpu.name,
            "gpu_bytes": gpu.total_memory,
            "gpus": torch.cuda.device_count(),
        }
    return found


def peak_bytes() -> dict[str, int]:
    """The most memory this process held, on the host and on its first CUDA device."""
    unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2): kilobytes but on macOS
    found = {"host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        found["gpu"] = torch.cuda.max_memory_allocated()
    return found


def _memory_bytes() -> int | None:
    """Of the machine, or of the container where that has less."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None
    try:
        return min(whole, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    except (OSError, ValueError):
        return whole
