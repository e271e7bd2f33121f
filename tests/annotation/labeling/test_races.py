"""Many people at once, through real HTTP and real connections: nothing twice, nothing too much."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from http.client import BadStatusLine, HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from annotation.accounts.models import Scope, User
from annotation.accounts.services import issue_token
from annotation.corpus.models import Completion
from annotation.labeling.models import Item, Placement, Ranking, Report, Slot
from annotation.labeling.services import change_work, sweep_expired_leases
from annotation.projects.models import Group, GroupMember, Membership, Project
from tests.annotation.labeling.work import drift, ranking_item, run_out
from tests.cast import Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)


class Client:
    """A labeler with a token and a connection of their own."""

    def __init__(self, server: LiveServer, project: Project, user: User) -> None:
        Membership.objects.get_or_create(project=project, user=user, role="labeler")
        scopes = [Scope.READ, Scope.LABEL]
        self.token = issue_token(user=user, name="race", scopes=scopes, days=1)[1]
        self.address = urlsplit(server.url).netloc
        self.project = project

    def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """The answer; asked again when the test server, which queues few callers, hangs up."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        for attempt in range(40):
            with closing(HTTPConnection(self.address, timeout=60)) as line:
                try:
                    line.request(method, f"/api/v1{path}", json.dumps(body), headers)
                    answer = line.getresponse()
                    text = answer.read()
                except (ConnectionError, BadStatusLine):
                    time.sleep(0.01 * (attempt + 1))
                    continue
                return answer.status, json.loads(text) if text else None
        raise AssertionError("the server never answered")

    def claim(self) -> tuple[int, Any]:
        return self.ask("POST", f"/projects/{self.project.id}/claims", {})

    def submit(self, work: Any, key: str) -> tuple[int, Any]:
        tiers = [[one["id"]] for one in work["completions"]]
        body = {"lease_token": work["lease_token"], "tiers": tiers}
        return self.ask("PUT", f"/slots/{work['slot_id']}/submissions/{key}", body)

    def report(self, work: Any, completion: str) -> tuple[int, Any]:
        body = {
            "lease_token": work["lease_token"],
            "completion": completion,
            "reason": "harmful",
        }
        return self.ask("POST", f"/slots/{work['slot_id']}/reports", body)

    def skip(self, work: Any) -> tuple[int, Any]:
        body = {"lease_token": work["lease_token"], "reason": "unclear"}
        return self.ask("POST", f"/slots/{work['slot_id']}/skip", body)

    def work_until_done(self) -> Counter[str]:
        """Claim and submit until there is nothing left; what came back, counted."""
        seen: Counter[str] = Counter()
        while True:
            status, work = self.claim()
            seen[f"claim {status}"] += 1
            if status != 200:
                return seen
            status, receipt = self.submit(work, str(uuid4()))
            seen[receipt["state"] if status in (200, 201) else f"submit {status}"] += 1


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return assemble()


def crowd(server: LiveServer, cast: Cast, count: int) -> list[Client]:
    people = [User.objects.create(username=f"racer{number}") for number in range(count)]
    return [Client(server, cast.project, user) for user in people]


