"""One's own pace by the days of one's own time zone, and how far the project is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from annotation.labeling.models import Ranking
from tests.annotation.labeling.work import Labeling, demonstration_item, ranking_item
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def progress(at: Labeling, zone: str | None = None) -> Any:
    path = f"/api/v1/projects/{at.project.id}/my-progress"
    return at.client.get(path, {"tz": zone} if zone else {})


def made_at(ranking: Ranking, moment: datetime) -> None:
    """Move a judgment in time, past the guard that keeps judgments as they are."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE labeling_ranking DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE labeling_ranking SET created_at = %s WHERE id = %s", [moment, ranking.pk]
        )
        cursor.execute("ALTER TABLE labeling_ranking ENABLE TRIGGER USER")


def test_the_last_fourteen_days_are_there_with_their_zeros(cast: Cast) -> None:
    ranking_item(cast.project, needed=2)
    demonstration_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    for _ in range(2):
        work = at.work()
        if work["item"]["kind"] == "ranking":
            at.submit(work)
        else:
            at.write(work, "The ideal answer.")
    days = progress(at).json()["days"]
    today = datetime.now(UTC).date()
    assert [day["date"] for day in days] == [
        str(today - timedelta(days=back)) for back in range(13, -1, -1)
    ]
    assert [day["count"] for day in days] == [0] * 13 + [2]
    assert days[-1]["active_ms"] == 4000
    mine = progress(Labeling(cast.second_labeler, cast.project)).json()
    assert [day["count"] for day in mine["days"]] == [0] * 14


def test_a_day_begins_at_the_labelers_midnight(cast: Cast) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    at.submit(at.work())
    now = datetime.now(UTC)
    late = datetime(now.year, now.month, now.day, 20, 0, tzinfo=UTC) - timedelta(days=3)
    made_at(Ranking.objects.get(), late)  # 20:00 in London is 04:00 of the next day in Shanghai

    def worked(zone: str) -> list[str]:
        return [day["date"] for day in progress(at, zone).json()["days"] if day["count"]]

    assert worked("UTC") == [str(late.date())]
    assert worked("Asia/Shanghai") == [str(late.date() + timedelta(days=1))]
    assert progress(at).json()["done_today"] == 0


def test_the_progress_of_the_project_counts_everybodys_judgments(cast: Cast) -> None:
    ranking_item(cast.project, needed=3)
    ranking_item(cast.project, needed=2)
    for person in (cast.labeler, cast.second_labeler):
        at = Labeling(person, cast.project)
        at.submit(at.work())
    found = progress(at).json()
    assert (found["project_done"], found["project_total"]) == (2, 5)
    assert found["done_total"] == 1


def test_unfinished_work_is_counted_until_it_is_handed_in(cast: Cast) -> None:
    ranking_item(cast.project)
    at = Labeling(cast.labeler, cast.project)
    work = at.work()
    assert progress(at).json()["drafts"] == 0
    at.draft(work, 0, {"places": {}})
    assert progress(at).json()["drafts"] == 1
    at.submit(work)
    assert progress(at).json()["drafts"] == 0


@pytest.mark.parametrize("zone", ["Atlantis/Deep", "'; DROP TABLE x", "%", "x" * 500])
def test_a_time_zone_that_nobody_knows_is_refused_by_name(cast: Cast, zone: str) -> None:
    answer = progress(Labeling(cast.labeler, cast.project), zone)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "tz"
