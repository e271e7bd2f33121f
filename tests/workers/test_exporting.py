"""A snapshot says exactly what people said, the same bytes whenever it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from annotation.corpus.models import Prompt
from annotation.labeling.models import Ranking
from annotation.labeling.services import withdraw_ranking
from annotation.registry import store
from annotation.runs.models import DatasetSnapshot, MixDraw, MixPrompt, Round, Run
from annotation.runs.services import create_run
from rewardmodel.rankings import Snapshot, read_snapshot
from tests.annotation.corpus.files import ranking as ranking_row
from tests.annotation.corpus.files import take_in, write
from tests.annotation.runs.judgments import add_demonstration, add_rankings
from tests.annotation.runs.test_mixes import mix_of, plan, version
from tests.annotation.runs.test_mixes import row as place
from tests.cast import Cast
from tests.workers import harness
from workers.supervisor import drive

Shape = tuple[Any, ...]


def export(cast: Cast, **config: Any) -> DatasetSnapshot:
    """A snapshot, made by the worker's own code in this process."""
    run = create_run(project=cast.project, kind="export", config=config, requested_by=cast.ml)
    assert drive(run.id) == "ended"
    run = Run.objects.get(id=run.id)
    assert run.status == "succeeded", harness.story(run)
    assert run.output_snapshot is not None
    return run.output_snapshot


def content(snapshot: DatasetSnapshot) -> Snapshot:
    return read_snapshot(store.verified(snapshot.artifact))


def said(ranking: Ranking) -> dict[str, Any]:
    """What the database says of a ranking, in texts."""
    tiers: dict[int, set[str]] = {}
    unranked = set()
    for placement in ranking.placements.select_related("completion"):
        if placement.tier is None:
            unranked.add(placement.completion.text)
        else:
            tiers.setdefault(placement.tier, set()).add(placement.completion.text)
    return {
        "tiers": [tiers[tier] for tier in sorted(tiers)],
        "unranked": unranked,
        "cut": ranking.unacceptable_below,
        "direct": {
            (d.better.text, d.worse.text, d.is_tie, d.strength)
            for d in ranking.direct_comparisons.all()
        },
    }


def test_every_shape_of_a_ranking_arrives_as_it_was_given(people: Cast) -> None:
    given = add_rankings(people, 8)
    add_demonstration(people, "An ideal answer.")
    snapshot = export(people)
    read = content(snapshot)
    assert len(read.rankings) == 8
    by_id = {row.id: row for row in read.rankings}
    for ranking in given:
        row = by_id[str(ranking.id)]
        texts = row.completions
        assert said(ranking) == {
            "tiers": [{texts[i] for i in tier} for tier in row.tiers],
            "unranked": {texts[i] for i in row.unranked},
            "cut": row.unacceptable_below,
            "direct": {(texts[d.better], texts[d.worse], d.tie, d.strength) for d in row.direct},
        }
        assert row.prompt[0].content == ranking.item.prompt.messages[0]["content"]
        assert (row.labeler, row.weight) == (str(people.labeler.id), 1.0)
    assert [d.completion for d in read.demonstrations] == ["An ideal answer."]
    counts = snapshot.counts
    assert (counts["rankings"], counts["demonstrations"], counts["labelers"]) == (8, 1, 1)
    assert counts["train"] + counts["validation"] == 9


def test_an_imported_ranking_keeps_its_own_source_and_others_have_their_prompts(
    people: Cast, tmp_path: Path
) -> None:
    asked = {"id": "p", "source": "exam", "prompt": "Question 1?"}
    take_in(people.project, write(tmp_path / "p", [asked]), "prompts", purpose="reward")
    given = [
        ranking_row(1, source="round-3"),
        ranking_row(1, source="round-4"),
        ranking_row(1, id=..., source=...),
    ]
    take_in(people.project, write(tmp_path / "r", given))
    read = content(export(people))
    assert sorted(row.source for row in read.rankings) == ["exam", "round-3", "round-4"]


