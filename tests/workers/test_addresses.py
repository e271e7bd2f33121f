"""Where the hosts of a run meet: never at an address by which each would find itself."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pydantic import PostgresDsn

from annotation.runs.models import Run
from annotation.runs.services import lifecycle, seats
from tests.annotation.runs.test_hosts import inputs, offer  # noqa: F401 (fixtures)
from tests.annotation.runs.test_seats import LEAD, run, take, three  # noqa: F401 (fixtures)
from workers import addresses
from workers.gathering import Group, HostFailed
from workers.heartbeat import Heartbeat
from workers.trainer import Place


@pytest.fixture
def where(settings: Any) -> Any:
    """Say where the database is and what the deployment tells of this worker; the broker is on this host."""

    def say(database: str, told: str = "") -> None:
        url = PostgresDsn(f"postgres://me:pw@{database}:5432/t")
        update = {"database_url": url, "tiebreak_worker_address": told}
        settings.ENV = settings.ENV.model_copy(update=update)
        settings.REDIS_URL = "redis://:pw@127.0.0.1:6379/0"

    return say


@pytest.mark.parametrize("database", ["localhost", "127.0.0.1", "[2001:db8::1]"])
def test_an_address_for_this_host_alone_is_known_as_such(where: Any, database: str) -> None:
    where(database)
    assert addresses.own_address() == "127.0.0.1"
    assert addresses.is_for_this_host_alone()
    where(database, told="10.0.0.7")
    assert addresses.own_address() == "10.0.0.7"
    assert not addresses.is_for_this_host_alone()
    where(database, told="127.0.0.1")
    assert not addresses.is_for_this_host_alone(), "who says so has all workers on one host"


def test_where_the_database_is_on_this_host_the_way_to_the_broker_is_asked(
    where: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    where("localhost")
    settings.REDIS_URL = "redis://:pw@broker:6379/0"
    ways = {"localhost": "127.0.0.1", "broker": "10.0.0.7"}
    monkeypatch.setattr(addresses, "_address_towards", ways.__getitem__)
    assert addresses.own_address() == "10.0.0.7"


def test_processes_talk_by_the_interface_towards_the_lead_where_no_other_is_known(
    where: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.trainer import ways_to_others

    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    known = {"lo": "127.0.0.1", "eth0": "10.0.0.8"}
    monkeypatch.setattr(addresses, "_address_of", known.__getitem__)
    towards = {"10.0.0.7": "10.0.0.8"}
    monkeypatch.setattr(addresses, "_address_towards", lambda name: towards.get(name, "127.0.0.1"))
    monkeypatch.delenv("GLOO_SOCKET_IFNAME", raising=False)
    where("localhost")
    for lead, interface in (("10.0.0.7", "eth0"), ("127.0.0.1", "lo")):
        found = ways_to_others(Place(2, 1, f"{lead}:29500"))
        assert found["GLOO_SOCKET_IFNAME"] == interface


@pytest.mark.django_db
def test_hosts_are_not_sent_to_an_address_that_is_each_ones_own(where: Any, run: Run) -> None:  # noqa: F811
    group = gathered(run, "train-2@a", "train@b")
    where("localhost")
    with pytest.raises(HostFailed, match="train@a .* train@b .* TIEBREAK_WORKER_ADDRESS"):
        group._started(seats.look(group.lease))
    assert set(run.seats.values_list("address", flat=True)) == {""}
    where("localhost", told="10.0.0.7")
    place = group._started(seats.look(group.lease))
    assert place is not None
    assert place.address.startswith("10.0.0.7:")


@pytest.mark.django_db
def test_workers_of_one_host_meet_at_its_loopback_address(where: Any, run: Run) -> None:  # noqa: F811
    group = gathered(run, "train-2@a", "train-3@a")
    where("localhost")
    place = group._started(seats.look(group.lease))
    assert place is not None
    assert place.address.startswith("127.0.0.1:")


def gathered(run: Run, *programs: str) -> Group:  # noqa: F811
    """Led by train@a, with everybody ready."""
    lease = lifecycle.claim(run.id, LEAD)
    assert lease is not None
    run.refresh_from_db()
    group = Group(lease, run, Heartbeat(lease))
    for program in programs:
        seats.say_ready(take(f"{program}:1:2"))
    return group
