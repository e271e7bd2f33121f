"""Whether a run may begin in its directory: nobody else works on it, and it is not complete. No torch."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rewardmodel.errors import Refused

MANIFEST = "MANIFEST.json"


@contextmanager
def alone_in(directory: Path, *, supervised: bool) -> Iterator[None]:
    """Inside, no second start of the run can begin. Raises Refused where one has.

    The lock ends with the process, however that ends. A supervisor holds the directory itself, and of
    several processes of a run the first is alone.
    """
    if supervised or os.environ.get("RANK", "0") != "0":
        yield
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Refused(
            "directory_busy", f"{directory}: a process works on this run already"
        ) from None
    except OSError:
        pass  # a file system without locks
    try:
        yield
    finally:
        os.close(handle)


def is_complete(directory: Path, stage: str) -> bool:
    """Whether the run has its results. Raises Refused where it is one of another stage."""
    try:
        made = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))["stage"]
    except FileNotFoundError:
        return False
    except (ValueError, LookupError, TypeError) as error:
        raise Refused("config_refused", f"{directory / MANIFEST} is damaged: {error}") from error
    if made != stage:
        raise Refused(
            "config_refused",
            f"{directory} holds a complete run of the stage {made}; {stage} wants a directory of its own",
        )
    return True
