"""Looking through a project's data: filters that say what they mean, pages that miss and repeat nothing."""

import pytest

from annotation.corpus.models import Prompt
from annotation.delivery import explorer
from annotation.labeling.models import Ranking
from annotation.labeling.services import withdraw_ranking
from tests.annotation.labeling.work import prompt_set
from tests.annotation.runs.judgments import add_demonstration, add_rankings
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def look(cast: Cast, what: str = "rankings", person: str = "admin", **query: object) -> list[dict]:  # type: ignore[type-arg]
    """All rows of all pages, two at a time."""
    client = client_for(cast.people[person])
    address: str | None = f"/api/v1/projects/{cast.project.id}/explorer/{what}"
    answer = client.get(address, {"page_size": 2, **query})
    rows = []
    while True:
        assert answer.status_code == 200, answer.content
        rows += answer.json()["results"]
        address = answer.json()["next"]
        if address is None:
            return rows
        answer = client.get(address)


def test_every_filter_finds_what_it_names(cast: Cast) -> None:
    given = add_rankings(cast, 4)
    add_rankings(cast, 1, labeler=cast.second_labeler)
    strict, tied, single, all_tied = [str(one.id) for one in given]
    withdraw_ranking(actor=cast.admin, ranking=given[2], reason="a mistake")
    by = {"labeler": str(cast.labeler.id)}
    assert {row["id"] for row in look(cast, **by)} == {strict, tied, single, all_tied}
    assert {row["id"] for row in look(cast, ties=True)} == {tied, all_tied}
    assert {row["id"] for row in look(cast, cut=True)} == {tied}
    assert {row["id"] for row in look(cast, state="withdrawn")} == {single}
    assert {row["id"] for row in look(cast, q="question 3 OF labeler")} == {all_tied}
    assert len(look(cast, k=4, guideline=1, mode="tiers")) == 5
    assert look(cast, k=3) == look(cast, guideline=2) == look(cast, flagged=True) == []
    assert len(look(cast, prompt_set=str(prompt_set(cast.project).id))) == 5
    Prompt.objects.filter(items=given[0].item_id).update(tags=["medicine", "new"])
    assert {row["id"] for row in look(cast, tag="medicine")} == {strict}
    assert [row["item_id"] for row in look(cast, "items", tag="new")] == [str(given[0].item_id)]
    assert look(cast, until="2020-01-01T00:00:00Z") == []
    assert len(look(cast, since="2020-01-01T00:00:00Z")) == 5


def test_pages_are_newest_first_and_miss_nothing_while_the_window_is_small(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [str(one.id) for one in add_rankings(cast, 8)]
    assert [row["id"] for row in look(cast)] == given[::-1]
    monkeypatch.setattr(explorer, "WINDOW", 3)
    assert [row["id"] for row in look(cast, cut=True)] == [given[5], given[1]]
    monkeypatch.setattr(explorer, "TEXT_WINDOW", 3)
    assert [row["id"] for row in look(cast, q="of labeler")] == given[::-1]
    monkeypatch.setattr(explorer, "TEXT_SECONDS", 0.0)  # the time is up after the first three
    assert [row["id"] for row in look(cast, q="of labeler")] == given[::-1]
    assert [row["id"] for row in look(cast, q="question 1 of labeler")] == [given[1]]


def test_pairs_items_and_demonstrations_are_rows_too(cast: Cast) -> None:
    add_rankings(cast, 2)
    add_demonstration(cast, "An ideal answer.")
    # four in a strict order: six pairs; two tied above a third, one unplaced: three
    pairs = look(cast, "pairs")
    assert len(pairs) == 6 + 3
    assert sum(row["is_tie"] for row in pairs) == 1
    assert len(look(cast, "items", k=4)) == 2
    assert len(look(cast, "items", cut=True)) == 1
    assert [row["text"] for row in look(cast, "demonstrations")] == ["An ideal answer."]
    assert look(cast, "demonstrations", ties=True) == []


def test_reviewers_are_not_told_who_wrote_a_completion(cast: Cast) -> None:
    ranking = add_rankings(cast, 1)[0]
    assert look(cast)[0]["systems"] == ["secret-system"] * 4
    assert look(cast, person="reviewer")[0]["systems"] == []
    reviewer = client_for(cast.reviewer)
    answer = reviewer.get(f"/api/v1/judgments/{ranking.id}")
    assert b"secret-system" not in answer.content
    explorer_of = f"/api/v1/projects/{cast.project.id}/explorer/rankings"
    assert reviewer.get(explorer_of, {"policy_version": str(ranking.id)}).status_code == 403


def test_one_judgment_is_shown_with_everything_as_stored(cast: Cast) -> None:
    ranking = add_rankings(cast, 4)[3]
    row = client_for(cast.admin).get(f"/api/v1/judgments/{ranking.id}").json()
    assert [one["tier"] for one in row["completions"]] == [1, 1, 1, 1]
    assert row["direct"][0]["strength"] == 3
    assert row["presentation"]["seed"] == ranking.presentation.seed  # type: ignore[union-attr]
    assert row["content_hash"] == ranking.content_hash
    assert row["active_ms"] == 4000


def test_counts_are_exact_up_to_their_bound(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    add_rankings(cast, 3)
    address = f"/api/v1/projects/{cast.project.id}/explorer/rankings/count"
    client = client_for(cast.admin)
    assert client.get(address).json() == {"number": 3, "more": False}
    assert client.get(address, {"ties": True}).json() == {"number": 1, "more": False}
    monkeypatch.setattr(explorer, "COUNT_UP_TO", 2)
    assert client.get(address).json() == {"number": 2, "more": True}
    assert Ranking.objects.count() == 3


def test_a_view_is_saved_under_its_name_for_its_owner_alone(cast: Cast) -> None:
    address = f"/api/v1/projects/{cast.project.id}/views"
    admin = client_for(cast.admin)
    for query in ("ties=true", "cut=true"):
        body = {"name": "doubtful", "query": query}
        assert admin.post(address, body, format="json").status_code == 201
    (view,) = admin.get(address).json()
    assert view["query"] == "cut=true"
    assert client_for(cast.ml).get(address).json() == []
    assert client_for(cast.ml).delete(f"/api/v1/views/{view['id']}").status_code == 404
    assert admin.delete(f"/api/v1/views/{view['id']}").status_code == 204
    assert admin.get(address).json() == []
