"""Import a file in any known format: `manage.py import_rows "My project" rankings.jsonl.gz`."""

from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import transaction
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from annotation.accounts.services import record
from annotation.corpus.imports import Counts, run_import, wait_as_imports_do
from annotation.corpus.incoming.choice import Choice, choose
from annotation.corpus.incoming.formats import FORMATS
from annotation.corpus.incoming.plan import PlannedImporter
from annotation.corpus.incoming.report import as_csv, as_jsonl
from annotation.corpus.incoming.text import ENCODINGS
from annotation.corpus.models import PromptSet
from annotation.corpus.rehearsal import DryRun
from annotation.corpus.rows import Issue
from annotation.corpus.sets import drop_unfilled, is_unfilled
from annotation.labeling.imports import KINDS, importer_for, planned_prompt_set, target_prompt_set
from annotation.lib.errors import Refused
from annotation.projects.models import Project

SHOWN = 20


class Command(BaseCommand):
    help = "Import prompts, completions, rankings or demonstrations from a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name of the project")
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=KINDS, help="what rows become; default: detected")
        parser.add_argument("--format", choices=list(FORMATS), help="default: detected")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="FIELD=COLUMN[,COLUMN…]",
            help="our field from their column; once for each field",
        )
        parser.add_argument("--encoding", choices=ENCODINGS, default="", help="of a CSV")
        parser.add_argument("--delimiter", default="", help="of a CSV")
        parser.add_argument("--prompt-set", help="name; default: the file's name", default="")
        parser.add_argument(
            "--purpose", choices=[name for name, _ in PromptSet.OFFERED], default=""
        )
        parser.add_argument("--language", default="", help="of a new set and of rows without one")
        parser.add_argument("--after", type=int, default=0, help="resume after this line")
        parser.add_argument("--dry-run", action="store_true", help="check it all, write nothing")
        parser.add_argument("--report", type=Path, help="refused lines to this .csv or .jsonl file")
        parser.add_argument(
            "--allow-bad", action="store_true", help="exit 0 although lines were refused"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(name=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        try:
            choice = choose(path, path.name, _chosen(options))
            prompt_set = self._target(project, choice.plan.kind, path, options)
        except Refused as error:
            errors = error.details.get("errors", [])
            raise CommandError("; ".join(e["message"] for e in errors) or error.message) from None
        try:
            counts = _Import(self.stdout, path, choice, prompt_set, options).run()
        finally:
            if not options["dry_run"]:
                _drop_if_unfilled(prompt_set)
        if counts.refused and not options["allow_bad"]:
            raise CommandError(f"{counts.refused} of {counts.read} lines were refused.")

    @staticmethod
    def _target(project: Project, kind: str, path: Path, options: dict[str, Any]) -> PromptSet:
        asked = {
            "project": project,
            "kind": kind,
            "name": options["prompt_set"] or path.name.partition(".")[0][:120],
            "purpose": options["purpose"],
            "language": options["language"],
        }
        if options["dry_run"]:
            return planned_prompt_set(**asked)
        return target_prompt_set(actor=None, **asked)


def _drop_if_unfilled(prompt_set: PromptSet) -> None:
    """Never at the cost of what the import itself has to say."""
    with suppress(DatabaseError), transaction.atomic():
        wait_as_imports_do()
        if is_unfilled(prompt_set):
            drop_unfilled(actor=None, prompt_set=prompt_set)


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """The choices that were made, in the words of `choose`."""
    names = ("format", "kind", "encoding", "delimiter", "language")
    chosen = {name: options[name] for name in names if options[name]}
    columns = {}
    for pair in options["map"]:
        field, equals, names_of = pair.partition("=")
        if not equals:
            raise CommandError(f"--map wants FIELD=COLUMN, not {pair!r}.")
        columns[field.strip()] = [name.strip() for name in names_of.split(",")]
    if columns:
        chosen["columns"] = columns
    return chosen


class _Import:
    """One import or check, with what it tells."""

    def __init__(
        self, out: Any, path: Path, choice: Choice, prompt_set: PromptSet, options: dict[str, Any]
    ) -> None:
        self.console = Console(file=out, soft_wrap=True)
        self.path, self.choice, self.prompt_set = path, choice, prompt_set
        self.dry_run: bool = options["dry_run"]
        self.after = self.reached = options["after"]
        self.report: Path | None = options["report"]
        self.rules: Counter[tuple[str, str]] = Counter()
        self.shown: list[Issue] = []
        self.begun = monotonic()

    def run(self) -> Counts:
        plan = self.choice.plan
        match = next((m for m in self.choice.detected.formats if m.format == plan.format), None)
        because = f" ({', '.join(match.fields)})" if match and match.fields else ""
        kind = f"{plan.file.container}{' gzip' if plan.file.packed else ''}"
        self.console.print(f"{kind}, {plan.format}{because} → {plan.kind}", markup=False)
        with ExitStack() as stack:
            columns = (
                *(SpinnerColumn(), TextColumn("{task.description}"), BarColumn()),
                *(MofNCompleteColumn(), TimeElapsedColumn()),
            )
            bar = stack.enter_context(Progress(*columns, console=self.console, transient=True))
            task = bar.add_task(f"{self.path.name}: 0 rows", total=plan.total(self.path))
            out = self.report and stack.enter_context(self.report.open("wb"))
            if out and self.report and self.report.suffix == ".csv":
                out.writelines(as_csv([]))

            def on_batch(line: int, counts: Counts, issues: list[Issue]) -> None:
                self._count(line, issues)
                if out and self.report:
                    out.writelines(_lines(self.report, issues))
                rate = counts.read / max(0.001, monotonic() - self.begun)
                text = f"{self.path.name}: {counts.read:,} rows, {rate:,.0f} a second"
                bar.update(task, description=text, completed=counts.read)

            rehearsal = stack.enter_context(self._rehearsal()) if self.dry_run else None
            try:
                counts = run_import(
                    PlannedImporter(importer_for(plan.kind, self.prompt_set), plan),
                    plan.lines(self.path, after=self.after),
                    on_batch=on_batch,
                    rehearsal=rehearsal,
                )
            except KeyboardInterrupt:
                raise CommandError(f"Stopped; go on with --after {self.reached}.") from None
        if not self.dry_run:
            record(
                actor=None,
                action="import.finished",
                thing=self.prompt_set,
                after={"file": self.path.name[:200], "kind": plan.kind, **counts.as_dict()},
            )
        self._tell(counts)
        return counts

    def _rehearsal(self) -> DryRun:
        if not self.prompt_set._state.adding:
            return DryRun()
        return DryRun(lambda: self.prompt_set.save(force_insert=True))

    def _count(self, line: int, issues: list[Issue]) -> None:
        self.reached = line
        self.rules.update((issue.rule, issue.field.partition("[")[0]) for issue in issues)
        self.shown.extend(issues[: SHOWN - len(self.shown)])

    def _tell(self, counts: Counts) -> None:
        title = f"{self.path.name} → {self.prompt_set}"
        title += " (dry run: nothing was written)" if self.dry_run else ""
        table = Table(title=title, title_justify="left")
        for name in (*counts.as_dict(), "seconds"):
            table.add_column(name, justify="right")
        seconds = monotonic() - self.begun
        table.add_row(*(f"{value:,}" for value in counts.as_dict().values()), f"{seconds:.1f}")
        self.console.print(table)
        for name, count in counts.elsewhere.items():
            self.console.print(f"{count:,} of what is there already in {name}")
        if not self.rules:
            return
        why = Table(title="Refused", title_justify="left")
        for name in ("rule", "field", "lines"):
            why.add_column(name)
        for (rule, field), number in self.rules.most_common():
            why.add_row(rule, field, f"{number:,}")
        self.console.print(why)
        for issue in self.shown:
            where = f"line {issue.line}" + (f", {issue.field}" if issue.field else "")
            text = f"{where}: {issue.message} ({issue.rule})"
            self.console.print(text, markup=False, highlight=False)


def _lines(report: Path, issues: list[Issue]) -> list[bytes]:
    rows = [(issue.line, issue.field, issue.rule, issue.message) for issue in issues]
    return list(as_csv(rows))[2:] if report.suffix == ".csv" else list(as_jsonl(rows))
