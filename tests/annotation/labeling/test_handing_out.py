"""What labelers may rely on when they ask for work."""

import pytest

from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_labeler_gets_an_item_ranks_it_and_gets_the_next_one(cast: Cast) -> None:
    ranking_item(cast.project)
    ranking_item(cast.project)
    labeler = Labeling(cast.labeler, cast.project)
    first = labeler.work()
    answer = labeler.submit(first)
    assert (answer.status_code, answer.json()["state"]) == (201, "counted")
    second = labeler.work()
    assert second["item"]["id"] != first["item"]["id"]
    labeler.submit(second)
    assert labeler.claim().status_code == 204
