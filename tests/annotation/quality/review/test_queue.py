"""The review queue: what stands in it, in which order, and that two people never get the same."""

from uuid import uuid4

import pytest

from annotation.corpus.models import Prompt
from annotation.labeling import services
from annotation.labeling.models import Item
from annotation.quality.models import ReviewEntry, Stir
from annotation.quality.review import figures
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.annotation.quality.review.orders import judge, third_labeler, twice
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def rows(cast: Cast, query: str = "", who: str = "reviewer") -> list[dict]:
    answer = client_for(cast.people[who]).get(
        f"/api/v1/projects/{cast.project.pk}/review-queue{query}"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_items_stand_in_the_order_of_the_share_of_pairs_on_which_two_labelers_differ(
    cast: Cast,
) -> None:
    alike, *_ = twice(cast, "a|b|c", "a|b|c")
    one_of_three, *_ = twice(cast, "a|b|c", "b|a|c")  # only the pair a, b
    all_three, *_ = twice(cast, "a|b|c", "c|b|a")
    found = rows(cast)
    assert [row["item"] for row in found] == [str(all_three.pk), str(one_of_three.pk)]
    assert [row["discordant"] for row in found] == pytest.approx([1.0, 1 / 3])
    assert [row["reasons"] for row in found] == [["order"], ["order"]]
    assert ReviewEntry.objects.get(item=alike).discordant == 0


def test_a_tie_says_nothing_about_a_pair(cast: Cast) -> None:
    item, *_ = twice(cast, "ab|c", "b|a|c")
    entry = ReviewEntry.objects.get(item=item)
    assert (entry.discordant, entry.tied) == (0, pytest.approx(1 / 6))
    assert rows(cast) == []


def test_a_line_drawn_elsewhere_is_a_reason(cast: Cast) -> None:
    ranking_item(cast.project, k=3, needed=2, priority=9)
    judge(cast.labeler, cast.project, "a|b|c", unacceptable_below=1)
    judge(cast.second_labeler, cast.project, "a|b|c", unacceptable_below=3)
    (row,) = rows(cast)
    # a is acceptable for both; b and c for the second alone
    assert (row["reasons"], row["cut_differs"]) == (["cut"], pytest.approx(2 / 3))
    assert row["weight"] == pytest.approx(0.25 * 2 / 3)


def test_a_flag_that_one_of_two_set_is_a_reason(cast: Cast) -> None:
    cast.project.flags = ["unsafe"]
    cast.project.save(update_fields=["flags"])
    item = ranking_item(cast.project, k=3, needed=2, priority=9)
    keys = [str(row.completion_id) for row in item.item_completions.order_by("position")]
    judge(cast.labeler, cast.project, "a|b|c", flags={keys[0]: ["unsafe"], keys[1]: ["unsafe"]})
    judge(cast.second_labeler, cast.project, "a|b|c", flags={keys[1]: ["unsafe"]})
    (row,) = rows(cast)
    assert (row["reasons"], row["flags_differ"]) == (["flags"], pytest.approx(0.5))


def test_single_judgments_stand_in_it_for_reasons_of_their_own(cast: Cast) -> None:
    for _ in range(4):
        ranking_item(cast.project, k=3, priority=5)
        judge(cast.labeler, cast.project, "a|b|c", active_ms=60_000)
    ranking_item(cast.project, k=3, priority=5)
    quick = judge(cast.labeler, cast.project, "a|b|c", active_ms=2_000)
    ranking_item(cast.project, k=3, priority=5)
    unable = judge(cast.labeler, cast.project, "a", active_ms=60_000)
    skipped = ranking_item(cast.project, k=3, needed=3, priority=5)
    for person in (cast.labeler, cast.second_labeler):
        at_work = Labeling(person, cast.project)
        assert at_work.skip(at_work.work()).status_code == 204  # the labeler passes it over
    found = {row["item"]: row["reasons"] for row in rows(cast)}
    assert found == {
        str(quick.item_id): ["fast"],
        str(unable.item_id): ["cannot_judge"],
        str(skipped.pk): ["skipped"],
    }


def test_what_is_taken_back_changes_the_figures(cast: Cast) -> None:
    item, one, _ = twice(cast, "a|b|c", "c|b|a")
    services.withdraw_ranking(actor=cast.reviewer, ranking=one, reason="by mistake")
    assert rows(cast) == []
    assert ReviewEntry.objects.get(item=item).discordant is None
    services.restore_ranking(actor=cast.reviewer, ranking=one, reason="after all")
    assert [row["discordant"] for row in rows(cast)] == [1.0]


def test_figures_are_worked_out_once_for_what_happened(cast: Cast) -> None:
    twice(cast, "a|b|c", "c|b|a")
    assert Stir.objects.count() == 0
    assert figures.refresh_all() == 0


def test_filters_and_pages_give_every_item_once(cast: Cast) -> None:
    cast.project.judgments_per_item = 2
    items = {str(twice(cast, "a|b|c", "c|b|a")[0].pk) for _ in range(5)}
    seen: list[str] = []
    address: str | None = f"/api/v1/projects/{cast.project.pk}/review-queue?page_size=2"
    while address:
        page = client_for(cast.reviewer).get(address).json()
        seen += [row["item"] for row in page["results"]]
        address = page["next"]
    assert len(seen) == 5
    assert set(seen) == items
    assert len(rows(cast, f"?labeler={cast.labeler.pk}")) == 5
    assert rows(cast, f"?labeler={cast.admin.pk}") == []
    assert len(rows(cast, "?guideline=1&reason=order")) == 5
    assert rows(cast, "?guideline=2") == rows(cast, "?reason=cut") == []
    assert rows(cast, "?until=2020-01-01T00:00:00Z") == []
    Prompt.objects.filter(items__in=items).exclude(items=seen[0]).update(tags=["medicine"])
    assert len(rows(cast, "?tag=medicine")) == 4


def test_two_reviewers_are_given_different_items(cast: Cast) -> None:
    twice(cast, "a|b|c", "c|b|a")
    twice(cast, "a|b|c", "c|b|a")
    address = f"/api/v1/projects/{cast.project.pk}/review-claims"
    mine = client_for(cast.reviewer).post(address, {}, format="json").json()["item"]
    theirs = client_for(cast.admin).post(address, {}, format="json").json()["item"]
    assert None not in (mine, theirs)
    assert mine != theirs
    assert client_for(cast.reviewer).post(address, {}, format="json").json()["item"] == mine
    taken = client_for(cast.reviewer).post(address, {"item": theirs}, format="json")
    assert (taken.status_code, taken.json()["code"]) == (409, "being_reviewed")
    assert {row["reviewer_name"] for row in rows(cast)} == {"Reviewer", "Admin"}
    client_for(cast.admin).post(f"/api/v1/items/{theirs}/review/let-go")
    assert (
        client_for(cast.reviewer).post(address, {"item": theirs}, format="json").status_code == 200
    )


def test_a_decided_item_comes_back_when_somebody_judges_it_again(cast: Cast) -> None:
    item, one, two = twice(cast, "a|b|c", "c|b|a")
    body = {"outcome": "another_opinion"}
    address = f"/api/v1/items/{item.pk}/adjudications/{uuid4()}"
    assert client_for(cast.reviewer).put(address, body, format="json").status_code == 201
    item.refresh_from_db()
    assert (item.state, item.needed, item.counted) == ("open", 3, 2)
    assert rows(cast) == []
    assert [row["item"] for row in rows(cast, "?state=decided")] == [str(item.pk)]
    judge(third_labeler(cast.project), cast.project, "b|a|c")
    assert [row["item"] for row in rows(cast)] == [str(item.pk)]
    assert Item.objects.get(pk=item.pk).state == "done"
