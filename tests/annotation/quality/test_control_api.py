"""Admins and reviewers run control items over the API; figures are worked out by hand."""

from typing import Any
from uuid import uuid4

import pytest

from annotation.labeling import services
from annotation.labeling.models import ControlItem, GoldTold, Item, Ranking
from annotation.quality.control import candidate, self_agreement
from tests.annotation.labeling.test_control_hand_out import rates, work_off
from tests.annotation.labeling.work import Labeling, add_completion, add_prompt
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def address(cast: Cast, name: str) -> str:
    return f"/api/v1/projects/{cast.project.id}/{name}"


def pair_item(cast: Cast, number: int, needed: int = 1) -> Item:
    prompt = add_prompt(cast.project, f"Prompt {number}")
    texts = [add_completion(prompt, f"{number}.{n} " + "a plain answer " * 4) for n in "ab"]
    services.create_ranking_items(
        project=cast.project, groups={prompt.id: texts}, k=2, needed=needed
    )
    return Item.objects.get(prompt=prompt)


def gold(cast: Cast, **more: Any) -> Any:
    body = {
        "messages": [{"role": "user", "content": f"Gold {uuid4()}"}],
        "completions": ["good", "middling", "bad"],
        "expected": [[0], [1], [2]],
    }
    return client_for(cast.reviewer).post(
        address(cast, "control-items"), body | more, format="json"
    )


def submit_gold(labeler: Labeling, texts: list[str], **more: Any) -> Any:
    """Work until a gold item comes, and put its answers in this order."""
    while True:
        work = labeler.work()
        if not Item.objects.get(pk=work["item"]["id"]).control:
            labeler.submit(work)
            continue
        by_text = {one["text"]: one["id"] for one in work["completions"]}
        key = uuid4()
        tiers = [[by_text[text]] for text in texts]
        assert labeler.submit(work, key, tiers=tiers, **more).status_code == 201
        return key


def test_gold_is_made_versioned_and_scored_by_the_newest_order(cast: Cast) -> None:
    made = gold(cast)
    assert made.status_code == 201, made.content
    for number in range(9):
        pair_item(cast, number)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    submit_gold(labeler, ["good", "bad", "middling"])
    reader = client_for(cast.admin)
    told = reader.get(address(cast, "control-results")).json()
    assert told["gold"]["share"] == pytest.approx(2 / 3), "two of three pairs alike"
    assert [row["name"] for row in told["labelers"]] == ["Labeler"]
    orders = f"/api/v1/control-items/{made.json()['id']}/orders"
    changed = reader.post(orders, {"expected": [[0], [2], [1]], "explanation": "so"}, format="json")
    assert [one["number"] for one in changed.json()["orders"]] == [2, 1]
    assert reader.get(address(cast, "control-results")).json()["gold"]["share"] == 1.0
    listed = reader.get(address(cast, "control-items")).json()["results"][0]
    assert (listed["handed"], listed["judged"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"expected": [[0, 1, 2]]}, "expected"),
        ({"expected": [[0], [1]]}, "expected"),
        ({"completions": ["same", "same", "bad"]}, "completions"),
        ({"messages": []}, "messages"),
        ({"item": str(uuid4())}, "item"),
    ],
)
def test_gold_that_expects_nothing_is_refused_by_name(cast: Cast, body: Any, field: str) -> None:
    answer = gold(cast, **body)
    assert answer.status_code in (400, 422), answer.content
    assert field in answer.content.decode()


def test_items_on_which_people_agree_become_gold_with_one_click(cast: Cast) -> None:
    agreed, disputed = pair_item(cast, 1, needed=2), pair_item(cast, 2, needed=2)
    for person in (cast.labeler, cast.second_labeler):
        labeler = Labeling(person, cast.project)
        for _ in range(2):
            work = labeler.work()
            ids = sorted(one["id"] for one in work["completions"])
            if work["item"]["id"] == str(disputed.pk) and person == cast.labeler:
                ids.reverse()
            assert labeler.submit(work, tiers=[[one] for one in ids]).status_code == 201
    admin = client_for(cast.admin)
    found = admin.get(address(cast, "gold-candidates"), {"judgments": 2}).json()
    assert [(one["item_id"], one["agreement"], one["judgments"]) for one in found] == [
        (str(agreed.pk), 1.0, 2)
    ]
    body = {"items": [str(agreed.pk), str(disputed.pk)], "judgments": 2}
    for _ in range(2):
        done = admin.post(address(cast, "gold-candidates"), body, format="json").json()
        assert done == {"made": [str(agreed.pk)], "refused": [str(disputed.pk)]}
    one = ControlItem.objects.get()
    assert one.evidence == {"judgments": 2, "pairs": 1, "agreement": 1.0}
    assert one.given == "consensus"
    assert admin.get(address(cast, "gold-candidates"), {"judgments": 2}).json() == []


