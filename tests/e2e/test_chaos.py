"""The promise under fire: what was ranked is stored once, in the order that was meant. The large
version is `python -m benchmarks.chaos`."""

import random
import threading

from annotation.projects.models import Membership, Role
from benchmarks.chaos.course import Course
from benchmarks.chaos.labeler import Labeler
from benchmarks.chaos.ledger import Ledger
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import CHROMIUM, session_cookie, wait_until_quiet
from tests.e2e.server import Server

RANKINGS, ANSWERS = 30, 4


def test_thirty_rankings_survive_cuts_kills_closed_tabs_and_lost_leases(server: Server) -> None:
    work = campaign(language="en")
    for number in range(RANKINGS + 20):
        texts = [f"Answer {n} to question {number}" for n in range(ANSWERS)]
        add_item(work, f"Question {number}?", texts)
    people = [work.cast.labeler, work.cast.second_labeler, work.cast.reviewer]
    Membership.objects.get_or_create(
        project=work.project, user=work.cast.reviewer, role=Role.LABELER
    )
    rng = random.Random(20261122)
    ledger = Ledger()
    labelers = [
        Labeler(
            name=person.username,
            cookie=session_cookie(server, person),
            path=work.label_path,
            ledger=ledger,
            rng=random.Random(rng.random()),
            answers=ANSWERS,
        )
        for person in people
    ]
    course = Course(
        labelers, RANKINGS, server, str(CHROMIUM), rng, share=0.02, kill_every=8, expire_every=3
    )
    # Its own thread: this one belongs to the browser of the other tests.
    thread = threading.Thread(target=course.run)
    thread.start()
    thread.join(timeout=240)
    assert not thread.is_alive()
    wait_until_quiet()
    assert course.kills > 0
    assert course.expired > 0
    assert ledger.faults() == []
    assert len(ledger.meant) == RANKINGS
