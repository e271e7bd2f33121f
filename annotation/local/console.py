"""What the person at the console sees: calm lines, one fact each, also kept in a file."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Teller:
    """Prints lines with the time, and writes them to a log without the formatting."""

    def __init__(self, log: Path | None = None, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self.log = log

    def say(self, what: str, detail: str = "", style: str = "") -> None:
        now = time.strftime("%H:%M:%S")
        subject = f"[{style}]{escape(what)}[/]" if style else escape(what)
        with contextlib.suppress(OSError):  # a console that went away is no reason to stop
            self.console.print(f"[dim]{now}[/]  {subject}  {escape(detail)}".rstrip())
        if self.log is not None:
            with contextlib.suppress(OSError), self.log.open("a") as log:
                log.write(f"{now} {what} {detail}\n")

    def doing(self, what: str) -> None:
        self.say(what, "…", "cyan")

    def done(self, what: str, detail: str = "") -> None:
        self.say(what, detail, "green")

    def trouble(self, what: str, detail: str = "") -> None:
        self.say(what, detail, "yellow")

    def quote(self, line: str) -> None:
        """A line that a program said."""
        with contextlib.suppress(OSError):
            self.console.print(f"          [dim]{escape(line)}[/]")

    def welcome(self, address: str, accounts: list[dict[str, str]]) -> None:
        """The address and the sign-ins; never written to a log."""
        table = Table(box=None, show_header=False, padding=(0, 2), show_edge=False)
        for account in accounts:
            table.add_row(*(escape(account[key]) for key in ("role", "username", "password")))
        with contextlib.suppress(OSError):
            self.console.print(f"\n  Tiebreak is running at [bold]{escape(address)}[/]\n")
            if accounts:
                self.console.print(table)
                self.console.print()
            self.console.print("  [dim]Ctrl-C stops it. Everything is kept.[/]\n")
