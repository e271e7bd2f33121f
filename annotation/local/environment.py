"""The environment of the programs on one machine: addresses, secrets and folders.

What the person set wins, except for what would make a loopback installation unreachable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from annotation.local.state import DataDir

REPOSITORY = Path(__file__).resolve().parents[2]


def default_data_dir() -> Path:
    return Path(os.environ.get("TIEBREAK_DATA_DIR") or REPOSITORY / "var")


def settings(data: DataDir, services: Mapping[str, str]) -> dict[str, str]:
    """The variables that differ from the person's own environment."""
    found = {**services, "TIEBREAK_DATA_DIR": str(data.path), "TIEBREAK_LOCAL": "1"}
    chosen = {
        "TIEBREAK_ARTIFACT_DIR": str(data.path / "artifacts"),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
    }
    if not os.environ.get("SECRET_KEY"):
        data.secret("secret_key", size=64)
        chosen["SECRET_KEY_FILE"] = str(data.path / "secrets" / "secret_key")
    return found | {name: os.environ.get(name) or value for name, value in chosen.items()}
