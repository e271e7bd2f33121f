"""What a damaged model folder makes other libraries raise, turned into a refusal in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from safetensors import SafetensorError

from rewardmodel.errors import Refused, RunError


@contextmanager
def refusing(problem: str) -> Iterator[None]:
    """Inside, whatever loading raises becomes Refused: the problem, and then the fault.

    Libraries raise anything over a broken file, so everything counts but a machine that is too small.
    """
    try:
        yield
    except RunError:
        raise
    except Exception as error:
        if _out_of_memory(error):
            raise
        fault = str(error) or type(error).__name__
        if isinstance(error, SafetensorError):
            fault = f"its weights are damaged or cut off: {fault}"
        raise Refused("model_refused", f"{problem}: {fault}") from error


def _out_of_memory(error: Exception) -> bool:
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    # on the CPU torch has no exception of its own for it
    words = str(error).lower()
    return isinstance(error, RuntimeError) and (
        "out of memory" in words or "allocate memory" in words
    )
