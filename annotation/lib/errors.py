"""The errors that services raise; `lib/problems.py` turns them into problem documents."""

from typing import Any

FieldProblem = tuple[str, str, str]
"""Field, rule, and words for people."""


class Refused(Exception):
    """A rule says no. `code` is stable for programs, `message` is for people."""

    status = 422

    def __init__(self, code: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details


class Conflict(Refused):
    """The state of the thing does not allow it (any more)."""

    status = 409


class NameTaken(Conflict):
    """A name that must be the only one of its kind is in use; forms mark its field."""

    def __init__(self, message: str) -> None:
        row = {"field": "name", "rule": "name_taken", "message": message}
        super().__init__("name_taken", message, errors=[row])


class Missing(Refused):
    """There is no such thing for this person."""

    status = 404

    def __init__(self, message: str = "There is no such thing here.") -> None:
        super().__init__("not_found", message)


class Invalid(Refused):
    """Fields break rules."""

    status = 400

    def __init__(self, *errors: FieldProblem) -> None:
        rows = [{"field": f, "rule": rule, "message": message} for f, rule, message in errors]
        super().__init__("invalid", "The request does not fit the rules; see errors.", errors=rows)
