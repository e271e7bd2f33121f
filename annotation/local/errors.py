"""The one error of this package: a sentence for the person at the console."""


class LocalError(RuntimeError):
    """Starting or running a local server failed; the message says what to do about it."""
