"""Real files go in and come out with the same weak orders; importing them again adds nothing.

Samples of each file; `python -m benchmarks.import_rows --data DIR` takes them whole.
"""

import gzip
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from annotation.labeling.models import Item
from annotation.projects.models import ImportedLabeler
from tests.annotation.corpus.files import given_out, take_in, write
from tests.cast import Cast
from tests.shared import shared

pytestmark = pytest.mark.django_db
RANKINGS = {
    "oasst_en/rankings": 212,
    "oasst_zh/rankings": 300,
    "wmt12_rnk/to_en": 600,
    "e2e_rankme/quality": 600,
    "hh_harmless_test/pairs": 400,
    "zh_ai_pairs/llamafactory_dpo": 300,
}
PROMPTS = ["prompts_en", "prompts_zh", "csl_title_test", "cmrc_dev_documents"]

Rows = list[dict[str, Any]]
RowsOf = Callable[[str, int], Rows]


@pytest.fixture(scope="module")
def data_folder() -> Path:
    """Real data beside the repository; the test is skipped where it is absent."""
    return shared("data")


@pytest.fixture
def rows_of(data_folder: Path) -> RowsOf:
    """The first rows of a file."""

    def read(name: str, number: int) -> Rows:
        with gzip.open(data_folder / f"{name}.jsonl.gz") as file:
            return [json.loads(line) for line in islice(file, number)]

    return read


@pytest.mark.parametrize("name", RANKINGS)
def test_real_rankings_come_back_as_they_were(
    cast: Cast, tmp_path: Path, rows_of: RowsOf, name: str
) -> None:
    rows = rows_of(name, RANKINGS[name])
    file = write(tmp_path / "a", rows)
    counts, issues = take_in(cast.project, file)
    assert (counts.read, counts.added, issues) == (len(rows), len(rows), [])
    back = given_out(cast.project)
    assert [json.dumps(row["ranking"]) for row in back] == [
        json.dumps(row["ranking"]) for row in rows
    ]
    assert back == rows
    again, issues = take_in(cast.project, file)
    assert (again.added, again.already, issues) == (0, len(rows), [])


def test_real_judges_of_one_item_meet(cast: Cast, tmp_path: Path, rows_of: RowsOf) -> None:
    rows = rows_of("e2e_rankme/quality", 900)
    take_in(cast.project, write(tmp_path / "a", rows))
    judges: dict[str, set[str]] = {}
    for row in rows:
        judges.setdefault(json.dumps([row["item"], row["completions"]]), set()).add(row["labeler"])
    needed = sorted(Item.objects.values_list("needed", flat=True))
    assert needed == sorted(len(names) for names in judges.values())
    assert needed[-1] > 1
    assert ImportedLabeler.objects.count() == len({row["labeler"] for row in rows})


def test_real_pairs_judged_twice_by_one_judge_become_repeats(
    cast: Cast, tmp_path: Path, rows_of: RowsOf
) -> None:
    rows = rows_of("zh_ai_pairs/llamafactory_dpo", 300)
    take_in(cast.project, write(tmp_path / "a", rows))
    different = {json.dumps([row["prompt"], row["completions"]]) for row in rows}
    assert Item.objects.filter(repeat_of=None).count() == len(different) < len(rows)
    assert Item.objects.exclude(repeat_of=None).count() == len(rows) - len(different)


@pytest.mark.parametrize("name", PROMPTS)
def test_real_prompts_come_back_as_they_were(
    cast: Cast, tmp_path: Path, rows_of: RowsOf, name: str
) -> None:
    rows = rows_of(f"prompts/{name}", 600)
    first: dict[str, dict[str, Any]] = {}
    for row in rows:
        first.setdefault(row["prompt"], row)
    file = write(tmp_path / "a", rows)
    counts, issues = take_in(cast.project, file, "prompts", purpose="evaluation")
    assert counts.added == len(first)
    assert {issue.rule for issue in issues} <= {"different_content"}
    assert counts.refused == len(rows) - len(first)
    assert given_out(cast.project, "prompts") == list(first.values())
    assert take_in(cast.project, file, "prompts")[0].added == 0
