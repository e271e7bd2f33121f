"""The screen a project chooses: what is offered, what may be said on it, and what each mode means."""

from typing import Any

import pytest

from annotation.corpus.models import Completion
from annotation.labeling import services
from annotation.labeling.models import Item, Presentation, Ranking
from annotation.lib.errors import Invalid
from annotation.projects.models import Project
from tests.annotation.labeling.test_submitting import rules
from tests.annotation.labeling.work import Labeling, add_completion, add_prompt, ids, ranking_item

pytestmark = pytest.mark.django_db


def choose(project: Project, **settings: Any) -> None:
    Project.objects.filter(pk=project.pk).update(**settings)


def test_the_assignment_says_what_the_project_offers_and_the_presentation_keeps_it(
    first: Labeling,
) -> None:
    chosen = {
        "mode": "guided",
        "steps": ["grade", "confirm"],
        "axes": ["helpful", "有趣"],
        "flags": ["harmful"],
        "allow_ties": False,
        "draw_cut": True,
        "write_better": False,
        "mark_spans": True,
        "take_notes": False,
    }
    choose(first.project, **chosen)
    ranking_item(first.project)
    path = f"/api/v1/projects/{first.project.id}/claims"
    work = first.client.post(path, {"device": "touch"}, format="json").json()
    assert (work["screen"], work["supersedes"]) == (chosen, None)
    kept = Presentation.objects.get()
    assert (kept.screen, kept.device) == (chosen, "touch")
    refused = first.client.post(path, {"device": "thumb"}, format="json")
    assert rules(refused) == {("device", "invalid_choice")}


def test_work_is_judged_by_the_screen_it_was_made_on(first: Labeling) -> None:
    """An admin who switches something off meanwhile makes no finished work invalid."""
    choose(first.project, axes=["overall"], flags=["harmful"])
    ranking_item(first.project)
    work = first.work()
    a = ids(work)[0]
    choose(
        first.project, axes=[], flags=[], draw_cut=False, take_notes=False, write_better=False,
        mark_spans=False, allow_ties=False,
    )  # fmt: skip
    said = {
        "tiers": [ids(work)],
        "grades": {a: {"overall": 3}},
        "flags": {a: ["harmful"]},
        "notes": {a: "so so"},
        "spans": {a: [{"start": 0, "end": 6, "quote": "Answer"}]},
        "better_answer": {"text": "Better."},
        "unacceptable_below": 1,
    }
    assert first.submit(work, **said).status_code == 201
    ranking_item(first.project)
    work = first.work()
    a, b, c = ids(work)
    said |= {
        "tiers": [[a, b], [c]],
        **{
            name: {a: next(iter(said[name].values()))}
            for name in ("grades", "flags", "notes", "spans")
        },
    }
    assert rules(first.submit(work, **said)) == {
        ("tiers[0]", "tie"),
        (f"grades.{a}", "unknown"),
        (f"flags.{a}", "unknown"),
        (f"notes.{a}", "off"),
        (f"spans.{a}", "off"),
        ("better_answer", "off"),
        ("unacceptable_below", "off"),
    }


def test_what_is_said_of_single_completions_is_checked(first: Labeling) -> None:
    choose(first.project, flags=["harmful"])
    ranking_item(first.project)
    work = first.work()
    a, b, c = ids(work)
    stranger = "00000000-0000-4000-8000-000000000000"
    span = {"start": 2, "end": 5, "quote": "swe"}
    refused: list[tuple[dict[str, Any], set[tuple[str, str]]]] = [
        ({"spans": {a: [span | {"end": 2}]}}, {(f"spans.{a}[0].end", "out_of_range")}),
        ({"spans": {a: [span | {"start": -1}]}}, {(f"spans.{a}.0.start", "min_value")}),
        ({"spans": {a: [span | {"quote": ""}]}}, {(f"spans.{a}.0.quote", "blank")}),
        ({"spans": {a: [span, span | {"flag": "odd"}]}}, {(f"spans.{a}[1].flag", "unknown")}),
        ({"spans": {stranger: [span]}}, {(f"spans.{stranger}", "not_shown")}),
        (
            {"reading": {a: {"visible_ms": 1, "read_percent": 101}}},
            {(f"reading.{a}.read_percent", "max_value")},
        ),
        ({"reading": {a: {"visible_ms": 1}}}, {(f"reading.{a}.read_percent", "required")}),
        (
            {"reading": {stranger: {"visible_ms": 1, "read_percent": 1}}},
            {(f"reading.{stranger}", "not_shown")},
        ),
        ({"better_answer": {"text": " \n"}}, {("better_answer.text", "blank")}),
        (
            {"better_answer": {"text": "x", "based_on": stranger}},
            {("better_answer.based_on", "not_shown")},
        ),
        ({"mode": "dice"}, {("mode", "invalid_choice")}),
        (
            {"direct": [{"better": a, "worse": b, "strength": 4}]},
            {("direct.0.strength", "max_value")},
        ),
        (
            {"tiers": [[a], [b]], "cannot_judge": [c], "direct": [{"better": a, "worse": c}]},
            {("direct[0]", "not_judged")},
        ),
    ]
    for changes, expected in refused:
        assert rules(first.submit(work, **changes)) == expected, changes
    assert not Ranking.objects.exists()


