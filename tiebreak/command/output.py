"""What goes to the terminal: tables for people, tabs for pipes, JSON for programs, bars while it lasts.

Texts of models and of other people are hostile: characters that could steer a terminal are shown, not
sent.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from tiebreak.command.figures import in_words, leaves, moment

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
Column = tuple[str, str | Callable[[Any], Any]]
Moved = Callable[[int, int], None]


def clean(text: str) -> str:
    """The text with what could steer a terminal written out."""
    return STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def json_of(file: Path) -> Any:
    """What a JSON file says; what is none is refused with its place."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # bytes that are no UTF-8 too
        raise typer.BadParameter(f"{file.name} is no JSON: {error}") from None


def complain(words: str) -> None:
    """To the standard error, so that pipes carry answers alone."""
    Console(stderr=True).print(Text(clean(words), style="red"), soft_wrap=True)


def say(words: str) -> None:
    """A line for people, beside the answer."""
    Console(stderr=True).print(Text(clean(words)), soft_wrap=True)


def print_json(answer: Any) -> None:
    """The server's answer, as it is."""
    text = json.dumps(answer, ensure_ascii=False, indent=2)
    sys.stdout.write(STEERING.sub(lambda one: f"\\u{ord(one[0]):04x}", text) + "\n")


def done(told: str, as_json: bool) -> None:
    """It is done, and the server has nothing to say about it."""
    if as_json:
        print_json(None)
    else:
        say(told)


def show_rows(rows: Iterable[Any], columns: list[Column], as_json: bool) -> None:
    """A list: a table on a terminal, lines with tabs elsewhere."""
    if as_json:
        print_json(list(rows))
        return
    heads = [head for head, _ in columns]
    given = iter(rows)
    first = list(islice(given, 1))  # a list that is refused has no head either
    cells = ([_cell(row, what) for _, what in columns] for row in chain(first, given))
    if not sys.stdout.isatty():
        print("\t".join(heads))
        for line in cells:
            print("\t".join(" ".join(cell.split()) for cell in line))
        return
    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for line in cells:
        table.add_row(*map(Text, line))
    Console().print(table)


def show_one(row: Mapping[str, Any], as_json: bool, *, leave_out: tuple[str, ...] = ()) -> None:
    """One thing, field by field, what is in it by its path; what is empty is left out."""
    if as_json:
        print_json(row)
        return
    kept = {name: value for name, value in row.items() if name not in leave_out}
    shown = {
        _title(path): in_words(value, path.rpartition(".")[2])
        for path, value in leaves(kept)
        if value not in (None, "", [], {})
    }
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        print(clean(f"{name:<{width}}  {text}"))


def _title(path: str) -> str:
    """A field in words; below it, names as they are written in settings and reports."""
    head, dot, rest = path.partition(".")
    return head.replace("_", " ") + dot + rest


def _cell(row: Any, what: str | Callable[[Any], Any]) -> str:
    if callable(what):
        return clean(in_words(what(row)))
    return clean(in_words(row[what], what))


def share(value: float | None) -> str:
    """A fraction in percent."""
    return "-" if value is None else f"{value:.1%}"


def day(row: Any) -> str:
    """When it was made, to the minute."""
    return moment(row["created_at"])


@contextmanager
def bytes_bar(words: str) -> Iterator[Moved]:
    """A bar of bytes where standard error is a terminal; nothing elsewhere."""
    with _bar(DownloadColumn()) as progress:
        task = progress.add_task(words, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def run_bar() -> Iterator[Callable[[Any], None]]:
    """A bar of a run: its phase, how far it is; elsewhere a line for each change."""
    last = ""
    with _bar(TextColumn("{task.fields[count]}")) as progress:
        task = progress.add_task("", total=None, count="")

        def look(run: Any) -> None:
            nonlocal last
            words = f"{run['kind']} run {run['number']} {run['status']}"
            if run["phase"] and run["status"] == "running":
                words += f": {run['phase']}"
            done, total = run["progress_done"], run["progress_total"]
            count = f"{done}/{total}" if total else ""
            progress.update(task, description=words, completed=done, total=total, count=count)
            if words != last and progress.disable:
                say(words)
            last = words

        yield look


def _bar(*more: Any) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *more,
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
