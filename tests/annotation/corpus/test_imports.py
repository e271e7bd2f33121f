"""Imported rows become prompts, items, slots and judgments; nothing is lost, merged or doubled."""

import uuid
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.accounts.models import User
from annotation.corpus.imports import Counts, run_import
from annotation.corpus.lines import read_lines
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.rehearsal import DryRun
from annotation.corpus.rows import Issue
from annotation.labeling.imports import importer_for, target_prompt_set
from annotation.labeling.models import (
    Comparison,
    Demonstration,
    DirectComparison,
    Item,
    Placement,
    Ranking,
    Slot,
)
from annotation.lib.errors import Refused
from tests.annotation.corpus.files import given_out, line_of, ranking, take_in, write
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db
BAD_LINES = [
    b"{",
    b'{"prompt": NaN}',
    b"x" * (1024 * 1024 + 1),
    line_of(ranking(50, ranking=[[0, 1], [2, 2]])),
    line_of(ranking(51, ranking=[[0], [9], [1]])),
    b'{"prompt": "\\ud800", "completions": ["a", "b"], "ranking": [[0], [1]]}',
]


def as_tuple(counts: Counts) -> tuple[int, int, int, int]:
    return counts.read, counts.added, counts.already, counts.refused


def everything() -> dict[str, int]:
    """How many rows each table holds."""
    tables = (
        *(Prompt, Completion, Item, Slot, Ranking, Placement),
        *(DirectComparison, Demonstration, User),
    )
    return {table.__name__: table.objects.count() for table in tables}


def test_an_imported_ranking_is_a_ranking_like_any_other(cast: Cast, tmp_path: Path) -> None:
    row = ranking(7, ranking=[[2], [1]], unranked=[0], unacceptable_below=1, active_ms=900)
    counts, issues = take_in(cast.project, write(tmp_path / "a", [row]))
    assert (as_tuple(counts), issues) == ((1, 1, 0, 0), [])
    item = Item.objects.get()
    assert (item.kind, item.state, item.needed, item.counted) == ("ranking", "done", 1, 1)
    assert item.is_imported
    slot = Slot.objects.get()
    assert (slot.state, slot.number, slot.labeler) == ("done", 1, slot.rankings.get().labeler)
    stored = Ranking.objects.get()
    assert (stored.state, stored.source_id, stored.unacceptable_below) == ("counted", "r7", 1)
    assert stored.active_ms == 900
    tiers = stored.placements.order_by("shown_at").values_list("completion__text", "tier")
    assert list(tiers) == [("a", None), ("b", 2), ("c", 1)]
    pair = Comparison.objects.get()
    assert (pair.chosen.text, pair.rejected.text, pair.is_tie) == ("c", "b", False)
    assert PromptSet.objects.get().purpose == "reward"


def test_the_labelers_of_imported_rows_are_people_who_cannot_sign_in(
    cast: Cast, tmp_path: Path
) -> None:
    rows = [ranking(1), ranking(2), ranking(3, labeler="w2"), ranking(4, source="other")]
    take_in(cast.project, write(tmp_path / "a", rows))
    people = User.objects.filter(is_pseudonymous=True)
    assert sorted(people.values_list("display_name", flat=True)) == ["w1", "w1", "w2"]
    assert not any(person.is_active or person.has_usable_password() for person in people)
    assert not people.filter(memberships__isnull=False).exists()


def test_several_judges_of_one_item_meet_in_its_slots(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ranking(1, prompt="Q?", labeler=f"w{judge}", id=f"r{judge}", ranking=[[judge], rest])
        for judge, rest in ((0, [1, 2]), (1, [0, 2]), (2, [0, 1]))
    ]
    file = write(tmp_path / "a", rows)
    take_in(cast.project, file, batch_lines=2)
    item = Item.objects.get()
    assert (item.needed, item.counted, item.state) == (3, 3, "done")
    assert sorted(item.slots.values_list("number", flat=True)) == [1, 2, 3]
    assert Completion.objects.count() == 3
    assert given_out(cast.project) == rows


