"""An answer written beside a ranking: kept with it, undone with it, learnt from, never judged by its author."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from annotation.corpus.models import Completion
from annotation.labeling import services
from annotation.labeling.models import Demonstration, Item, Ranking
from tests.annotation.corpus.files import given_out
from tests.annotation.labeling.work import Labeling, drift, ids, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
TEXT = "  Written by me,\nas it stands. "


def test_it_is_stored_once_with_its_ranking(first: Labeling) -> None:
    item = ranking_item(first.project)
    work, key = first.work(), uuid4()
    better = {"text": TEXT, "based_on": ids(work)[1]}
    answers = [first.submit(work, key, better_answer=better) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    changed = first.submit(work, key, better_answer=better | {"based_on": None})
    assert changed.status_code == 422
    made = Demonstration.objects.get()
    assert (made.text, made.state, made.ranking) == (TEXT, "counted", Ranking.objects.get())
    assert (str(made.based_on_id), made.prompt_id) == (ids(work)[1], item.prompt_id)
    assert (made.completion.text, made.completion.author_id) == (TEXT, first.user.pk)
    item.refresh_from_db()
    assert (item.counted, item.state) == (1, "done")


def test_it_is_one_judgment_and_shows_with_its_ranking(cast: Cast, first: Labeling) -> None:
    item = ranking_item(first.project)
    first.submit(work := first.work(), better_answer={"text": TEXT})
    path = f"/api/v1/projects/{first.project.id}"
    assert len(first.client.get(f"{path}/my-judgments").json()["results"]) == 1
    assert first.client.get(f"{path}/my-progress").json()["done_total"] == 1
    seen = client_for(cast.reviewer).get(f"/api/v1/items/{item.id}").json()
    assert seen["demonstrations"] == []
    assert seen["rankings"][0]["content"]["better_answer"] == {"text": TEXT, "based_on": None}
    assert len(ids(work)) == 3


def test_undo_takes_it_back_and_brings_it_into_the_draft(first: Labeling) -> None:
    ranking_item(first.project)
    work, key = first.work(), uuid4()
    better = {"text": TEXT, "based_on": ids(work)[0]}
    first.submit(work, key, better_answer=better)
    back = first.undo(key).json()
    assert back["draft"]["payload"]["better_answer"] == better
    made = Demonstration.objects.get()
    assert (made.state, made.completion.withdrawn_at is None) == ("withdrawn", False)
    assert first.submit(back, better_answer={"text": "Better still."}).status_code == 201
    counted = Demonstration.objects.get(state="counted")
    assert (counted.text, counted.completion.withdrawn_at) == ("Better still.", None)
    assert [row["completion"] for row in given_out(first.project, "demonstrations")] == [
        "Better still."
    ]


def test_a_successor_without_one_leaves_none(first: Labeling) -> None:
    ranking_item(first.project)
    key = uuid4()
    first.submit(first.work(), key, better_answer={"text": TEXT})
    first.submit(first.reopen(key).json(), better_answer=None)
    assert Demonstration.objects.get().state == "withdrawn"
    assert not Completion.objects.filter(origin="human", withdrawn_at=None).exists()


def test_review_and_voiding_take_it_back_as_well(cast: Cast, first: Labeling) -> None:
    reviewer, admin = client_for(cast.reviewer), client_for(cast.admin)
    ranking_item(first.project)
    sent = first.submit(first.work(), better_answer={"text": TEXT}).json()
    reviewer.post(f"/api/v1/rankings/{sent['id']}/withdraw", {"reason": "copied"}, format="json")
    assert Demonstration.objects.get().state == "withdrawn"
    item = ranking_item(first.project)
    first.submit(first.work(), better_answer={"text": TEXT})
    admin.post(f"/api/v1/items/{item.id}/void", {"withdraw_judgments": True}, format="json")
    assert set(Demonstration.objects.values_list("state", flat=True)) == {"withdrawn"}
    assert drift() == []


def test_exports_tell_what_it_was_made_from(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    first.submit(work, better_answer={"text": TEXT, "based_on": ids(work)[2]})
    (row,) = given_out(first.project, "demonstrations")
    assert (row["completion"], row["based_on"]) == (TEXT, work["completions"][2]["text"])


def test_nobody_is_asked_to_judge_the_better_answer_they_wrote(
    first: Labeling, second: Labeling
) -> None:
    item = ranking_item(first.project)
    first.submit(first.work(), better_answer={"text": TEXT})
    completions = list(Completion.objects.filter(prompt=item.prompt))
    groups = {item.prompt_id: completions}
    services.create_ranking_items(project=first.project, groups=groups, k=9)
    assert Item.objects.exclude(pk=item.pk).get().item_completions.count() == 4
    assert first.claim().status_code == 204
    assert TEXT in [one["text"] for one in second.work()["completions"]]


def test_the_database_ties_it_to_a_ranking(first: Labeling) -> None:
    ranking_item(first.project)
    work = first.work()
    first.submit(work, better_answer={"text": TEXT, "based_on": ids(work)[0]})
    made = Demonstration.objects.get()
    made.pk, made.client_uuid, made.ranking, made.state = uuid4(), uuid4(), None, "surplus"
    made.completion = Completion.objects.create(
        prompt=made.prompt, origin="human", author=first.user, text="x", text_hash="x"
    )
    with (
        pytest.raises(IntegrityError, match="based_on_beside_a_ranking"),
        transaction.atomic(),
    ):
        made.save(force_insert=True)


@pytest.mark.parametrize(
    "grades", ['{"a": 8}', '{"a": 0}', '{"a": "5"}', '{"a": 2.5}', "[3]", '{"a": [1]}']
)
def test_the_database_refuses_grades_beyond_1_to_7(first: Labeling, grades: str) -> None:
    ranking_item(first.project)
    first.submit(first.work())
    change = "UPDATE labeling_placement SET grades = %s::jsonb"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE labeling_placement DISABLE TRIGGER USER")
        with pytest.raises(IntegrityError, match="grades_1_to_7"):
            cursor.execute(change, [grades])