def test_a_duel_says_once_which_of_two_is_better(first: Labeling) -> None:
    choose(first.project, mode="duel", completions_per_item=2)
    ranking_item(first.project, k=2)
    work = first.work()
    assert work["screen"]["mode"] == "duel"
    a, b = ids(work)
    won = {"better": a, "worse": b, "strength": 2}
    tie = {"better": a, "worse": b, "is_tie": True}
    bad: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"tiers": [[a], [b]]}, ("direct", "duel")),
        ({"tiers": [[b], [a]], "direct": [won]}, ("direct[0]", "duel")),
        ({"tiers": [[a, b]], "direct": [won]}, ("direct[0]", "duel")),
        ({"tiers": [[a], [b]], "direct": [tie]}, ("direct[0]", "duel")),
        ({"tiers": [[a]], "unplaced": [b]}, ("unplaced", "duel")),
    ]
    for changes, expected in bad:
        assert rules(first.submit(work, mode="duel", **changes)) == {expected}, changes
    sent = first.submit(work, mode="duel", tiers=[[a], [b]], direct=[won])
    assert sent.status_code == 201
    for changes in (
        {"tiers": [ids(work)], "direct": [tie]},
        {"tiers": [[b]], "cannot_judge": [a]},
    ):
        first.undo(sent.json()["client_uuid"])
        sent = first.submit(first.work(), mode="duel", **changes)
        assert sent.status_code == 201, sent.content


def test_a_project_of_duels_makes_items_of_two_and_shows_others_in_tiers(first: Labeling) -> None:
    old = ranking_item(first.project, k=3)
    choose(first.project, mode="duel", completions_per_item=2)
    project = Project.objects.get(pk=first.project.pk)
    prompt = add_prompt(project, "Which?")
    texts = [add_completion(prompt, text) for text in "abc"]
    with pytest.raises(Invalid):
        services.create_ranking_items(project=project, groups={prompt.id: texts}, k=3)
    services.create_ranking_items(project=project, groups={prompt.id: texts}, priority=9)
    duel = first.work()
    assert (len(ids(duel)), duel["screen"]["mode"]) == (2, "duel")
    other = first.work(holding=[duel["slot_id"]])
    assert (other["item"]["id"], other["screen"]["mode"]) == (str(old.id), "tiers")


def test_best_and_worst_stand_out_from_the_rest(first: Labeling) -> None:
    choose(first.project, mode="best_worst")
    ranking_item(first.project, k=5)
    work = first.work()
    best, worst, x, y, odd = ids(work)
    over = [
        *({"better": best, "worse": one} for one in (x, y)),
        *({"better": one, "worse": worst} for one in (x, y)),
    ]
    whole: dict[str, Any] = {
        "mode": "best_worst",
        "tiers": [[best], [worst]],
        "unplaced": [x, y],
        "cannot_judge": [odd],
        # x and y met in an earlier round.
        "direct": [
            *over,
            {"better": best, "worse": worst, "strength": 3},
            {"better": x, "worse": y},
        ],
    }
    bad: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"tiers": [[best], [worst], [x]], "unplaced": [y]}, ("tiers", "best_worst")),
        ({"tiers": [[best, worst]]}, ("tiers", "best_worst")),
        ({"direct": over[1:]}, ("direct", "best_worst")),
        ({"direct": [*over, {"better": worst, "worse": best}]}, ("direct[4]", "best_worst")),
        (
            {"direct": [*over, {"better": best, "worse": worst, "is_tie": True}]},
            ("direct[4]", "best_worst"),
        ),
    ]
    for changes, expected in bad:
        assert rules(first.submit(work, **(whole | changes))) == {expected}, changes
    assert first.submit(work, **whole).status_code == 201
    assert Ranking.objects.get().mode == "best_worst"


def test_labelers_see_the_masked_text_and_what_looks_alike_once(first: Labeling) -> None:
    prompt = add_prompt(first.project, "Who are you?")
    texts = [
        add_completion(prompt, "I am GPT-4.", shown_text="I am [name]."),
        add_completion(prompt, "I am Claude-v2.", shown_text="I am [name]."),
        add_completion(prompt, "A friend."),
    ]
    services.create_ranking_items(project=first.project, groups={prompt.id: texts}, k=9)
    assert sorted(one["text"] for one in first.work()["completions"]) == [
        "A friend.",
        "I am [name].",
    ]
    assert Item.objects.get().item_completions.count() == 2
    assert Completion.objects.filter(text="I am GPT-4.").exists()
