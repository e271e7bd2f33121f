"""A labeler says when they have read a version, and is shown what changed since."""

from typing import Any

import pytest

from annotation.accounts.models import User
from annotation.projects.models import GuidelineReading, GuidelineVersion
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def latest(cast: Cast, person: User) -> Any:
    return client_for(person).get(f"/api/v1/projects/{cast.project.id}/guidelines/latest").json()


def read(cast: Cast, person: User, number: int) -> Any:
    path = f"/api/v1/projects/{cast.project.id}/guidelines/{number}/read"
    return client_for(person).post(path, format="json")


def test_what_was_read_last_is_told_to_its_reader_alone(cast: Cast) -> None:
    assert latest(cast, cast.labeler)["last_read"] is None
    for _ in range(2):  # saying it again changes nothing
        assert read(cast, cast.labeler, 1).status_code == 204
    assert GuidelineReading.objects.count() == 1
    GuidelineVersion.objects.create(project=cast.project, number=2, text="Be helpful, be kind.")
    seen = latest(cast, cast.labeler)
    assert (seen["number"], seen["text"]) == (2, "Be helpful, be kind.")
    assert seen["last_read"] == {"number": 1, "text": "Be helpful, be honest."}
    assert latest(cast, cast.second_labeler)["last_read"] is None


def test_reading_an_old_version_later_does_not_hide_that_the_newest_was_read(cast: Cast) -> None:
    GuidelineVersion.objects.create(project=cast.project, number=2, text="Be kind.")
    read(cast, cast.labeler, 2)
    read(cast, cast.labeler, 1)
    assert latest(cast, cast.labeler)["last_read"]["number"] == 2


def test_a_version_that_does_not_exist_cannot_have_been_read(cast: Cast) -> None:
    assert read(cast, cast.labeler, 7).status_code == 404
    assert not GuidelineReading.objects.exists()
