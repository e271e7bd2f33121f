"""One side of a comparison: says it is ready, then takes one step for each line it is sent.

Imports nothing but the standard library, because it also runs in the environment of the other side.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def cuda_in_use() -> Any:
    """torch.cuda, where this process computes on such a device."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None


def peak_mb() -> float:
    """Peak memory of this process so far: on its CUDA device where it uses one, else resident."""
    if (cuda := cuda_in_use()) is not None:
        return float(cuda.max_memory_allocated() / 2**20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Turns:
    """The protocol: `ready`, then `wait` before and `done` after each step. A step that is sent "count" is not for
    its time: what it multiplies is counted."""

    def __init__(self) -> None:
        # whatever a library prints must not get between the answers
        self._out = sys.stdout
        sys.stdout = sys.stderr
        self._began = self._cpu = 0.0
        self._counter: Any = None

    def ready(self, **facts: Any) -> None:
        """Everything is loaded."""
        self._say({"ready": True, **facts})

    def wait(self) -> None:
        """Until it is this side's turn; leaves the process when there are no more turns."""
        line = sys.stdin.readline()
        if not line:
            raise SystemExit(0)
        if line.strip() == "count":
            from torch.utils.flop_counter import FlopCounterMode  # only here: see above

            self._counter = FlopCounterMode(display=False)
            self._counter.__enter__()
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def done(self, **facts: Any) -> None:
        """The step is over, on a CUDA device too."""
        if (cuda := cuda_in_use()) is not None:
            cuda.synchronize()
        took = time.perf_counter() - self._began
        cpu = time.process_time() - self._cpu
        if self._counter is not None:
            self._counter.__exit__(None, None, None)
            facts["multiplications"] = self._counter.get_total_flops() // 2
            self._counter = None
        self._say({"seconds": took, "cpu": cpu, "peak_mb": peak_mb(), **facts})

    def serve(self, step: Callable[[], dict[str, Any]]) -> None:
        """Take steps until there are no more turns."""
        while True:
            self.wait()
            self.done(**step())

    def _say(self, message: dict[str, Any]) -> None:
        print(json.dumps(message), file=self._out, flush=True)
