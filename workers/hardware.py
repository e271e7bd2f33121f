"""What hardware this worker has: as the deployment says, or as the machine's devices tell."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

# of NVIDIA's and AMD's drivers; torch is not asked: loading it takes seconds and memory
DEVICES = ("/dev/nvidia0", "/dev/nvidia-uvm", "/dev/kfd")


def own_class() -> str:
    """cpu | gpu."""
    told: str = settings.ENV.tiebreak_worker_class
    if told:
        return told
    return "gpu" if any(Path(device).exists() for device in DEVICES) else "cpu"
