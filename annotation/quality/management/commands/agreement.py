"""Agreement of labelers: `manage.py agreement "My project"` or `agreement --file rankings.jsonl.gz`."""

import json
from argparse import ArgumentParser
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from annotation.projects.models import Project
from annotation.quality.agreement import agreement_of
from annotation.quality.judged import Judged, judged_twice
from annotation.quality.judged_files import BadLine, judged_of_file
from annotation.quality.judged_rows import judged_of_project
from annotation.quality.reliability import reliability_of


class Command(BaseCommand):
    help = "How far labelers agree with each other and with themselves, with intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", nargs="?", help="name of the project")
        parser.add_argument("--file", type=Path, help="rankings as JSONL, .gz or not")
        parser.add_argument("--json", action="store_true", help="all figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        judged = self._judged(options)
        twice, share = judged_twice(judged)
        found = {
            "judgments": judged.count,
            "judgments_of_prompts_judged_twice": twice.count,
            "share_of_prompts_taken": share,
            **agreement_of(twice),
            "reliability": reliability_of(twice).rows() if twice.count else [],
        }
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            console = Console(width=110, record=True, file=StringIO())
            console.print(*_tables(found))
            self.stdout.write(console.export_text())

    def _judged(self, options: dict[str, Any]) -> Judged:
        if (options["file"] is None) == (options["project"] is None):
            raise CommandError("Name a project, or a file with --file.")
        if options["file"] is not None:
            try:
                return judged_of_file(options["file"])
            except (BadLine, OSError) as error:
                raise CommandError(str(error)) from None
        project = Project.objects.filter(name=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        return judged_of_project(project, timezone.now())


def _tables(found: dict[str, Any]) -> list[Table]:
    figures = Table(
        "figure", "value", "95 % interval", "from",
        title=f"{found['judgments']:,} judgments, "
        f"{found['judgments_of_prompts_judged_twice']:,} of prompts judged more than once",
    )  # fmt: skip
    for name, label in (("between", "between labelers"), ("within", "within a labeler")):
        part = found[name]
        agreement = part["agreement"] is not None and {
            "value": part["agreement"],
            "interval": part["interval"],
        }
        _row(figures, f"agreement {label}", agreement, f"{part['pairs']:,} pairs without a tie")
        _row(figures, f"kappa {label}", part["kappa"], f"{part['couples']:,} pairs judged twice")
        _row(figures, f"tau-b {label}", part["tau_b"], "two judgments of one prompt")
    between, ranks = found["between"], found["ranks"]
    _row(figures, "Fleiss' kappa", between["fleiss"], "pairs; first, tie or second")
    cohen = between["cohen"]
    if cohen["mean"] is not None:
        names = f"{cohen['couples']} pairs of labelers"
        figures.add_row("Cohen's kappa, mean", f"{cohen['mean']:.3f}", "", names)
    _row(
        figures,
        "Kendall's W",
        ranks["w"],
        f"{ranks['panels']:,} sets; by chance {ranks['w_by_chance'] or 0:.2f}",
    )
    _row(figures, "alpha of ranks", ranks["alpha"], "ordinal, Krippendorff")
    for axis in found["axes"]:
        _row(figures, f"alpha of {axis['axis']}", axis["alpha"], f"{axis['completions']:,} answers")
    slices = Table("by", "", "agreement", "95 % interval", "kappa", "pairs", title="Where")
    for name, rows in found["by"].items():
        for row in rows:
            kappa = row["kappa"]
            slices.add_row(
                name,
                row["name"],
                _number(row["agreement"]),
                _interval(row["interval"]),
                _number(kappa and kappa["value"]),
                f"{row['pairs']:,}",
            )
    people = Table(
        "labeler", "ability", "95 % interval", "judgments", title="Reliability, lowest first"
    )
    rows = sorted(found["reliability"], key=lambda row: row["ability"]["value"])
    for row in rows[:15]:
        ability = row["ability"]
        people.add_row(
            row["labeler"],
            _number(ability["value"]),
            _interval(ability["interval"]),
            str(row["judgments"]),
        )
    return [figures, slices, people]


def _row(table: Table, name: str, found: Any, source: str) -> None:
    if found:
        table.add_row(name, _number(found["value"]), _interval(found["interval"]), source)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"
