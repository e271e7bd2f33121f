"""Judgments of control items are stored like all others, and are in none of what is learned or told."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotation.corpus.models import PromptSet
from annotation.labeling import selectors, services
from annotation.labeling.exports import export_rows
from annotation.labeling.filters import Filter
from annotation.labeling.models import Comparison, ControlItem, Demonstration, Item, Ranking
from annotation.quality.judged_rows import judged_of_project
from annotation.quality.models import ReviewEntry, Stir
from annotation.quality.overview import overview_of
from annotation.quality.review.figures import refresh_all
from annotation.quality.selectors import agreement
from annotation.runs.models import Round
from annotation.runs.round_selectors import new_judgments
from tests.annotation.labeling.test_control_hand_out import long_ago, rates, typed_gold
from tests.annotation.labeling.work import Labeling, add_completion, add_prompt, ids
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
BETTER = "A better answer, written beside a control item."


@pytest.fixture
def judged(cast: Cast) -> list[Ranking]:
    """One ordinary judgment more than there are of gold, trap and repeat by the same labeler."""
    for number in range(12):
        prompt = add_prompt(cast.project, f"Ordinary prompt {number}")
        texts = [add_completion(prompt, f"{number}.{n} " + "an ordinary answer " * 4) for n in "ab"]
        services.create_ranking_items(project=cast.project, groups={prompt.id: texts}, k=2)
    labeler = Labeling(cast.labeler, cast.project)
    for _ in range(3):
        assert labeler.submit(labeler.work()).status_code == 201
    long_ago(cast.labeler, days=2)
    typed_gold(cast, "GOLD prompt")
    other = Labeling(cast.second_labeler, cast.project)
    assert other.submit(other.work()).status_code == 201
    assert services.make_traps(actor=cast.admin, project=cast.project, count=4) == 4
    rates(cast, gold_percent=20, repeat_percent=20, trap_percent=20, repeat_after_items=0)
    while not {"gold", "trap", "repeat"} <= _kinds(cast):
        work = labeler.work()
        extra: dict[str, Any] = {}
        if Item.objects.get(pk=work["item"]["id"]).control:
            extra = {"better_answer": {"text": BETTER, "based_on": None}}
        assert labeler.submit(work, **extra).status_code == 201
    return list(Ranking.objects.exclude(item__control=""))


def _kinds(cast: Cast) -> set[str]:
    of = Ranking.objects.filter(labeler=cast.labeler).exclude(item__control="")
    return set(of.values_list("item__control", flat=True))


def test_control_judgments_are_stored_whole_and_are_in_nothing_that_is_learned_or_told(
    cast: Cast, judged: list[Ranking], tmp_path: Path
) -> None:
    project = cast.project
    ordinary = Ranking.objects.filter(item__control="").count()
    control = {one.pk for one in judged}
    assert len(control) >= 3
    assert all(one.state == "counted" for one in judged)
    assert all(one.placements.count() == 2 for one in judged)

    assert not Comparison.objects.filter(ranking_id__in=control).exists()
    rankings = list(export_rows("rankings", project))
    assert len(rankings) == ordinary
    assert list(export_rows("demonstrations", project)) == []
    assert Demonstration.objects.count() == len(control), "kept, but not exported"
    prompts = [str(row["prompt"]) for row in export_rows("prompts", project)]
    assert len(prompts) == 12
    assert "GOLD prompt" not in " ".join(prompts)
    texts = [row["completion"] for row in export_rows("completions", project)]
    assert len(texts) == 24
    assert BETTER not in texts

    told = overview_of(project)
    assert (told["rankings"], told["demonstrations"]) == (ordinary, 0)
    assert (told["prompts"], told["completions"]) == (12, 24)
    assert told["items_open"] + told["items_done"] == 12
    assert selectors.items(project).count() == 12
    assert agreement(project)["pairs"] == 0, "a repeat agrees with nobody but its labeler"
    assert len(judged_of_project(project, timezone.now()).by) == ordinary
    assert new_judgments(Round(project=project, number=1)) == ordinary
    sets = client_for(cast.admin).get(f"/api/v1/projects/{project.id}/prompt-sets").json()
    assert [one["purpose"] for one in sets["results"]] == ["reward"]


def test_a_control_item_never_comes_up_for_review(cast: Cast, judged: list[Ranking]) -> None:
    stirred = set(Stir.objects.values_list("item_id", flat=True))
    assert {one.item_id for one in judged} <= stirred
    refresh_all()
    assert not Stir.objects.exists()
    shown = ReviewEntry.objects.all()
    assert shown.count() == Item.objects.filter(control="", rankings__isnull=False).count()
    assert not shown.exclude(item__control="").exists()


def test_a_snapshot_holds_no_judgment_of_a_control_item(cast: Cast, judged: list[Ranking]) -> None:
    from annotation.runs.models import Run
    from workers.exporting import _Export

    run = Run(
        project=cast.project,
        kind="export",
        config={"validation_fraction": 0, "held_out_labelers": [], "cut_off": None},
        created_at=timezone.now(),
    )
    export = _Export.__new__(_Export)
    export.run, export.cut_off = run, timezone.now()
    export.include, export.filter = frozenset(), Filter()
    found = export._as_of(Ranking)
    assert found.count() == Ranking.objects.filter(item__control="").count()
    assert not found.filter(pk__in=[one.pk for one in judged]).exists()
    assert export._as_of(Demonstration).count() == 0


def test_the_hidden_prompt_set_cannot_be_worked_with(cast: Cast) -> None:
    typed_gold(cast)
    hidden = PromptSet.objects.get(purpose="control")
    admin = client_for(cast.admin)
    body = {"prompt_set": str(hidden.pk), "kind": "ranking"}
    made = admin.post(f"/api/v1/projects/{cast.project.id}/items", body, format="json")
    assert made.status_code == 400, made.content
    assert admin.get(f"/api/v1/prompt-sets/{hidden.pk}").status_code == 404
    body = {"name": "mine", "purpose": "control"}
    new = admin.post(f"/api/v1/projects/{cast.project.id}/prompt-sets", body, format="json")
    assert new.status_code == 400


def test_the_counts_of_a_labeler_move_with_a_control_item_as_with_any_other(cast: Cast) -> None:
    for number in range(8):
        prompt = add_prompt(cast.project, f"Prompt {number}")
        texts = [add_completion(prompt, f"{number}.{n}") for n in "ab"]
        services.create_ranking_items(project=cast.project, groups={prompt.id: texts}, k=2)
    for _ in range(3):
        typed_gold(cast)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    address = f"/api/v1/projects/{cast.project.id}/my-progress"
    moves: dict[str, set[tuple[int, int, int]]] = {"": set(), "gold": set()}
    for place in range(8):
        before = labeler.client.get(address).json()
        work = labeler.work()
        kind = Item.objects.get(pk=work["item"]["id"]).control
        labeler.submit(work)
        after = labeler.client.get(address).json()
        step = tuple(
            after[name] - before[name]
            for name in ("project_done", "project_total", "open_for_me_estimate")
        )
        if place != 4:  # a new stratum begins: everybody's total grows, whatever was handed out
            moves[kind].add(step)  # type: ignore[arg-type]
    assert moves == {"": {(1, 0, -1)}, "gold": {(1, 0, -1)}}


def test_keys_of_a_control_item_look_as_old_as_those_of_other_work(cast: Cast) -> None:
    for number in range(3):
        prompt = add_prompt(cast.project, f"Prompt {number}")
        texts = [add_completion(prompt, f"{number}.{n}") for n in "ab"]
        services.create_ranking_items(project=cast.project, groups={prompt.id: texts}, k=2)
    times = {str(one.pk)[:13] for one in Item.objects.all()}
    slots = {str(slot.pk)[:13] for one in Item.objects.all() for slot in one.slots.all()}
    answers = {key[:13] for key in _completion_keys()}
    gold = typed_gold(cast)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    while labeler.claim().status_code == 200:
        work = labeler.work()
        assert work["item"]["id"][:13] in times
        assert work["slot_id"][:13] in slots
        assert {key[:13] for key in ids(work)} <= answers
        labeler.submit(work)
    assert ControlItem.objects.get(pk=gold.pk).item.control_copies.count() <= 1


def _completion_keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id::text FROM corpus_completion")
        return [row[0] for row in cursor.fetchall()]
