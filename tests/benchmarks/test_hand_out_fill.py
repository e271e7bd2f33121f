"""What the benchmark of handing out fills in is work like any other."""

from argparse import Namespace

import pytest
from django.db import connection

from annotation.accounts.models import User
from annotation.corpus.models import PromptSet
from annotation.labeling.models import Item, Ranking, Slot
from benchmarks.hand_out import fill_in
from tests.cast import assemble, client_for


@pytest.mark.django_db(transaction=True)
def test_what_is_filled_in_is_handed_out_but_for_what_is_reserved() -> None:
    """Everybody has judged the first of three items; the first slots of two are reserved for nobody here."""
    cast = assemble()
    prompts = PromptSet.objects.create(
        project=cast.project, name="P", purpose="reward", language="en"
    )
    people = User.objects.count()
    options = Namespace(items=3, k=2, needed=people + 1, judged=1, reserved=2, labelers=people)
    try:
        fill_in(options, cast.project.pk, prompts.pk)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS made, answers, head")
    assert Ranking.objects.count() == people
    assert Slot.objects.filter(state="open").count() == 3 * (people + 1) - people
    assert Slot.objects.exclude(audience__groups=[]).count() == 2
    answer = client_for(cast.labeler).post(
        f"/api/v1/projects/{cast.project.pk}/claims", {}, format="json"
    )
    assert answer.status_code in (200, 201), answer.content
    first = Ranking.objects.values_list("item_id", flat=True)[0]
    claimed = Slot.objects.get(state="leased").item_id
    assert claimed in set(Item.objects.exclude(pk=first).values_list("pk", flat=True))