def test_a_judge_who_ranked_an_item_again_makes_a_repeat(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ranking(1, prompt="Q?", id=f"r{number}", ranking=order)
        for number, order in enumerate(([[0], [1, 2]], [[1], [0, 2]], [[0], [1, 2]]))
    ]
    take_in(cast.project, write(tmp_path / "a", rows[:2]), batch_lines=1)
    take_in(cast.project, write(tmp_path / "b", rows), batch_lines=5)
    first = Item.objects.get(repeat_of=None)
    assert first.repeats.count() == 2
    assert Completion.objects.count() == 3
    assert {item.needed for item in Item.objects.all()} == {1}
    assert given_out(cast.project) == rows


def test_identical_texts_ranked_apart_stay_apart(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ranking(1, completions=["", "same", "same", ""], ranking=[[2], [0], [1, 3]]),
        ranking(2, completions=["same", "same"], ranking=[[1], [0]], prompt="Question 1?"),
    ]
    take_in(cast.project, write(tmp_path / "a", rows))
    assert Completion.objects.count() == 6
    assert given_out(cast.project) == rows


def test_systems_and_criteria_tell_items_apart(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ranking(1, prompt="Q?", id="a", systems=["x", "y", "z"]),
        ranking(1, prompt="Q?", id="b", systems=["x", "y", "x"]),
        ranking(1, prompt="Q?", id="c", systems=["x", "y", "z"], criterion="fluency"),
        ranking(1, prompt="Q?", id="d"),
    ]
    take_in(cast.project, write(tmp_path / "a", rows))
    assert Item.objects.count() == 4
    assert not Item.objects.exclude(repeat_of=None).exists()
    assert given_out(cast.project) == rows


def test_imported_items_may_hold_more_than_nine(cast: Cast, tmp_path: Path) -> None:
    row = ranking(1, completions=[f"c{n}" for n in range(30)], ranking=[[n] for n in range(30)])
    take_in(cast.project, write(tmp_path / "a", [row]))
    assert given_out(cast.project) == [row]


@pytest.mark.parametrize("batch_lines", [1, 3, 1000])
def test_bad_lines_are_named_and_the_good_lines_around_them_kept(
    cast: Cast, tmp_path: Path, batch_lines: int
) -> None:
    lines: list[Any] = []
    for number, bad in enumerate(BAD_LINES):
        lines += [ranking(number), bad]
    file = write(tmp_path / "a", [*lines, b"", ranking(99)])
    counts, issues = take_in(cast.project, file, batch_lines=batch_lines)
    assert as_tuple(counts) == (13, 7, 0, 6)
    assert [(issue.line, issue.field, issue.rule) for issue in issues] == [
        (2, "", "bad_json"),
        (4, "", "nan"),
        (6, "", "too_long"),
        (8, "ranking[1]", "completion_in_two_tiers"),
        (10, "ranking[1][0]", "index_out_of_range"),
        (12, "", "lone_surrogate"),
    ]
    assert given_out(cast.project) == [ranking(n) for n in (0, 1, 2, 3, 4, 5, 99)]


@pytest.mark.parametrize("packed", [False, True])
def test_importing_again_adds_nothing(cast: Cast, tmp_path: Path, packed: bool) -> None:
    rows = [ranking(n % 4, id=f"r{n}", labeler=f"w{n % 3}") for n in range(12)]
    rows += [ranking(n, id=...) for n in range(3)]
    file = write(tmp_path / "a", rows, packed=packed)
    first, _ = take_in(cast.project, file, batch_lines=4)
    before = everything()
    again, issues = take_in(cast.project, file, batch_lines=7)
    elsewhere, _ = take_in(cast.project, file, name="another set")
    assert as_tuple(first) == (15, 15, 0, 0)
    assert (as_tuple(again), issues) == ((15, 0, 15, 0), [])
    assert as_tuple(elsewhere) == (15, 0, 15, 0)
    assert everything() == before


def test_an_id_that_comes_back_with_other_content_is_reported(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [ranking(1)]))
    changed = [
        ranking(1, ranking=[[0], [1, 2]]),
        ranking(1, labeler="w9"),
        ranking(1, scores=[1, 2, 3]),
        ranking(1, source="another source"),
        ranking(2),
        ranking(2, ranking=[[0, 1, 2]]),
    ]
    counts, issues = take_in(cast.project, write(tmp_path / "b", changed))
    assert as_tuple(counts) == (6, 2, 0, 4)
    assert [(issue.line, issue.field, issue.rule) for issue in issues] == [
        (line, "id", "different_content") for line in (1, 2, 3, 6)
    ]
    assert given_out(cast.project) == [ranking(1), ranking(1, source="another source"), ranking(2)]


