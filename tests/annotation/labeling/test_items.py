"""Items are made once, out of different texts, the same way every time."""

import random
from uuid import uuid4

import pytest

from annotation.corpus.models import Completion, Prompt
from annotation.labeling import services
from annotation.labeling.models import Item, ItemCompletion, Slot
from annotation.lib.errors import Invalid
from annotation.projects.models import Project
from tests.annotation.labeling.work import (
    Labeling,
    add_completion,
    add_prompt,
    prompt_set,
    ranking_item,
)
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(cast: Cast) -> Project:
    return cast.project


def sampled(project: Project, texts: list[str]) -> tuple[Prompt, list[Completion]]:
    prompt = add_prompt(project, f"Prompt {uuid4()}")
    return prompt, [add_completion(prompt, text) for text in texts]


def texts_of(item: Item) -> list[str]:
    rows = ItemCompletion.objects.filter(item=item).order_by("position")
    return [row.completion.text for row in rows.select_related("completion")]


def test_identical_texts_are_shown_once(project: Project) -> None:
    prompt, found = sampled(project, ["a", "b", " a\n", "a", "b "])
    made = services.create_ranking_items(project=project, groups={prompt.id: found}, k=9)
    assert (made.created, made.existing, made.too_few) == (1, 0, 0)
    assert sorted(texts_of(Item.objects.get())) == ["a", "b"]


def test_prompts_without_two_different_texts_make_no_item(project: Project) -> None:
    prompt, found = sampled(project, ["same", "same ", "same"])
    empty, _ = sampled(project, [])
    groups = {prompt.id: found, empty.id: []}
    made = services.create_ranking_items(project=project, groups=groups)
    assert (made.created, made.too_few) == (0, 2)


def test_making_the_same_items_again_adds_nothing(project: Project) -> None:
    groups = {
        prompt.id: found for prompt, found in (sampled(project, list("abcd")) for _ in range(3))
    }
    services.create_ranking_items(project=project, groups=groups, needed=2)
    again = services.create_ranking_items(project=project, groups=groups.items(), needed=2)
    assert (again.created, again.existing) == (0, 3)
    assert (Item.objects.count(), Slot.objects.count()) == (3, 6)
    assert ItemCompletion.objects.count() == 12


def test_of_more_completions_the_same_k_are_chosen_whatever_their_order(project: Project) -> None:
    _, found = sampled(project, [f"text {number}" for number in range(12)])
    chosen = {
        tuple(one.id for one in services.items.choose(mixed, 4))
        for mixed in (random.Random(seed).sample(found, 12) for seed in range(20))
    }
    assert len(chosen) == 1
    assert len(next(iter(chosen))) == 4


def test_which_k_are_chosen_does_not_follow_the_order_of_sampling(project: Project) -> None:
    first_ones = 0
    for _ in range(40):
        _, found = sampled(project, [f"{uuid4()}" for _ in range(8)])
        first_ones += found[0] in services.items.choose(found, 4)
    assert 8 <= first_ones <= 32  # half of 40, within four standard deviations


@pytest.mark.parametrize(("k", "needed"), [(1, 1), (10, 1), (2, 0), (2, 51)])
def test_people_get_two_to_nine_completions_and_items_one_to_fifty_judgments(
    project: Project, k: int, needed: int
) -> None:
    prompt, found = sampled(project, [f"{number}" for number in range(12)])
    with pytest.raises(Invalid):
        services.create_ranking_items(
            project=project, groups={prompt.id: found}, k=k, needed=needed
        )
    assert not Item.objects.exists()


def test_withdrawn_completions_are_left_out(project: Project) -> None:
    prompt, found = sampled(project, ["a", "b", "c"])
    Completion.objects.filter(pk=found[0].pk).update(withdrawn_at="2030-01-01T00:00:00Z")
    fresh = list(Completion.objects.filter(prompt=prompt))
    services.create_ranking_items(project=project, groups={prompt.id: fresh})
    assert sorted(texts_of(Item.objects.get())) == ["b", "c"]


def test_an_admin_makes_items_from_the_completions_at_hand(cast: Cast) -> None:
    for _ in range(2):
        sampled(cast.project, list("abcde"))
    path = f"/api/v1/projects/{cast.project.id}/items"
    body = {"prompt_set": str(prompt_set(cast.project).id), "kind": "ranking", "needed": 2, "k": 3}
    admin = client_for(cast.admin)
    answers = [admin.post(path, body, format="json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == {"created": 2, "existing": 0, "too_few": 0}
    assert answers[1].json() == {"created": 0, "existing": 2, "too_few": 0}
    assert Slot.objects.count() == 4
    assert {len(texts_of(item)) for item in Item.objects.all()} == {3}
    demonstrations = admin.post(path, {**body, "kind": "demonstration"}, format="json")
    assert demonstrations.json()["created"] == 2
    for bad in ({"k": 1}, {"k": 10}, {"needed": 0}, {"kind": "duel"}, {"prompt_set": str(uuid4())}):
        assert admin.post(path, {**body, **bad}, format="json").status_code == 400


def test_items_are_listed_and_shown_with_origin_and_judgments_to_those_who_run_the_project(
    cast: Cast,
) -> None:
    item = ranking_item(cast.project, k=2, name="What is it?")
    ranking_item(cast.project, k=2)
    labeler = Labeling(cast.labeler, cast.project)
    labeler.submit(labeler.work())
    admin = client_for(cast.admin)
    path = f"/api/v1/projects/{cast.project.id}/items"
    assert len(admin.get(path).json()["results"]) == 2
    assert len(admin.get(f"{path}?state=done").json()["results"]) == 1
    assert admin.get(f"{path}?state=lost").status_code == 400
    labeler.submit(labeler.work())
    detail = admin.get(f"/api/v1/items/{item.id}").json()
    assert detail["prompt_preview"] == "What is it?"
    assert {row["system"] for row in detail["completions"]} == {"secret-system"}
    assert len(detail["rankings"][0]["content"]["tiers"]) == 2
    assert detail["rankings"][0]["labeler_name"] == "Labeler"
    for address in (path, f"/api/v1/items/{item.id}"):
        assert labeler.client.get(address).status_code == 403
        assert client_for(cast.outsider).get(address).status_code == 404


def test_listing_items_asks_the_database_a_fixed_number_of_times(
    cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    for _ in range(12):
        ranking_item(cast.project, k=2)
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        client_for(cast.admin).get(f"/api/v1/projects/{cast.project.id}/items")
