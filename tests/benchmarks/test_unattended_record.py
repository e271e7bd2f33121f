"""What `python -m benchmarks.unattended` asks the record: sound rounds pass, what is doubled is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from annotation.runs.services import create_run, lifecycle
from benchmarks.unattended.record import Record
from tests.annotation.runs import loop
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


class Api:
    """The demonstration's client, without a line between it and the server."""

    def __init__(self, cast: Cast) -> None:
        self._client = client_for(cast.ml)

    def get(self, path: str, **query: Any) -> Any:
        found = self._client.get(f"/api/v1{path}", query)
        assert found.status_code == 200, (path, found.content)
        return found.json()

    def pages(self, path: str) -> Iterator[Any]:
        page = self.get(path, page_size=500)
        assert page["next"] is None
        yield from page["results"]

    def lines(self, path: str) -> Iterator[Any]:
        found = self._client.get(f"/api/v1{path}")
        for line in b"".join(found.streaming_content).splitlines():
            yield json.loads(line)


def record_of(cast: Cast) -> Record:
    crew: Any = SimpleNamespace(
        engineer=SimpleNamespace(client=Api(cast)), project=f"/projects/{cast.project.pk}"
    )
    return Record(crew)


def test_sound_rounds_pass_and_what_is_doubled_or_of_no_round_is_named(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop.start(cast)
    loop.go(cast)
    monkeypatch.setattr(loop, "COUNTS", {"rankings": 8, "demonstrations": 0})
    loop.go(cast)
    record = record_of(cast)
    assert record.faults(2) == []
    assert record.faults(3) == ["2 rounds were promoted"]

    stray = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    lease = lifecycle.claim(stray.pk, "a test")
    assert lease is not None
    with transaction.atomic():
        lifecycle.fail(lease, code="diverged", message="it broke")
    record = record_of(cast)
    record.rankings.append(record.rankings[0])
    found = " | ".join(record.faults(2))
    for fault in (
        f"export run {stray.number} is of no round",
        f"export run {stray.number} failed: it broke",
        "2 rankings of",
        "9 rankings of 8 done items",
    ):
        assert fault in found