def test_two_projects_import_the_same_file_independently(cast: Cast, tmp_path: Path) -> None:
    file = write(tmp_path / "a", [ranking(1), ranking(2)])
    for project in (cast.project, cast.other_project):
        counts, _ = take_in(project, file)
        assert counts.added == 2
        assert given_out(project) == [ranking(1), ranking(2)]


# --- the two sides of the loop ----------------------------------------------------------------
def test_a_prompt_of_the_other_side_is_reported_and_the_rest_kept(
    cast: Cast, tmp_path: Path
) -> None:
    rl = write(tmp_path / "rl", [{"prompt": "Question 1?"}, {"prompt": "Question 8?"}])
    take_in(cast.project, rl, "prompts", name="rl", purpose="rl")
    rewards = write(tmp_path / "rm", [ranking(n) for n in range(4)])
    counts, issues = take_in(cast.project, rewards)
    assert as_tuple(counts) == (4, 3, 0, 1)
    assert [(issue.line, issue.rule) for issue in issues] == [(2, "prompt_on_one_side_only")]
    back = write(tmp_path / "back", [{"prompt": "Question 2?"}, {"prompt": "New?"}])
    counts, issues = take_in(cast.project, back, "prompts", name="rl")
    assert as_tuple(counts) == (2, 1, 0, 1)
    assert issues[0].rule == "prompt_on_one_side_only"


