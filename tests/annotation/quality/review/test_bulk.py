"""Taking out and putting back many judgments: counted first, whole, and undone exactly."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.labeling.models import (
    Demonstration,
    Item,
    Ranking,
    Report,
    Slot,
    Withdrawal,
)
from annotation.labeling.services import restore_ranking, withdraw_ranking
from annotation.lib.errors import Conflict, Invalid
from annotation.quality.models import BulkAct, BulkTarget
from annotation.quality.review import bulk
from annotation.quality.review.bulk import BulkFilter
from tests.annotation.labeling.work import Labeling, demonstration_item, drift, ranking_item
from tests.annotation.quality.review.orders import judge, picture, third_labeler, twice
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def begin(cast: Cast, act: str = "withdraw", **wanted: Any) -> BulkAct:
    made, _ = bulk.begin(
        actor=cast.admin, project=cast.project, client_uuid=uuid4(), act=act,
        wanted=BulkFilter(**wanted), reason="sorted by length",
    )  # fmt: skip
    return made


def undo(cast: Cast, act: BulkAct) -> BulkAct:
    return bulk.undo(actor=cast.admin, original=act, client_uuid=uuid4(), reason="a mistake")[0]


def outcomes(act: BulkAct) -> list[str]:
    return list(
        BulkTarget.objects.filter(bulk_act=act).order_by("id").values_list("outcome", flat=True)
    )


def test_the_effect_is_told_before_anything_happens(cast: Cast) -> None:
    twice(cast, "a|b|c", "c|b|a")
    twice(cast, "a|b|c", "c|b|a")
    before = picture(cast.project)
    body = {"act": "withdraw", "filter": {"labeler": str(cast.labeler.pk)}}
    address = f"/api/v1/projects/{cast.project.pk}/bulk-effects"
    answer = client_for(cast.admin).post(address, body, format="json")
    assert answer.json() == {
        "judgments": 2, "counted": 2, "surplus": 0, "items": 2, "labelers": 1, "reopened": 2,
        "would_be_surplus": 0, "would_stay_out": 0, "snapshots": [],
    }  # fmt: skip
    assert picture(cast.project) == before
    empty = client_for(cast.admin).post(address, body | {"filter": {}}, format="json")
    assert empty.status_code == 400


def test_one_labelers_judgments_go_and_come_back(cast: Cast) -> None:
    twice(cast, "a|b|c", "c|b|a")
    twice(cast, "a|b|c", "c|b|a")
    before = picture(cast.project)
    act = begin(cast, labeler=cast.labeler.pk)
    assert (act.state, act.total, outcomes(act)) == ("done", 2, ["withdrawn", "withdrawn"])
    assert Ranking.objects.filter(state="withdrawn").count() == 2
    assert set(Item.objects.values_list("state", "counted")) == {("open", 1)}
    assert drift() == []
    back = undo(cast, act)
    assert (back.act, back.undoes, outcomes(back)) == ("restore", act, ["counted", "counted"])
    assert picture(cast.project) == before
    assert drift() == []
    with pytest.raises(Conflict, match="undone already"):
        undo(cast, act)
    redone = undo(cast, back)
    assert outcomes(redone) == ["withdrawn", "withdrawn"]


def test_what_somebody_else_did_meanwhile_is_left_alone_by_undo(cast: Cast) -> None:
    _, one, _ = twice(cast, "a|b|c", "c|b|a")
    _, two, _ = twice(cast, "a|b|c", "c|b|a")
    act = begin(cast, labeler=cast.labeler.pk)
    restore_ranking(actor=cast.reviewer, ranking=one, reason="fine")
    withdraw_ranking(actor=cast.reviewer, ranking=one, reason="not fine")
    back = undo(cast, act)
    assert outcomes(back) == ["left", "counted"]
    assert BulkTarget.objects.get(bulk_act=back, ranking=one).rule == "changed_since"
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.state, two.state) == ("withdrawn", "counted")


def test_where_the_slot_was_filled_meanwhile_the_judgment_comes_back_as_surplus(cast: Cast) -> None:
    item = ranking_item(cast.project, k=3)
    judge(cast.labeler, cast.project, "a|b|c")
    act = begin(cast, labeler=cast.labeler.pk)
    judge(cast.second_labeler, cast.project, "b|a|c")
    address = f"/api/v1/projects/{cast.project.pk}/bulk-effects"
    body = {"act": "restore", "filter": {"labeler": str(cast.labeler.pk)}}
    told = client_for(cast.admin).post(address, body, format="json").json()
    assert (told["judgments"], told["would_be_surplus"]) == (1, 1)
    assert outcomes(undo(cast, act)) == ["surplus"]
    item.refresh_from_db()
    assert (item.state, item.counted) == ("done", 1)
    assert drift() == []


def test_what_its_author_took_back_is_not_put_back_by_others(cast: Cast) -> None:
    ranking_item(cast.project, k=3)
    ranking = judge(cast.labeler, cast.project, "a|b|c")
    assert Labeling(cast.labeler, cast.project).undo(ranking.client_uuid).status_code == 200
    with pytest.raises(Conflict, match="took this back"):
        restore_ranking(actor=cast.admin, ranking=ranking, reason="no")
    body = {"act": "restore", "filter": {"labeler": str(cast.labeler.pk)}}
    address = f"/api/v1/projects/{cast.project.pk}/bulk-effects"
    assert client_for(cast.admin).post(address, body, format="json").json()["judgments"] == 0


def test_many_are_left_to_a_worker_who_goes_on_where_another_stopped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    for _ in range(3):
        twice(cast, "a|b|c", "c|b|a")
    act = begin(cast, guideline=1)
    assert (act.state, outcomes(act)) == ("running", [""] * 6)
    assert bulk.advance(act, 4) == 4
    assert outcomes(act).count("") == 2
    with pytest.raises(Conflict, match="under way"):
        undo(cast, act)
    assert bulk.advance_all() == 2
    act.refresh_from_db()
    assert (act.state, outcomes(act)) == ("done", ["withdrawn"] * 6)
    assert bulk.advance_all() == 0


def test_a_stopped_act_is_undone_as_far_as_it_came(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 1)
    twice(cast, "a|b|c", "c|b|a")
    before = picture(cast.project)
    act = begin(cast, guideline=1)
    bulk.advance(act, 1)
    client = client_for(cast.admin)
    assert client.post(f"/api/v1/bulk-acts/{act.pk}/stop").json()["state"] == "stopped"
    assert bulk.advance(act) == 0
    body = {"client_uuid": str(uuid4()), "reason": "enough"}
    back = client.post(f"/api/v1/bulk-acts/{act.pk}/undo", body, format="json")
    assert (back.status_code, back.json()["total"], back.json()["counted"]) == (201, 1, 1)
    assert picture(cast.project) == before


def test_sending_an_act_again_begins_no_second_one(cast: Cast) -> None:
    twice(cast, "a|b|c", "c|b|a")
    body = {
        "act": "withdraw", "filter": {"labeler": str(cast.labeler.pk)}, "reason": "odd",
        "client_uuid": str(uuid4()),
    }  # fmt: skip
    address = f"/api/v1/projects/{cast.project.pk}/bulk-acts"
    client = client_for(cast.admin)
    codes = [client.post(address, body, format="json").status_code for _ in range(2)]
    assert codes == [201, 200]
    other = client.post(address, body | {"reason": "else"}, format="json")
    assert (other.status_code, other.json()["code"]) == (422, "different_content")
    assert client_for(cast.reviewer).post(address, body, format="json").status_code == 403
    assert BulkAct.objects.count() == 1
    assert Withdrawal.objects.count() == 1


def written(cast: Cast, text: str) -> Demonstration:
    """A demonstration by the first labeler, of an item of its own."""
    demonstration_item(cast.project)
    at_work = Labeling(cast.labeler, cast.project)
    client = uuid4()
    assert at_work.write(at_work.work(), text, client).status_code == 201
    return Demonstration.objects.get(client_uuid=client)


def standing() -> list[tuple[str, bool]]:
    """Demonstrations in their order: state, and whether their completion is in circulation."""
    rows = Demonstration.objects.order_by("id").values_list("state", "completion__withdrawn_at")
    return [(state, withdrawn_at is None) for state, withdrawn_at in rows]


def test_demonstrations_go_and_come_back_as_rankings_do(cast: Cast) -> None:
    one, two = written(cast, "First"), written(cast, "Second")
    twice(cast, "a|b|c", "c|b|a")
    filter_ = {"labeler": str(cast.labeler.pk)}
    body = {"act": "withdraw", "of": "demonstration", "filter": filter_}
    client, project = client_for(cast.admin), f"/api/v1/projects/{cast.project.pk}"
    told = client.post(f"{project}/bulk-effects", body, format="json").json()
    assert (told["judgments"], told["reopened"], told["labelers"]) == (2, 2, 1)
    act = begin(cast, of="demonstration", labeler=cast.labeler.pk)
    assert (act.of, outcomes(act)) == ("demonstration", ["withdrawn", "withdrawn"])
    assert standing() == [("withdrawn", False), ("withdrawn", False)]
    assert Ranking.objects.filter(state="counted").count() == 2
    assert drift() == []
    refilled = Labeling(cast.second_labeler, cast.project)
    assert refilled.write(refilled.work(), "Third").status_code == 201
    back = undo(cast, act)
    assert sorted(outcomes(back)) == ["counted", "surplus"]
    assert [in_circulation for _, in_circulation in standing()] == [True, True, True]
    assert drift() == []
    filled = Item.objects.get(pk__in=[one.item_id, two.item_id], slots__labeler=cast.second_labeler)
    taken = one if filled.pk == one.item_id else two
    assert Demonstration.objects.get(pk=taken.pk).state == "surplus"


def test_a_demonstration_that_a_report_took_out_stays_out_of_circulation(cast: Cast) -> None:
    one = written(cast, "First")
    act = begin(cast, of="demonstration", judgments=(one.pk,))
    Report.objects.create(
        project=cast.project, item=one.item, prompt=one.prompt, completion=one.completion,
        labeler=cast.second_labeler, reason="harmful",
    )  # fmt: skip
    assert outcomes(undo(cast, act)) == ["counted"]
    assert standing() == [("counted", False)]


def test_a_better_answer_is_no_target_of_its_own(cast: Cast) -> None:
    ranking_item(cast.project, k=3)
    judge(cast.labeler, cast.project, "a|b|c", better_answer={"text": "Better"})
    with pytest.raises(Invalid) as refused:
        begin(cast, of="demonstration", labeler=cast.labeler.pk)
    assert refused.value.details["errors"][0]["rule"] == "nothing"
    act = begin(cast, labeler=cast.labeler.pk)
    assert standing() == [("withdrawn", False)]
    undo(cast, act)
    assert standing() == [("counted", True)]


ACTS = st.lists(st.sampled_from(["withdraw", "judge", "surplus", "void"]), max_size=4)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=ACTS, needed=st.integers(1, 3), by=st.sampled_from(["labeler", "guideline"]))
def test_undo_gives_back_exactly_what_was_there(
    cast: Cast, first: list[str], needed: int, by: str
) -> None:
    """Whatever state review and labelers left the items in, withdraw and undo change nothing."""
    project = cast.project
    item = ranking_item(project, k=3, needed=needed, priority=float(Item.objects.count() + 9))
    one = judge(cast.labeler, project, "a|b|c")
    for number, step in enumerate(first):
        if step == "withdraw" and Ranking.objects.get(pk=one.pk).state == "counted":
            withdraw_ranking(actor=cast.reviewer, ranking=one, reason="odd")
        elif step == "judge" and Slot.objects.filter(item=item, state="open").exists():
            name = f"p{Item.objects.count()}-{number}-{uuid4().hex[:6]}"
            judge(third_labeler(project, name), project, "c|b|a")
        elif step == "surplus" and Ranking.objects.get(pk=one.pk).state == "withdrawn":
            restore_ranking(actor=cast.reviewer, ranking=one, reason="after all")
        elif step == "void":
            client_for(cast.admin).post(f"/api/v1/items/{item.pk}/void", {}, format="json")
    wanted = {"labeler": cast.labeler.pk} if by == "labeler" else {"guideline": 1}
    before = picture(project)
    if not bulk.targets(project, "withdraw", BulkFilter(**wanted)).exists():
        return
    act = begin(cast, **wanted)
    assert set(outcomes(act)) == {"withdrawn"}
    assert drift() == []
    undo(cast, act)
    assert picture(project) == before
    assert drift() == []
