"""An uploaded file becomes rows, batch by batch; each batch stands only if the lease does.

The last line taken and the counts so far stand in the run's row and move with their batch, so a killed
import goes on after that line. A check (dry run) reads the file in the same way, keeps nothing but its
report, and begins anew after a kill.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.corpus.imports import Counts, run_import, wait_as_imports_do
from annotation.corpus.incoming.files import FileKind
from annotation.corpus.incoming.plan import Plan, PlannedImporter, source_of
from annotation.corpus.lines import Line, is_packed
from annotation.corpus.models import PromptSet
from annotation.corpus.rehearsal import DryRun
from annotation.corpus.rows import Issue
from annotation.corpus.services import lock_corpus
from annotation.corpus.sets import is_unfilled
from annotation.labeling.imports import importer_for, planned_prompt_set
from annotation.lib.errors import Refused
from annotation.runs import upload_files
from annotation.runs.models import Run, RunIssue, Upload
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from annotation.runs.services.model_imports import is_model_import
from annotation.runs.services.serving import is_served_import
from annotation.runs.services.uploads import drop_set_of
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point
from workers.model_imports import import_model
from workers.served.registering import register

ISSUES_KEPT = 10_000
COUNTED = ("read", "added", "already", "refused")
RULES_KEPT = 100


def import_file(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Take in, or only check, the file of an import run and end the run.

    Raises LeaseLost or Stopped.
    """
    if is_model_import(run):
        import_model(lease, run, heart)
        return
    if is_served_import(run):
        register(lease, run, heart)
        return
    assert run.upload is not None
    path = upload_files.on_this_disk(run.upload)
    is_check = bool(run.config.get("dry_run"))
    try:
        prompt_set = _target(run, is_check)
    except Refused as error:
        lifecycle.fail(lease, code=error.code, message=error.message)
        return
    if prompt_set is None or path is None:
        message = "The uploaded file is no longer there; upload it again."
        lifecycle.fail(lease, code="upload_gone", message=message)
        return
    _know_digest(run.upload, path, heart)
    kind = run.config["kind"]
    plan = _plan(run, path)
    book = _Book(lease, run, plan.total(path), fresh=is_check)
    lines = _watched(plan.lines(path, after=book.after), heart)
    importer = PlannedImporter(importer_for(kind, prompt_set), plan)
    with ExitStack() as stack:
        rehearsal = None
        if is_check:
            is_new = prompt_set._state.adding
            make = (lambda: prompt_set.save(force_insert=True)) if is_new else None
            rehearsal = stack.enter_context(DryRun(make))
        run_import(importer, lines, on_batch=book.enter, rehearsal=rehearsal)
    drops_set = not is_check and is_unfilled(prompt_set)
    with transaction.atomic():
        if drops_set:
            wait_as_imports_do()
            lock_corpus(run.project_id)  # before the run's row, which the heartbeat needs meanwhile
        lifecycle.succeed(lease, report=book.report())
        if drops_set:
            drop_set_of(run)


def _target(run: Run, is_check: bool) -> PromptSet | None:
    """The run's prompt set; of a check perhaps one that is not stored."""
    wanted = run.config.get("target")
    if run.prompt_set is not None or not is_check or wanted is None:
        return run.prompt_set
    return planned_prompt_set(project=run.project, kind=run.config["kind"], **wanted)


def _plan(run: Run, path: Path) -> Plan:
    kind, given = run.config["kind"], run.config.get("plan")
    if given is not None:
        return Plan.from_dict(kind, given)
    with path.open("rb") as file:
        kind_of_file = FileKind("jsonl", is_packed(file))
    source = source_of(run.upload.filename) if run.upload else ""
    return Plan(kind_of_file, "rows", kind, source=source)


@dataclass
class _Book:
    """What was read so far, by a run that may have been stopped before."""

    lease: Lease
    run: Run
    total: int | None
    fresh: bool
    before: dict[str, int] = field(init=False)
    totals: dict[str, int] = field(init=False)
    rules: Counter[str] = field(init=False)
    elsewhere_before: Counter[str] = field(init=False)
    elsewhere: Counter[str] = field(init=False)
    after: int = field(init=False)

    def __post_init__(self) -> None:
        report: dict[str, Any] = {} if self.fresh else self.run.report
        if self.fresh:
            RunIssue.objects.filter(run_id=self.run.id).delete()
        self.before = {name: int(report.get(name, 0)) for name in COUNTED}
        self.totals = dict(self.before)
        self.rules = Counter(report.get("rules", {}))
        self.elsewhere_before = Counter(report.get("already_elsewhere", {}))
        self.elsewhere = Counter(self.elsewhere_before)
        self.after = 0 if self.fresh else self.run.last_step

    def enter(self, last_line: int, counts: Counts, issues: list[Issue]) -> None:
        """In the transaction of the batch."""
        here = counts.as_dict()
        self.totals = {name: self.before[name] + here[name] for name in COUNTED}
        self.elsewhere = self.elsewhere_before + counts.elsewhere
        room = max(0, ISSUES_KEPT - (self.totals["refused"] - len(issues)))
        RunIssue.objects.bulk_create(
            [
                RunIssue(
                    run_id=self.run.id,
                    line=issue.line,
                    field=issue.field[:200],
                    rule=issue.rule[:60],
                    message=issue.message,
                )
                for issue in issues[:room]
            ],
            ignore_conflicts=True,
        )
        for issue in issues:
            if issue.rule in self.rules or len(self.rules) < RULES_KEPT:
                self.rules[issue.rule] += 1
        lifecycle.write(
            self.lease,
            last_step=last_line,
            progress_done=self.totals["read"],
            progress_total=self.total,
            phase="check" if self.fresh else "import",
            report=self._so_far(),
            tries_without_progress=0,
        )

    def _so_far(self) -> dict[str, Any]:
        """`already_elsewhere`: rows that stand in other prompt sets, by set; left out where there are none."""
        elsewhere = {"already_elsewhere": dict(self.elsewhere)} if self.elsewhere else {}
        return {**self.totals, **elsewhere, "rules": dict(self.rules)}

    def report(self) -> dict[str, Any]:
        left_out = max(0, self.totals["refused"] - ISSUES_KEPT)
        return {**self._so_far(), "issues_left_out": left_out}


def _watched(lines: Iterator[Line], heart: Heartbeat) -> Iterator[Line]:
    """The lines, with a safe point every few hundred."""
    safe_point(heart)
    for count, line in enumerate(lines, start=1):
        if count % 500 == 0:
            safe_point(heart)
        yield line


def _know_digest(upload: Upload, path: Path, heart: Heartbeat) -> None:
    """A file that came in pieces is hashed when it is first read whole."""
    if upload.sha256:
        return
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 22):
            digest.update(piece)
            safe_point(heart)
    Upload.objects.filter(id=upload.id).update(sha256=digest.hexdigest())
