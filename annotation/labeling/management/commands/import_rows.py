"""Import a JSONL file, plain or gzip: `manage.py import_rows "My project" rankings.jsonl.gz`."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from annotation.accounts.services import record
from annotation.corpus.imports import Counts, run_import
from annotation.corpus.lines import read_lines
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import Issue
from annotation.labeling.imports import KINDS, importer_for, target_prompt_set
from annotation.lib.errors import Refused
from annotation.projects.models import Project

SHOWN = 20


class Command(BaseCommand):
    help = "Import prompts, completions, rankings or demonstrations from a JSONL file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name of the project")
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=KINDS, default="rankings")
        parser.add_argument("--prompt-set", help="name; default: the file's name", default="")
        parser.add_argument("--purpose", choices=PromptSet.Purpose.values, default="")
        parser.add_argument("--language", default="", help="of a prompt set that is made")
        parser.add_argument("--after", type=int, default=0, help="resume after this line")
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
            prompt_set = target_prompt_set(
                actor=None,
                project=project,
                kind=options["kind"],
                name=options["prompt_set"] or path.name.partition(".")[0][:120],
                purpose=options["purpose"],
                language=options["language"],
            )
        except Refused as error:
            raise CommandError(error.message) from None
        counts = self._import(path, options["kind"], prompt_set, options["after"])
        if counts.refused and not options["allow_bad"]:
            raise CommandError(f"{counts.refused} of {counts.read} lines were refused.")

    def _import(self, path: Path, kind: str, prompt_set: PromptSet, after: int) -> Counts:
        console = Console(file=self.stdout, soft_wrap=True)  # type: ignore[arg-type]
        rules: Counter[tuple[str, str]] = Counter()
        shown: list[Issue] = []
        reached = after
        begun = monotonic()
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            bar = progress.add_task(f"{path.name}: 0 rows")

            def on_batch(line: int, counts: Counts, issues: list[Issue]) -> None:
                nonlocal reached
                reached = line
                rules.update((issue.rule, issue.field.partition("[")[0]) for issue in issues)
                shown.extend(issues[: SHOWN - len(shown)])
                rate = counts.read / max(0.001, monotonic() - begun)
                text = f"{path.name}: {counts.read:,} rows, {rate:,.0f} a second"
                progress.update(bar, description=text)

            try:
                counts = run_import(
                    importer_for(kind, prompt_set), read_lines(path, after=after), on_batch=on_batch
                )
            except KeyboardInterrupt:
                raise CommandError(f"Stopped; go on with --after {reached}.") from None
        record(
            actor=None,
            action="import.finished",
            thing=prompt_set,
            after={"file": path.name[:200], "kind": kind, **counts.as_dict()},
        )
        self._tell(console, path, prompt_set, counts, rules, shown, monotonic() - begun)
        return counts

    @staticmethod
    def _tell(
        console: Console,
        path: Path,
        prompt_set: PromptSet,
        counts: Counts,
        rules: Counter[tuple[str, str]],
        shown: list[Issue],
        seconds: float,
    ) -> None:
        table = Table(title=f"{path.name} → {prompt_set}", title_justify="left")
        for name in (*counts.as_dict(), "seconds"):
            table.add_column(name, justify="right")
        table.add_row(*(f"{value:,}" for value in counts.as_dict().values()), f"{seconds:.1f}")
        console.print(table)
        if not rules:
            return
        why = Table(title="Refused", title_justify="left")
        for name in ("rule", "field", "lines"):
            why.add_column(name)
        for (rule, field), number in rules.most_common():
            why.add_row(rule, field, f"{number:,}")
        console.print(why)
        for issue in shown:
            where = f"line {issue.line}" + (f", {issue.field}" if issue.field else "")
            console.print(f"{where}: {issue.message} ({issue.rule})", markup=False, highlight=False)
