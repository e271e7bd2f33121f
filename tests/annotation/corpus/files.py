"""Import files made in a test, and what came of importing them."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotation.corpus.imports import Counts, run_import
from annotation.corpus.lines import read_lines
from annotation.corpus.models import PromptSet
from annotation.corpus.rows import Issue
from annotation.labeling.exports import export_rows
from annotation.labeling.imports import importer_for, target_prompt_set
from annotation.projects.models import Project


def line_of(row: Any) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def write(path: Path, lines: Iterable[bytes | dict[str, Any]], *, packed: bool = False) -> Path:
    """A file of these lines; rows are written as JSON."""
    data = b"".join((line if isinstance(line, bytes) else line_of(line)) + b"\n" for line in lines)
    path.write_bytes(gzip.compress(data) if packed else data)
    return path


def take_in(
    project: Project,
    path: Path,
    kind: str = "rankings",
    *,
    name: str = "imported",
    purpose: str = "",
    after: int = 0,
    batch_lines: int = 1000,
) -> tuple[Counts, list[Issue]]:
    """Import the file; counts and issues."""
    prompt_set = target_prompt_set(
        actor=None, project=project, kind=kind, name=name, purpose=purpose
    )
    issues: list[Issue] = []
    counts = run_import(
        importer_for(kind, prompt_set),
        read_lines(path, after=after),
        on_batch=lambda _line, _counts, found: issues.extend(found),
        batch_lines=batch_lines,
    )
    return counts, issues


def given_out(project: Project, kind: str = "rankings", name: str = "") -> list[dict[str, Any]]:
    """The project's rows of that kind, as somebody would read them from the file."""
    prompt_set = PromptSet.objects.get(project=project, name=name) if name else None
    return [json.loads(json.dumps(row)) for row in export_rows(kind, project, prompt_set)]


def ranking(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A ranking row that is fine."""
    row = {
        "id": f"r{number}",
        "source": "made",
        "prompt": f"Question {number}?",
        "completions": ["a", "b", "c"],
        "ranking": [[2], [0, 1]],
        "labeler": "w1",
    } | changes
    return {name: value for name, value in row.items() if value is not ...}