def test_what_only_the_database_notices_costs_that_line_alone(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look before the insert can miss a prompt that another transaction takes meanwhile."""
    rl = write(tmp_path / "rl", [{"prompt": "Question 1?"}])
    take_in(cast.project, rl, "prompts", name="rl", purpose="rl")
    monkeypatch.setattr("annotation.corpus.imports.taken_by_other_side", lambda *_: set())
    counts, issues = take_in(cast.project, write(tmp_path / "a", [ranking(n) for n in range(4)]))
    assert as_tuple(counts) == (4, 3, 0, 1)
    assert [(issue.line, issue.rule) for issue in issues] == [(2, "prompt_on_one_side_only")]
    assert given_out(cast.project) == [ranking(n) for n in (0, 2, 3)]


def test_a_prompt_set_stands_for_one_purpose(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [ranking(1)]), name="pilot")
    with pytest.raises(Refused) as caught:
        take_in(cast.project, write(tmp_path / "b", []), "prompts", name="pilot", purpose="rl")
    assert caught.value.code == "other_purpose"


# --- killed and resumed -----------------------------------------------------------------------
class Killed(Exception):
    """Stands for a worker that dies."""


@pytest.mark.parametrize("dies_after", [1, 2, 3])
def test_an_import_that_died_goes_on_where_its_record_ends(
    cast: Cast, tmp_path: Path, dies_after: int
) -> None:
    rows = [ranking(n % 5, id=f"r{n}", labeler=f"w{n % 7}") for n in range(20)]
    lines: list[Any] = [*rows[:9], b"broken", *rows[9:]]
    file = write(tmp_path / "a", lines, packed=True)
    prompt_set = target_prompt_set(actor=None, project=cast.project, kind="rankings", name="x")
    recorded = 0
    found: list[Issue] = []

    def record_then_die(line: int, counts: Counts, issues: list[Issue]) -> None:
        nonlocal recorded
        if line > dies_after * 4:
            raise Killed
        recorded = line
        found.extend(issues)

    with pytest.raises(Killed):
        run_import(
            importer_for("rankings", prompt_set),
            read_lines(file),
            on_batch=record_then_die,
            batch_lines=4,
        )
    assert recorded == dies_after * 4
    assert Ranking.objects.count() == recorded - len(found)
    counts, issues = take_in(cast.project, file, name="x", after=recorded, batch_lines=3)
    assert counts.already == 0
    assert [issue.line for issue in found + issues] == [10]
    assert given_out(cast.project) == rows


def test_a_resume_from_too_early_adds_nothing_twice(cast: Cast, tmp_path: Path) -> None:
    rows = [ranking(n % 3, id=f"r{n}") for n in range(10)]
    file = write(tmp_path / "a", rows)
    take_in(cast.project, write(tmp_path / "b", rows[:6]), name="x")
    counts, _ = take_in(cast.project, file, name="x", after=2, batch_lines=3)
    assert as_tuple(counts) == (8, 4, 4, 0)
    assert given_out(cast.project) == rows


def test_what_the_caller_records_stands_or_falls_with_its_batch(cast: Cast, tmp_path: Path) -> None:
    prompt_set = target_prompt_set(actor=None, project=cast.project, kind="rankings", name="x")

    def fence(line: int, counts: Counts, issues: list[Issue]) -> None:
        User.objects.create(username=f"mark-{line}")
        if line == 4:
            raise IntegrityError("the lease is lost")

    with pytest.raises(IntegrityError), transaction.atomic():
        run_import(
            importer_for("rankings", prompt_set),
            read_lines(write(tmp_path / "a", [ranking(n) for n in range(6)])),
            on_batch=fence,
            batch_lines=2,
        )
    assert not User.objects.filter(username__startswith="mark-").exists()


def test_a_damaged_file_is_an_issue_after_its_good_lines(cast: Cast, tmp_path: Path) -> None:
    file = write(tmp_path / "a", [ranking(n, note=uuid.uuid4().hex * 99) for n in range(400)])
    packed = write(tmp_path / "b.gz", file.read_bytes().splitlines(), packed=True)
    packed.write_bytes(packed.read_bytes()[:-2000])
    counts, issues = take_in(cast.project, packed, batch_lines=50)
    assert (issues[-1].rule, len(issues)) == ("bad_gzip", 1)
    assert issues[-1].line == counts.added + 1 == Ranking.objects.count() + 1
    assert counts.added >= 300


# --- the other kinds --------------------------------------------------------------------------
def test_prompts_keep_their_spelling_reference_and_further_fields(
    cast: Cast, tmp_path: Path
) -> None:
    chat = [{"role": "system", "content": "s"}, {"role": "user", "content": "b"}]
    rows = [
        {"id": "1", "source": "s", "lang": "zh", "prompt": "一", "reference": {"a": [1.5]}},
        {"id": "2", "source": "s", "prompt": chat, "category": "poem", "turns": ["x"]},
        {"prompt": "plain"},
    ]
    file = write(tmp_path / "a", rows)
    assert as_tuple(take_in(cast.project, file, "prompts")[0]) == (3, 3, 0, 0)
    assert as_tuple(take_in(cast.project, file, "prompts")[0]) == (3, 0, 3, 0)
    assert given_out(cast.project, "prompts") == rows


def test_a_prompt_that_comes_back_with_other_content_is_reported(
    cast: Cast, tmp_path: Path
) -> None:
    rows = [
        {"id": "1", "prompt": "a", "reference": "x"},
        {"id": "1", "prompt": "b"},
        {"id": "2", "prompt": "a", "reference": "y"},
        {"id": "3", "prompt": "a", "reference": "x"},
    ]
    counts, issues = take_in(cast.project, write(tmp_path / "a", rows), "prompts")
    assert as_tuple(counts) == (4, 1, 1, 2)
    assert [(issue.line, issue.field, issue.rule) for issue in issues] == [
        (2, "id", "different_content"),
        (3, "prompt", "different_content"),
    ]


def test_tags_and_split_are_the_prompts_and_go_out_again(cast: Cast, tmp_path: Path) -> None:
    rows = [
        {"prompt": "a", "tags": ["医学", "hard", "医学"], "split": "validation", "topic": "x"},
        {"prompt": "b", "split": "train"},
    ]
    file = write(tmp_path / "a", rows)
    assert as_tuple(take_in(cast.project, file, "prompts")[0]) == (2, 2, 0, 0)
    assert as_tuple(take_in(cast.project, file, "prompts")[0]) == (2, 0, 2, 0)
    first = Prompt.objects.get(split="validation")
    assert (first.tags, first.meta) == (["hard", "医学"], {"topic": "x"})
    assert given_out(cast.project, "prompts") == [
        {"prompt": "a", "tags": ["hard", "医学"], "split": "validation", "topic": "x"},
        {"prompt": "b"},
    ]
    others = [
        {"prompt": "a", "tags": ["new"], "topic": "x"},
        {"prompt": "b", "split": "validation"},
    ]
    _, issues = take_in(cast.project, write(tmp_path / "b", others), "prompts")
    assert [(one.field, one.rule) for one in issues] == [
        ("tags", "different_content"),
        ("split", "different_content"),
    ]
    judged = ranking(1, prompt="c", tags=["q"], split="validation")
    take_in(cast.project, write(tmp_path / "c", [judged]), name="ranked")
    assert Prompt.objects.filter(tags=["q"], split="validation").count() == 1
    assert given_out(cast.project) == [judged]


def in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers to one prompt have keys, and so an order, of chance."""
    return sorted(rows, key=lambda row: (row["prompt"], row["completion"], row.get("id", "")))


def test_completions_find_their_prompt_by_text_or_by_id(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "p", [{"id": "p1", "prompt": "Why?"}]), "prompts")
    rows = [
        {"id": "c1", "prompt": "Why?", "completion": "Because.", "system": "x", "score": 1.5},
        {"prompt": "Why?", "text": "Because."},
        {"prompt_id": "p1", "completion": ""},
        {"prompt_id": "p9", "completion": "lost"},
        {"prompt": "How?", "completion": "So."},
        {"id": "c1", "prompt": "Why?", "completion": "Something else.", "system": "x"},
    ]
    file = write(tmp_path / "a", rows)
    counts, issues = take_in(cast.project, file, "completions")
    assert as_tuple(counts) == (6, 4, 0, 2)
    assert [(issue.line, issue.rule) for issue in issues] == [
        (4, "unknown_prompt"),
        (6, "different_content"),
    ]
    assert as_tuple(take_in(cast.project, file, "completions")[0]) == (6, 0, 4, 2)
    assert in_order(given_out(cast.project, "completions")) == in_order(
        [
            rows[0],
            {"prompt": "Why?", "completion": "Because."},
            {"prompt": "Why?", "completion": ""},
            rows[4],
        ]
    )


