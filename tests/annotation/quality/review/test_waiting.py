"""What waits for somebody who reviews, as their home page tells it."""

import pytest
from django.utils import timezone

from annotation.labeling.models import Report
from annotation.quality.models import Alarm, QualityReport
from annotation.quality.review import waiting
from tests.annotation.labeling.work import Labeling, ranking_item
from tests.annotation.quality.review.orders import twice
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db

NOTHING = {"items": 0, "reports": 0, "alarms": 0}


def waits(cast: Cast, who: str = "reviewer") -> dict[str, int]:
    address = f"/api/v1/projects/{cast.project.pk}/review-waiting"
    answer = client_for(cast.people[who]).get(address)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_items_on_which_people_differ_wait_until_somebody_else_has_them(cast: Cast) -> None:
    twice(cast, "a|b|c", "a|b|c")
    assert waits(cast) == NOTHING
    for _ in range(2):
        twice(cast, "a|b|c", "c|b|a")
    assert waits(cast) == {**NOTHING, "items": 2}
    claims = f"/api/v1/projects/{cast.project.pk}/review-claims"
    client_for(cast.admin).post(claims, {"item": None, "without": []}, format="json")
    assert waits(cast)["items"] == 1, "the admin is at the other one"
    assert waits(cast, "admin")["items"] == 2


def test_a_report_waits_until_it_is_decided(cast: Cast) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    reported = at.client.post(
        f"/api/v1/slots/{work['slot_id']}/reports",
        {
            "lease_token": work["lease_token"],
            "reason": "broken",
            "completion": None,
            "note": "",
        },
        format="json",
    )
    assert reported.status_code == 201, reported.content
    report = Report.objects.get()
    assert waits(cast)["reports"] == 1
    client_for(cast.reviewer).post(f"/api/v1/reports/{report.pk}/dismiss")
    assert waits(cast)["reports"] == 0


def test_an_alarm_waits_until_somebody_looks_after_it(cast: Cast) -> None:
    report = QualityReport.objects.create(project=cast.project)
    alarm = Alarm.objects.create(
        project=cast.project, rule="ties", evidence={}, first_report=report, last_report=report
    )
    assert waits(cast) == {**NOTHING, "alarms": 1}
    Alarm.objects.filter(pk=alarm.pk).update(
        state="acknowledged", decided_by=cast.reviewer, decided_at=timezone.now()
    )
    assert waits(cast) == NOTHING


def test_no_more_is_counted_than_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        twice(cast, "a|b|c", "c|b|a")
    monkeypatch.setattr(waiting, "COUNTED_UP_TO", 2)
    assert waits(cast)["items"] == 2


@pytest.mark.parametrize("who", ["labeler", "ml"])
def test_who_does_not_review_is_told_nothing(cast: Cast, who: str) -> None:
    address = f"/api/v1/projects/{cast.project.pk}/review-waiting"
    assert client_for(cast.people[who]).get(address).status_code == 403
