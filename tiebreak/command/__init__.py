"""The command `tiebreak`: everything a person does with data, runs and people, from a terminal.

Exit codes: 0 done; 1 refused by the server; 2 wrong usage, or a file here that cannot be read or written;
3 not signed in, or not allowed; 4 there is no such thing; 5 the server does not answer, or what arrived
is damaged; 6 the run that was waited for failed or was cancelled; 130 interrupted.
"""

from __future__ import annotations

import sys

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]

from tiebreak.command import account, campaigns, data, loop, people, runs, sampling
from tiebreak.command.output import complain, print_json
from tiebreak.errors import ApiError, NotFound, RunNotDone, TiebreakError

app = typer.Typer(
    name="tiebreak",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Prompts, items, judgments, runs and versions of a Tiebreak server.\n\n"
    "Begin with `tiebreak login https://your.server`, then `tiebreak use PROJECT`. Every command but "
    "api, which prints JSON anyway, and completion takes --json, which prints the server's answer "
    "(null where it has none). --help says more of each.",
)
for room in (account, data, runs, loop, sampling, campaigns, people):
    room.add_to(app)

REFUSED, WRONG_USAGE, DENIED, MISSING, AWAY, RUN_ENDED, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with the exit code it deserves."""
    given = sys.argv[1:] if arguments is None else arguments
    completion_init()  # a shell asks by an environment variable; see account.completion
    try:
        app(args=given, prog_name="tiebreak")
    except TiebreakError as error:
        if "--json" in given and isinstance(error, ApiError):
            print_json(error.problem)
        complain("\n".join([str(error), *getattr(error, "__notes__", [])]))
        sys.exit(code_of(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (ConnectionError, TimeoutError) as error:
        complain(str(error))
        sys.exit(AWAY)
    except OSError as error:  # the server's are told by TiebreakError
        complain(_file_in_words(error))
        sys.exit(WRONG_USAGE)


def _file_in_words(error: OSError) -> str:
    """Which file of this machine could not be read or written, and why."""
    why = (error.strerror or str(error)).lower()
    if error.filename is None:
        return f"a file here could not be read or written: {why}"
    return f"{str(error.filename).removesuffix('.part')} could not be read or written: {why}"


def code_of(error: TiebreakError) -> int:
    """The exit code of an error."""
    if isinstance(error, ApiError):
        return {401: DENIED, 403: DENIED, 404: MISSING}.get(
            error.status, AWAY if error.status >= 500 else REFUSED
        )
    if isinstance(error, account.NotSignedIn):
        return DENIED
    if isinstance(error, NotFound):
        return MISSING
    return RUN_ENDED if isinstance(error, RunNotDone) else AWAY
