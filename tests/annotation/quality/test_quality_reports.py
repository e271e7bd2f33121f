"""Quality reports are computed once, kept as they are, and alarms are people's to deal with."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotation.accounts.models import AuditEvent
from annotation.quality import reporting
from annotation.quality.alarms import Finding
from annotation.quality.models import Alarm, QualityReport, ReliabilityEstimate
from tests.annotation.quality.test_agreement import judge
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def computed(cast: Cast) -> QualityReport:
    report = reporting.ask(project=cast.project, actor=cast.admin)
    assert reporting.compute(report.pk, {"reward_models": []})
    report.refresh_from_db()
    return report


def standing(cast: Cast) -> Any:
    answer = client_for(cast.reviewer).get(f"/api/v1/projects/{cast.project.id}/quality")
    assert answer.status_code == 200
    return answer.json()


def test_a_report_is_asked_for_computed_by_a_worker_and_read(cast: Cast) -> None:
    judge(cast, ["0", "1", "2"], ["0", "2", "1"])  # 2 of 3
    judge(cast, ["0", "1", "2"], ["0", "1", "2"])  # 3 of 3
    judge(cast, [["0", "1"], "2"], ["0", "1", "2"])  # a tie; 2 of 2
    judge(cast, ["0", "1", "2"])
    assert standing(cast)["report"] is None
    path = f"/api/v1/projects/{cast.project.id}/quality"
    assert client_for(cast.admin).post(path).status_code == 202
    assert client_for(cast.ml).post(path).json()["is_computing"] is True
    report = QualityReport.objects.get()  # asked twice, made once
    assert reporting.look_after() == [report.pk]  # the hint may be lost
    assert reporting.compute(report.pk)
    assert not reporting.compute(report.pk)
    found = standing(cast)["report"]
    between = found["body"]["agreement"]["between"]
    assert (between["pairs"], between["agreeing"], between["ties"]) == (8, 7, 1)
    assert (found["judgments"], found["body"]["judged_twice"]) == (7, 6)
    assert set(found["names"].values()) == {"Labeler", "Second_Labeler"}
    assert found["body"]["agreement"]["by"]["guideline"][0]["name"] == "1"
    rules = {row["rule"]: row for row in found["body"]["rules"]}
    assert rules["position"]["tested"] == 0  # nobody has judged enough
    [estimate] = (
        client_for(cast.ml)
        .get(f"/api/v1/projects/{cast.project.id}/reliability-estimates")
        .json()["results"]
    )
    assert estimate["number"] == 1
    assert estimate["judgments"] == 6
    assert estimate["effective_judgments"] == pytest.approx(6.0)  # few judgments: full weight


def test_what_was_computed_stays_as_it_is(cast: Cast) -> None:
    judge(cast, ["0", "1"], ["1", "0"], k=2)
    report = computed(cast)
    estimate = ReliabilityEstimate.objects.get()
    for change in (
        lambda: QualityReport.objects.filter(pk=report.pk).update(judgments=9),
        lambda: ReliabilityEstimate.objects.filter(pk=estimate.pk).update(number=9),
        lambda: QualityReport.objects.filter(pk=report.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_taken_back_judgment_counts_in_the_report_of_before(cast: Cast) -> None:
    judge(cast, ["0", "1"], ["1", "0"], k=2)
    before = computed(cast)
    assert before.judgments == 2
    assert before.body["agreement"]["between"]["pairs"] == 1


def test_an_alarm_is_raised_once_and_rests_after_it_was_dealt_with(cast: Cast) -> None:
    judge(cast, ["0", "1"], ["1", "0"], k=2)
    report = computed(cast)
    finding = Finding("position", tested=2, flagged=[(str(cast.labeler.pk), {"judgments": 40})])
    for _ in range(2):
        reporting.raise_alarms(report, [finding])
    alarm = Alarm.objects.get()
    path = f"/api/v1/quality-alarms/{alarm.pk}"
    body = {"state": "acknowledged", "note": "We talk tomorrow."}
    assert client_for(cast.ml).post(path, body, format="json").status_code == 403
    for _ in range(2):
        assert client_for(cast.reviewer).post(path, body, format="json").status_code == 200
    assert AuditEvent.objects.filter(action="quality_alarm.decided").count() == 1
    body = {"state": "resolved", "note": "Read too quickly, spoken to."}
    answer = client_for(cast.admin).post(path, body, format="json")
    assert (answer.json()["state"], answer.json()["is_current"]) == ("resolved", True)
    again = {"state": "acknowledged", "note": "?"}
    assert client_for(cast.admin).post(path, again, format="json").status_code == 422
    reporting.raise_alarms(report, [finding])
    assert Alarm.objects.count() == 1  # the same evidence raises it no second time
    finding.flagged = [(str(cast.labeler.pk), {"judgments": 90})]
    reporting.raise_alarms(report, [finding])
    assert Alarm.objects.filter(state="new").count() == 1
    listed = client_for(cast.reviewer).get(
        f"/api/v1/projects/{cast.project.id}/quality-alarms", {"state": "new"}
    )
    assert [row["labeler_name"] for row in listed.json()["results"]] == ["Labeler"]


def test_labelers_read_nothing_of_it(cast: Cast) -> None:
    for path in ("quality", "quality-alarms", "reliability-estimates"):
        address = f"/api/v1/projects/{cast.project.id}/{path}"
        assert client_for(cast.labeler).get(address).status_code == 403
        assert client_for(cast.outsider).get(address).status_code == 404
