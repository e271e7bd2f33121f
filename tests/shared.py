"""Real data and models that lie beside the repository and may not be copied into it."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("TIEBREAK_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def shared(part: str) -> Path:
    """This part of the folder; the test is skipped where it is absent."""
    if not (FOLDER / part).is_dir():
        pytest.skip(f"needs {part} of the shared folder, which is never copied (TIEBREAK_SHARED)")
    return FOLDER / part
