"""The Python client of Tiebreak.

    from tiebreak import Client

    client = Client("https://tiebreak.example.com", token)
    project = client.project("Answers")
    run = client.start_run(project["id"], {"kind": "export"})
    run = client.wait(run["id"], progress=print)

Needs nothing but Python; the command `tiebreak` needs typer and rich too.
"""

from tiebreak.client import Client
from tiebreak.errors import (
    ApiError,
    Damaged,
    FieldError,
    NotFound,
    RunNotDone,
    TiebreakError,
    Unreachable,
)

__all__ = [
    "ApiError",
    "Client",
    "Damaged",
    "FieldError",
    "NotFound",
    "RunNotDone",
    "TiebreakError",
    "Unreachable",
]
