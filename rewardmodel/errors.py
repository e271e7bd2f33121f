"""The ways a training run may end other than well, each with the exit code the supervisor reads.

Knows nothing of what a stage does; `__main__` turns these into events and exit codes.
"""

EXIT_COMPLETE = 0
EXIT_DIVERGED = 70
EXIT_INTERRUPTED = 75
EXIT_ORPHANED = 76
EXIT_REFUSED = 78


class RunError(Exception):
    """An end in words: `code` is stable and machine-readable, the message is for a person."""

    exit_code = 1

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Refused(RunError):
    """The configuration or the data cannot be used; starting again will not help."""

    exit_code = EXIT_REFUSED


class Diverged(RunError):
    """A loss became non-finite or an invariant broke; the numbers stand in the message."""

    exit_code = EXIT_DIVERGED


class Interrupted(Exception):
    """The run was asked to stop and wrote a checkpoint at `step`; start again to continue."""

    exit_code = EXIT_INTERRUPTED

    def __init__(self, step: int) -> None:
        super().__init__(f"interrupted after a checkpoint at step {step}")
        self.step = step
