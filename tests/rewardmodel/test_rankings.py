"""Whole rankings: what pairs follow from them, and that files give back what went in."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from rewardmodel.errors import Refused
from rewardmodel.rankings import (
    Demonstration,
    DirectComparison,
    InvalidRow,
    Ranking,
    pairs,
    ranking_from_json,
    ranking_to_json,
    read_snapshot,
    write_snapshot,
)
from tests.rewardmodel.conftest import ask


def ranking(tiers: list[list[int]], count: int, **fields: object) -> Ranking:
    return Ranking(
        id="r",
        prompt=ask("why?"),
        completions=tuple(f"answer {n}" for n in range(count)),
        tiers=tuple(map(tuple, tiers)),
        **fields,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("count", "expected"), [(2, 1), (4, 6), (7, 21), (9, 36)])
def test_k_completions_ranked_strictly_yield_all_pairs(count: int, expected: int) -> None:
    found = pairs(ranking([[n] for n in reversed(range(count))], count))
    assert len(found) == expected
    assert all(pair.better > pair.worse and not pair.tie for pair in found)


def test_ties_are_pairs_that_say_so_and_blanks_are_none() -> None:
    found = pairs(ranking([[2, 0], [3]], 5, unranked=(1, 4)))
    assert [(p.better, p.worse, p.tie) for p in found] == [
        (0, 2, True),
        (0, 3, False),
        (2, 3, False),
    ]


def test_a_ranking_of_blanks_has_no_pairs() -> None:
    assert pairs(ranking([], 3, unranked=(0, 1, 2))) == []


def test_a_direct_comparison_overrides_the_tiers_and_reaches_unranked_completions() -> None:
    found = pairs(
        ranking(
            [[0], [1]],
            3,
            unranked=(2,),
            direct=(
                DirectComparison(better=1, worse=0, strength=2),
                DirectComparison(better=2, worse=1, strength=3),
            ),
        )
    )
    assert [(p.better, p.worse, p.direct, p.strength) for p in found] == [
        (1, 0, True, 2),
        (2, 1, True, 3),
    ]


def test_a_direct_tie_overrides_an_order() -> None:
    found = pairs(ranking([[1], [0]], 2, direct=(DirectComparison(1, 0, tie=True),)))
    assert [(p.better, p.worse, p.tie) for p in found] == [(0, 1, True)]


def test_pairs_know_their_gap_and_whether_they_cross_the_cut() -> None:
    found = pairs(ranking([[0], [1], [2]], 3, unacceptable_below=1))
    assert [(p.rank_gap, p.crosses_cut) for p in found] == [(1, True), (2, True), (1, False)]


@pytest.mark.parametrize(
    ("tiers", "fields", "rule"),
    [
        ([[0], [3]], {}, "index 3 is outside 0..2"),
        ([[0], [-1], [1]], {}, "index -1 is outside"),
        ([[0, 1], [1, 2]], {}, "completion 1 is placed twice"),
        ([[0], [1]], {}, r"completions \[2\] are in no tier"),
        ([[0], [], [1, 2]], {}, "must not be empty"),
        ([[0, 1, 2]], {"unacceptable_below": 2}, "2 is outside 0..1"),
        ([[0, 1, 2]], {"weight": float("nan")}, "finite"),
        ([[0, 1, 2]], {"weight": -1.0}, ">= 0"),
        ([[0, 1, 2]], {"direct": (DirectComparison(1, 1),)}, "with itself"),
        ([[0, 1, 2]], {"direct": (DirectComparison(0, 1, strength=4),)}, "1, 2 or 3"),
        ([[0, 1, 2]], {"split": "test"}, "train, validation"),
    ],
)
def test_an_impossible_ranking_is_refused_with_the_rule(
    tiers: list[list[int]], fields: dict[str, object], rule: str
) -> None:
    with pytest.raises(InvalidRow, match=rule):
        ranking(tiers, 3, **fields)


def test_a_ranking_survives_its_file_form() -> None:
    original = ranking(
        [[3, 0], [1]],
        5,
        unranked=(2, 4),
        unacceptable_below=1,
        direct=(DirectComparison(0, 3, strength=2), DirectComparison(1, 2, tie=True)),
        labeler="second labeler",
        weight=0.5,
        lang="zh",
        split="validation",
        round=3,
    )
    assert ranking_from_json(json.loads(json.dumps(ranking_to_json(original)))) == original


def test_a_snapshot_gives_back_what_went_in_and_has_one_hash(tmp_path: Path) -> None:
    rankings = [ranking([[1], [0]], 2, lang="zh"), replace(ranking([[0, 1]], 2), id="r2")]
    demonstrations = [Demonstration("d", ask("问"), "答", lang="zh", author="labeler")]
    first = write_snapshot(tmp_path / "a", rankings, demonstrations)
    second = write_snapshot(tmp_path / "b", rankings, demonstrations)
    assert first == second
    assert write_snapshot(tmp_path / "c", rankings[:1], demonstrations) != first
    read = read_snapshot(tmp_path / "a")
    assert list(read.rankings) == rankings
    assert list(read.demonstrations) == demonstrations
    assert read.sha256 == first


def test_a_tampered_snapshot_is_refused(tmp_path: Path) -> None:
    write_snapshot(tmp_path, [ranking([[1], [0]], 2)])
    path = tmp_path / "rankings.jsonl"
    path.write_text(path.read_text().replace("[1]", "[0]", 1))
    with pytest.raises(Refused, match=r"rankings.jsonl has SHA-256"):
        read_snapshot(tmp_path)


def test_a_bad_row_is_named_by_line_field_and_rule(tmp_path: Path) -> None:
    rows = [ranking_to_json(ranking([[1], [0]], 2)) for _ in range(3)]
    rows[1]["ranking"] = [[0], [0, 1]]
    _write_raw_snapshot(tmp_path, rows)
    with pytest.raises(Refused, match=r"line 2: ranking\[1\]: completion 0 is placed twice"):
        read_snapshot(tmp_path)


def test_an_id_that_stands_twice_is_refused_by_line_field_and_rule(tmp_path: Path) -> None:
    rows = [ranking_to_json(ranking([[1], [0]], 2)) for _ in range(3)]
    rows[1]["id"] = "another"
    _write_raw_snapshot(tmp_path, rows)
    name = rows[0]["id"]
    said = f"rankings.jsonl, line 3: id: '{name}' is that of line 1 too; each has its own"
    with pytest.raises(Refused, match=re.escape(said)):
        read_snapshot(tmp_path)


def _write_raw_snapshot(folder: Path, rows: list[dict[str, object]]) -> None:
    """Rows that `write_snapshot` could not write, under a manifest that matches."""
    write_snapshot(folder, [])
    content = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "rankings.jsonl").write_text(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["rankings.jsonl"] = hashlib.sha256(content.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
