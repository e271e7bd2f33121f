"""What can go wrong, in the server's words: the code, the field and the rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class TiebreakError(Exception):
    """The base of everything this package raises."""


class Unreachable(TiebreakError):
    """Nobody answered, or what answered is no Tiebreak server."""


class Damaged(TiebreakError):
    """What arrived is not what was sent."""


class NotFound(TiebreakError):
    """There is nothing of this name or number."""


class RunNotDone(TiebreakError):
    """A run that was waited for did not succeed; `run` is its last state."""

    def __init__(self, run: Any) -> None:
        self.run = run
        words = f"{run['kind']} run {run['number']} {run['status']}"
        if run["error_code"]:
            words += f" ({run['error_code']}): {run['error_message']}"
        super().__init__(words)


@dataclass(frozen=True)
class FieldError:
    """One thing that does not fit."""

    field: str
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return f"{place}{self.message} [{self.rule}]"


@dataclass
class ApiError(TiebreakError):
    """The server refused. `errors` name the fields; `problem` is its whole answer."""

    status: int
    code: str
    title: str
    errors: list[FieldError] = field(default_factory=list)
    request_id: str = ""
    problem: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.title} [{self.status} {self.code}]"]
        return "\n".join([*lines, *(f"  {error}" for error in self.errors)])


def refusal(status: int, problem: Any) -> ApiError:
    """The exception of a problem document; what is none still says its status."""
    found: dict[str, Any] = problem if isinstance(problem, dict) else {}
    errors = [
        FieldError(str(one.get("field", "")), str(one.get("rule", "")), str(one.get("message", "")))
        for one in found.get("errors", [])
    ]
    title = str(found.get("title") or "The server answered without saying why.")
    code = str(found.get("code") or "unknown")
    return ApiError(status, code, title, errors, str(found.get("request_id", "")), found)