def test_a_prompt_id_of_several_sources_wants_the_source(cast: Cast, tmp_path: Path) -> None:
    named = [{"id": "p1", "source": s, "prompt": f"Of {s}?"} for s in ("one", "two")]
    take_in(cast.project, write(tmp_path / "p", named), "prompts")
    rows = [
        {"prompt_id": "p1", "completion": "Whose?"},
        {"prompt_id": "p1", "source": "two", "completion": "Its."},
    ]
    counts, issues = take_in(cast.project, write(tmp_path / "a", rows), "completions")
    assert as_tuple(counts) == (2, 1, 0, 1)
    assert [(issue.line, issue.rule) for issue in issues] == [(1, "several_prompts")]
    assert Completion.objects.get().prompt.messages[0]["content"] == "Of two?"


def test_answers_without_an_order_are_completions_to_be_ranked(cast: Cast, tmp_path: Path) -> None:
    rows: list[bytes | dict[str, Any]] = [
        {"prompt": "Q", "completions": ["a", "b", "a"], "topic": "x"},
        {
            "prompt": "R",
            "id": "7",
            "source": "made",
            "systems": ["one", "two"],
            "completions": ["c", {"text": "d", "system": "three"}],
        },
    ]
    file = write(tmp_path / "a", rows)
    assert as_tuple(take_in(cast.project, file, "completions")[0]) == (2, 2, 0, 0)
    out = in_order(given_out(cast.project, "completions"))
    assert out == [
        {"prompt": "Q", "completion": "a", "topic": "x"},
        {"prompt": "Q", "completion": "b", "topic": "x"},
        {"id": "7/1", "source": "made", "prompt": "R", "completion": "c", "system": "one"},
        {"id": "7/2", "source": "made", "prompt": "R", "completion": "d", "system": "three"},
    ]
    assert as_tuple(take_in(cast.project, file, "completions")[0]) == (2, 0, 2, 0)
    # what goes out is known again, and one more answer is the only news
    assert as_tuple(take_in(cast.project, write(tmp_path / "b", out), "completions")[0])[1] == 0
    more = rows[0] | {"completions": ["a", "b", "e"]}  # type: ignore[operator]
    other = rows[1] | {"completions": ["c", "changed"]}  # type: ignore[operator]
    counts, issues = take_in(cast.project, write(tmp_path / "c", [more, other]), "completions")
    assert as_tuple(counts) == (2, 1, 0, 1)
    assert [(one.line, one.rule) for one in issues] == [(2, "different_content")]
    assert Completion.objects.count() == 5