def test_the_same_question_and_cut_off_give_the_same_bytes_whatever_happens_meanwhile(
    people: Cast,
) -> None:
    given = add_rankings(people, 6)
    first = export(people)
    add_rankings(people, 3, name="Later")
    withdraw_ranking(actor=people.admin, ranking=given[0], reason="a mistake")
    again = export(people, cut_off=first.cut_off.isoformat())
    now = export(people)
    assert (again.sha256, again.artifact_id) == (first.sha256, first.artifact_id)
    assert now.sha256 != first.sha256
    assert now.counts["rankings"] == 6 + 3 - 1
    assert str(given[0].id) not in {row.id for row in content(now).rankings}
    assert [s.number for s in DatasetSnapshot.objects.order_by("number")] == [1, 2, 3]


def test_a_prompt_never_changes_sides_and_no_prompt_is_on_both(people: Cast) -> None:
    add_rankings(people, 30)
    before = {
        row.id: row.split for row in content(export(people, validation_fraction=0.3)).rankings
    }
    assert set(before.values()) == {"train", "validation"}
    add_rankings(people, 10, name="More")
    rows = content(export(people, validation_fraction=0.3)).rankings
    assert all(row.split == before[row.id] for row in rows if row.id in before)
    sides: dict[str, set[str]] = {}
    for row in rows:
        sides.setdefault(row.prompt[0].content, set()).add(row.split)
    assert all(len(found) == 1 for found in sides.values())


def test_held_out_labelers_and_marked_prompts_are_never_trained_on(people: Cast) -> None:
    add_rankings(people, 4)
    add_rankings(people, 4, labeler=people.second_labeler)
    marked = Prompt.objects.get(messages__0__content="Question 0 of labeler")
    Prompt.objects.filter(id=marked.id).update(split="validation")
    snapshot = export(
        people, validation_fraction=0, held_out_labelers=[str(people.second_labeler.id)]
    )
    for row in content(snapshot).rankings:
        held = row.labeler == str(people.second_labeler.id)
        expected = held or row.prompt[0].content == "Question 0 of labeler"
        assert (row.split == "validation") is expected
    assert snapshot.query["held_out_labelers"] == [str(people.second_labeler.id)]


def test_a_ranking_says_of_which_round_its_item_is(people: Cast) -> None:
    """Not of one whose draw met an item that was there, nor where no draw made it."""
    before, *_ = add_rankings(people, 2)
    policy = version(people, 1)
    mix = mix_of(people, place("version", plan(people), 4, policy))
    draw = MixDraw.objects.create(
        project=people.project,
        mix=mix,
        prompt_set=before.item.prompt.prompt_set,
        policies="",
        k=4,
        needed=1,
        idempotency_key=uuid4(),
    )
    for number, its_draw in ((1, None), (2, draw)):
        Round.objects.create(
            project=people.project, number=number, policy_version=policy, draw=its_draw
        )
    drawn, *_ = add_rankings(people, 2, name="Later")
    for ranking in (before, drawn):
        item = ranking.item
        MixPrompt.objects.create(draw=draw, prompt=item.prompt, item=item, state="made")
    snapshot = export(people)
    found = {row.id: row.round for row in content(snapshot).rankings if row.round is not None}
    assert found == {str(drawn.id): 2}
    lines = (store.path_of(snapshot.artifact_id) / "rankings.jsonl").read_text().splitlines()
    assert sum('"round"' in line for line in lines) == 1


def test_a_project_without_judgments_gives_an_empty_snapshot_and_leaves_no_files_behind(
    people: Cast, artifacts: Path
) -> None:
    snapshot = export(people)
    assert snapshot.counts["rankings"] == 0
    manifest = json.loads((store.path_of(snapshot.artifact_id) / "manifest.json").read_text())
    assert manifest["sha256"] == snapshot.sha256
    run = snapshot.made_by
    assert list((artifacts / "runs" / str(run.id)).iterdir()) == []


def test_an_export_of_one_prompt_set_holds_that_sets_judgments(people: Cast) -> None:
    ranked = add_rankings(people, 2)
    add_demonstration(people, "Elsewhere.")
    run = create_run(
        project=people.project, kind="export", prompt_set=ranked[0].item.prompt.prompt_set
    )
    assert drive(run.id) == "ended"
    made = Run.objects.get(id=run.id).output_snapshot
    assert made is not None
    assert (made.counts["rankings"], made.counts["demonstrations"]) == (2, 0)
