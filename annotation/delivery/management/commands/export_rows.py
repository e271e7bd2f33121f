"""Export a project's rows as JSONL: `manage.py export_rows "My project" rankings --out r.jsonl.gz`.

Or a dataset with its card, from a snapshot: `manage.py export_rows "My project" dataset --snapshot 3 --out DIR`.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.corpus.exports import encode, zipped
from annotation.corpus.models import PromptSet
from annotation.corpus.selectors import latest_version
from annotation.delivery.datasets.build import FILES, PARTS, Options, build
from annotation.delivery.models import Licence
from annotation.labeling.exports import export_rows
from annotation.labeling.imports import KINDS
from annotation.projects.models import Project
from annotation.registry import store
from annotation.registry.cache import Hold
from annotation.runs.models import DatasetSnapshot


class Command(BaseCommand):
    help = "Export prompts, completions, rankings or demonstrations as JSONL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="name of the project")
        parser.add_argument("kind", choices=(*KINDS, "dataset"))
        parser.add_argument("--prompt-set", default="", help="only of the newest set of this name")
        dataset = parser.add_argument_group("dataset", "from a snapshot; --out names a folder")
        dataset.add_argument("--snapshot", type=int, help="its number")
        dataset.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
        dataset.add_argument("--files", nargs="+", choices=FILES, default=["parquet"])
        dataset.add_argument("--ties", choices=["drop", "half"], default="drop")
        dataset.add_argument("--margin", choices=["none", "tiers", "strength"], default="none")
        dataset.add_argument("--without-origin", action="store_true")
        parser.add_argument(
            "--out", type=Path, help="file; gzip when it ends in .gz; default: standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(name=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        if options["kind"] == "dataset":
            self._dataset(project, options)
            return
        lines = self._lines(project, options["kind"], self._prompt_set(project, options))
        out: Path | None = options["out"]
        if out is None:
            for line in lines:
                self.stdout.write(line.decode(), ending="")
            return
        part = out.with_name(f"{out.name}.part")
        with part.open("wb") as file:
            for piece in zipped(lines) if out.name.endswith(".gz") else lines:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.rename(out)  # the file is whole or not there
        self.stdout.write(f"{self.written:,} rows → {out}")

    def _dataset(self, project: Project, options: dict[str, Any]) -> None:
        out: Path | None = options["out"]
        if out is None or (out.exists() and any(out.iterdir())):
            raise CommandError("--out must name a new or empty folder.")
        found = DatasetSnapshot.objects.filter(project=project, number=options["snapshot"])
        snapshot = found.select_related("artifact").first()
        if snapshot is None:
            raise CommandError("--snapshot must be the number of a snapshot of the project.")
        if not snapshot.is_of_people:
            raise CommandError(
                "--snapshot must hold what people judged; a reward model chose this."
            )
        licence = Licence.objects.filter(project=project).first()
        wish = {**options, "with_origin": not options["without_origin"]}
        wish["licence"] = licence.name if licence else ""
        with Hold() as hold:
            card = build(store.verified(snapshot.artifact, hold), out, Options.of(wish))
        self.stdout.write(f"{len(card['files'])} files → {out}")

    def _prompt_set(self, project: Project, options: dict[str, Any]) -> PromptSet | None:
        if not options["prompt_set"]:
            return None
        found = latest_version(project, options["prompt_set"])
        if found is None:
            raise CommandError(f"The project has no prompt set {options['prompt_set']!r}.")
        return found

    def _lines(self, project: Project, kind: str, prompt_set: PromptSet | None) -> Iterator[bytes]:
        self.written = 0
        for row in export_rows(kind, project, prompt_set):
            self.written += 1
            yield encode(row)