def test_a_check_counts_answers_in_lists_as_the_import_does(cast: Cast, tmp_path: Path) -> None:
    rows: list[bytes | dict[str, Any]] = [
        {"prompt": "Q", "completions": ["a", "b"]},
        {"prompt": "Q", "completions": ["b", "a"]},  # all of it was there before
        {"prompt": "Q", "completions": ["a", "c"]},
    ]
    file = write(tmp_path / "a", rows)
    prompt_set = target_prompt_set(
        actor=None, project=cast.project, kind="completions", name="imported"
    )
    with DryRun() as rehearsal:
        counts = run_import(
            importer_for("completions", prompt_set),
            read_lines(file),
            batch_lines=1,
            rehearsal=rehearsal,
        )
    assert not Completion.objects.exists()
    assert as_tuple(counts) == as_tuple(take_in(cast.project, file, "completions")[0])
    assert as_tuple(counts) == (3, 2, 1, 0)


def test_demonstrations_belong_to_pseudonymous_authors(cast: Cast, tmp_path: Path) -> None:
    rows = [
        {"id": "1", "prompt": "Why?", "completion": "Because.", "author": "ann", "lang": "en"},
        {"id": "2", "prompt": "Why?", "completion": "So.", "author": "ben"},
        {"id": "3", "prompt": "Why?", "completion": "Again.", "author": "ann"},
        {"prompt": "How?", "completion": "Thus."},
    ]
    file = write(tmp_path / "a", rows)
    assert as_tuple(take_in(cast.project, file, "demonstrations")[0]) == (4, 4, 0, 0)
    assert as_tuple(take_in(cast.project, file, "demonstrations")[0]) == (4, 0, 4, 0)
    assert given_out(cast.project, "demonstrations") == rows
    assert PromptSet.objects.get().purpose == "sft"
    ann = User.objects.get(display_name="ann")
    stored = Demonstration.objects.filter(labeler=ann)
    assert {one.completion.author_id for one in stored} == {ann.id}
    assert Item.objects.filter(repeat_of=None, needed=2, counted=2, state="done").count() == 1
    assert Item.objects.exclude(repeat_of=None).count() == 1


def test_the_database_still_guards_imported_rows(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [ranking(1)]))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE labeling_placement SET tier = 1")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM labeling_ranking")


@pytest.mark.django_db(transaction=True)
def test_two_imports_into_one_project_take_turns(tmp_path: Path) -> None:
    """The second one waits longer than a request would, and both judges of an item are counted."""
    cast = assemble()
    prompt_set = target_prompt_set(actor=None, project=cast.project, kind="rankings", name="x")
    files = [
        write(tmp_path / name, [ranking(n, id=f"{name}{n}", labeler=name) for n in range(40)])
        for name in ("a", "b")
    ]
    slow = iter([3.5, *[0.0] * 9])
    found: list[Counts] = []

    def take(file: Path) -> None:
        try:
            found.append(
                run_import(
                    importer_for("rankings", prompt_set),
                    read_lines(file),
                    on_batch=lambda *_: sleep(next(slow)),
                    batch_lines=20,
                )
            )
        finally:
            connection.close()

    threads = [Thread(target=take, args=[file]) for file in files]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [as_tuple(counts) for counts in found] == [(40, 40, 0, 0)] * 2
    assert set(Item.objects.values_list("needed", "counted")) == {(2, 2)}
    assert Completion.objects.count() == 120


def test_imported_completions_are_kept_as_written_and_shown_without_the_name(
    cast: Cast, tmp_path: Path
) -> None:
    texts = ["I am GPT-4.", "我是由百度开发的助手。", "I am Robert."]
    take_in(cast.project, write(tmp_path / "a", [ranking(1, completions=texts)]))
    stored = {one.text: one.shown_text for one in Completion.objects.all()}
    assert stored == {
        "I am GPT-4.": "I am [name].",
        "我是由百度开发的助手。": "我是由[名称]开发的助手。",
        "I am Robert.": None,
    }
    assert given_out(cast.project)[0]["completions"] == texts
