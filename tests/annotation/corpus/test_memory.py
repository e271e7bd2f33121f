"""Memory does not grow with the file: neither with its rows nor with the length of its lines."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from annotation.corpus.imports import BATCH_BYTES, Counts, run_import
from annotation.corpus.lines import Line
from annotation.corpus.rows import Issue
from annotation.labeling.exports import export_rows
from annotation.labeling.imports import importer_for, target_prompt_set
from annotation.projects.models import Project
from tests.annotation.corpus.files import line_of, ranking
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def rows(number: int) -> Iterator[Line]:
    for n in range(number):
        texts = [f"{n} {place} ".ljust(400, "x") for place in range(4)]
        row = ranking(n, completions=texts, ranking=[[3], [0, 1], [2]], labeler=f"w{n % 9}")
        yield Line(n + 1, line_of(row))


def _collect(*_: object) -> None:
    gc.collect()


def peak_of_import(project: Project, number: int) -> int:
    target = target_prompt_set(actor=None, project=project, kind="rankings", name="x")
    tracemalloc.start()
    try:
        counts = run_import(
            importer_for("rankings", target),
            rows(number),
            on_batch=_collect,  # so that the moment of collection plays no part
            batch_lines=50,
        )
        assert counts.added == number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def peak_of_export(project: Project, number: int) -> int:
    tracemalloc.start()
    try:
        exported = export_rows("rankings", project, after_chunk=_collect)
        assert sum(1 for _ in exported) == number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_six_times_as_long_needs_no_more_memory(cast: Cast) -> None:
    first = Project.objects.create(name="what is loaded once", language="en")
    peak_of_import(first, 50)
    peak_of_export(first, 50)
    assert peak_of_import(cast.project, 2700) < 1.3 * peak_of_import(cast.other_project, 450)
    assert peak_of_export(cast.project, 2700) < 1.3 * peak_of_export(cast.other_project, 450)


def test_long_lines_make_small_batches(cast: Cast) -> None:
    size = 900_000
    lines = (
        Line(n, line_of(ranking(n, completions=[f"{n}".ljust(size, "x"), "b", "c"])))
        for n in range(1, 13)
    )
    reached: list[int] = []

    def on_batch(line: int, counts: Counts, issues: list[Issue]) -> None:
        reached.append(line)

    target = target_prompt_set(actor=None, project=cast.project, kind="rankings", name="x")
    counts = run_import(importer_for("rankings", target), lines, on_batch=on_batch)
    assert counts.added == 12
    steps = [after - before for before, after in zip([0, *reached], reached, strict=False)]
    assert max(steps) * size <= BATCH_BYTES + size