def test_telling_afterwards_is_off_at_first_and_freezes_what_is_scored(cast: Cast) -> None:
    gold(cast, explanation="Because.")
    gold(cast)
    for number in range(12):
        pair_item(cast, number)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    first = submit_gold(labeler, ["bad", "middling", "good"])
    feedback = f"/api/v1/submissions/{first}/feedback"
    assert labeler.client.post(feedback).status_code == 204
    progress = address(cast, "my-progress")
    assert not labeler.client.get(progress).json()["tells_expected"]
    rates(cast, tell_gold=True)
    assert labeler.client.get(progress).json()["tells_expected"]
    told = labeler.client.post(feedback)
    assert told.status_code == 200
    assert told.json()["agreement"] == 0
    assert labeler.client.post(feedback).json() == told.json()
    undone = labeler.undo(first).json()
    right = {one["text"]: one["id"] for one in undone["completions"]}
    again = uuid4()
    labeler.submit(undone, again, tiers=[[right[text]] for text in ("good", "middling", "bad")])
    share = client_for(cast.admin).get(address(cast, "control-results")).json()["gold"]["share"]
    assert share == 0, "what was said before being told is what is scored"
    assert GoldTold.objects.count() == 1
    work_off(labeler, 3)
    ordinary = Ranking.objects.filter(item__control="").first()
    assert ordinary is not None
    nothing = labeler.client.post(f"/api/v1/submissions/{ordinary.client_uuid}/feedback")
    assert nothing.status_code == 204


def test_a_trap_is_passed_when_its_answer_is_not_best(cast: Cast) -> None:
    for number in range(2):
        pair_item(cast, number)
    work_off(Labeling(cast.labeler, cast.project), 2)
    made = client_for(cast.admin).post(address(cast, "traps"), {"count": 2}, format="json")
    assert made.json() == {"made": 2}
    for number in range(10, 20):
        pair_item(cast, number)
    rates(cast, trap_percent=20)
    second = Labeling(cast.second_labeler, cast.project)
    best = iter([True, False])
    while second.claim().status_code == 200:
        work = second.work()
        item = Item.objects.get(pk=work["item"]["id"])
        ids = [one["id"] for one in work["completions"]]
        if item.control:
            trap = str(ControlItem.objects.get(item=item.control_of_id).trap_id)
            ids.sort(key=lambda one: one != trap, reverse=not next(best))
        second.submit(work, tiers=[[one] for one in ids])
    told = client_for(cast.reviewer).get(address(cast, "control-results")).json()
    assert (told["traps"]["items"], told["traps"]["share"]) == (2, 0.5)


def test_the_consensus_counts_wins_less_losses() -> None:
    a, b, c = sorted(uuid4() for _ in range(3))
    # three people: a over b 3:0, a over c 2:1, b over c 3:0
    votes = {(a, b): 3, (a, c): 2, (c, a): 1, (b, c): 3}
    found = candidate(uuid4(), 3, votes)
    assert found is not None
    assert found.tiers == [[a], [b], [c]]
    assert found.agreement == pytest.approx((3 + 1 + 3) / 9), "agreeing of nine pairs of people"
    assert candidate(uuid4(), 2, {(a, b): 1, (b, a): 1}) is None, "a draw tells nothing apart"


def test_self_agreement_counts_pairs_told_apart_both_times(cast: Cast) -> None:
    item = Item(project=cast.project)
    assert item.control == ""
    one, two, three = (uuid4() for _ in range(3))
    from annotation.labeling.models import Placement

    def placed(**tiers: int) -> list[Placement]:
        keys = {"one": one, "two": two, "three": three}
        return [Placement(completion_id=keys[name], tier=tier) for name, tier in tiers.items()]

    first, second = placed(one=1, two=2, three=3), placed(one=2, two=1, three=2)
    assert self_agreement(first, second) == (1, 2, 1)


def test_gold_that_was_not_answered_as_expected_is_listed_for_review(cast: Cast) -> None:
    gold(cast, explanation="Because.")
    gold(cast)
    for number in range(12):
        pair_item(cast, number)
    rates(cast, gold_percent=20)
    labeler = Labeling(cast.labeler, cast.project)
    submit_gold(labeler, ["good", "middling", "bad"])
    submit_gold(labeler, ["bad", "middling", "good"])
    answer = client_for(cast.reviewer).get(address(cast, "failed-gold"))
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["bar"] == 0.7
    (row,) = told["results"]
    assert (row["expected"], row["given"]) == ([[1], [2], [3]], [[3], [2], [1]])
    assert (row["points"], row["pairs"], row["labeler_name"]) == (0, 3, "Labeler")
    other = f"?labeler={cast.second_labeler.pk}"
    assert (
        client_for(cast.reviewer).get(address(cast, "failed-gold") + other).json()["results"] == []
    )