def at_once(acts: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def sweep() -> tuple[int, int]:
    """As the scheduler does it, on a connection of its own."""
    with closing(connection):
        return 0, sweep_expired_leases()


def test_fifty_labelers_racing_for_few_items_fill_each_slot_exactly_once(
    live_server: LiveServer, cast: Cast
) -> None:
    for number in range(8):
        ranking_item(cast.project, k=2, needed=1 + number % 3)
    wanted = sum(Item.objects.values_list("needed", flat=True))
    clients = crowd(live_server, cast, 50)
    seen = sum(at_once([client.work_until_done for client in clients]), Counter())
    assert seen == {"claim 200": wanted, "claim 204": 50, "counted": wanted}
    assert set(Slot.objects.values_list("state", flat=True)) == {"done"}
    assert set(Item.objects.values_list("state", flat=True)) == {"done"}
    pairs = Ranking.objects.values_list("item_id", "labeler_id")
    assert len(set(pairs)) == len(pairs) == wanted
    assert drift() == []


def test_one_person_asking_from_many_tabs_at_once_gets_one_item(
    live_server: LiveServer, cast: Cast
) -> None:
    for _ in range(4):
        ranking_item(cast.project, k=2)
    client = Client(live_server, cast.project, cast.labeler)
    answers = at_once([client.claim] * 8)
    assert {status for status, _ in answers} == {200}
    assert len({work["lease_token"] for _, work in answers}) == 1


def test_a_submission_repeated_at_the_same_moment_is_stored_once(
    live_server: LiveServer, cast: Cast
) -> None:
    ranking_item(cast.project, k=3)
    client = Client(live_server, cast.project, cast.labeler)
    work, key = client.claim()[1], str(uuid4())
    answers = at_once([lambda: client.submit(work, key)] * 10)
    assert sorted(status for status, _ in answers) == [200] * 9 + [201]
    assert len({receipt["id"] for _, receipt in answers}) == 1
    assert (Ranking.objects.count(), Placement.objects.count()) == (1, 3)
    assert drift() == []


def test_reports_of_one_item_racing_with_claims_skips_and_work_leave_nothing_in_circulation(
    live_server: LiveServer, cast: Cast
) -> None:
    people = crowd(live_server, cast, 8)
    holders, others = people[:4], people[4:]
    for _ in range(6):
        item = ranking_item(cast.project, k=3, needed=6)
        works = [holder.claim()[1] for holder in holders]
        assert {work["item"]["id"] for work in works} == {str(item.pk)}
        target, elsewhere = sorted(one["id"] for one in works[0]["completions"])[:2]
        answers = at_once(
            [
                partial(holders[0].report, works[0], target),
                partial(holders[1].report, works[1], target),
                partial(holders[2].report, works[2], elsewhere),
                partial(holders[3].skip, works[3]),
                sweep,
                *(other.claim for other in others),
            ]
        )
        assert [status for status, _ in answers[:4]] == [201, 201, 201, 204]
        slots = Slot.objects.filter(item=item)
        taken = [work for status, work in answers[5:] if status == 200]
        assert slots.filter(state="leased").count() == len(taken)
        assert not slots.filter(state="open").exists()
        item.refresh_from_db()
        assert item.state == "triage"
        assert Completion.objects.exclude(withdrawn_at=None).count() == 2 * Item.objects.count()
        assert [other.claim()[0] for other in others].count(200) == len(taken)
        for other, (status, work) in zip(others, answers[5:], strict=True):
            if status == 200:
                assert other.submit(work, str(uuid4()))[1]["state"] == "counted"
        assert drift() == []
    assert Report.objects.count() == 18


def test_late_work_racing_with_the_sweeper_and_a_new_claim_is_counted_once(
    live_server: LiveServer, cast: Cast
) -> None:
    clients = crowd(live_server, cast, 4)
    late = Client(live_server, cast.project, cast.labeler)
    for _ in range(6):
        ranking_item(cast.project, k=2)
        work = late.claim()[1]
        run_out(work)
        answers = at_once(
            [
                lambda work=work: late.submit(work, str(uuid4())),
                sweep,
                *(lambda client=client: client.claim() for client in clients),
            ]
        )
        assert answers[0][0] == 201
        taken = [work for status, work in answers[2:] if status == 200]
        assert len(taken) == (answers[0][1]["state"] == "surplus")
        for client, (status, work) in zip(clients, answers[2:], strict=True):
            if status == 200:
                assert client.submit(work, str(uuid4()))[1]["state"] == "counted"
        assert drift() == []
    assert Ranking.objects.filter(state="counted").count() == 6


def test_forty_labelers_racing_for_reserved_work_get_what_is_theirs_and_nothing_else(
    live_server: LiveServer, cast: Cast
) -> None:
    clients = crowd(live_server, cast, 40)
    groups = [Group.objects.create(project=cast.project, name=name) for name in "AB"]
    for number, client in enumerate(clients):
        held = Membership.objects.get(project=cast.project, user__username=f"racer{number}")
        if number % 3 < 2:
            GroupMember.objects.create(group=groups[number % 3], membership=held)
        assert client.project == cast.project
    items = [ranking_item(cast.project, k=2, needed=2) for _ in range(9)]
    for number, group in enumerate(groups):
        chosen = [item.pk for item in items[3 * number : 3 * number + 3]]
        change_work(
            actor=cast.admin,
            project=cast.project,
            items=chosen,
            changes={"reserved_for": [group.pk]},
        )
    seen = sum(at_once([client.work_until_done for client in clients]), Counter())
    assert seen == {"claim 200": 18, "claim 204": 40, "counted": 18}
    for ranking in Ranking.objects.select_related("item"):
        if reserved := ranking.item.reserved_for:
            assert GroupMember.objects.filter(
                group__in=reserved, membership__user=ranking.labeler_id
            ).exists()


def test_forty_labelers_together_do_not_overrun_a_budget(
    live_server: LiveServer, cast: Cast
) -> None:
    for _ in range(12):
        ranking_item(cast.project, k=2)
    Project.objects.filter(pk=cast.project.pk).update(budget=5)
    clients = crowd(live_server, cast, 40)
    seen = sum(at_once([client.work_until_done for client in clients]), Counter())
    assert seen == {"claim 200": 5, "claim 204": 40, "counted": 5}
