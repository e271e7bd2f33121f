"""Fixtures that every room shares."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from annotation.accounts.models import AuditEvent
    from tests.cast import Cast

WORDS = Path(__file__).parents[1] / "frontend/src/locales/en.json"

# Tests hold numbers of the CPU to the bit, and `device: auto` would take a GPU where there is one. Those that are
# of a GPU run when asked for. Before anything asks torch which devices there are.
if "TIEBREAK_TEST_CUDA" not in os.environ:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    """Tests that commit are cleaned up after by tests/emptying.py."""
    from django.test import TransactionTestCase

    from tests.emptying import after_a_test

    before = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = after_a_test
    yield
    TransactionTestCase._fixture_teardown = before


@pytest.fixture(scope="session", autouse=True)
def _acts_have_words() -> Iterator[None]:
    """No test writes an audit event that the audit page could only show as a code."""
    from django.db.models.signals import post_save

    words = json.loads(WORDS.read_text(encoding="utf-8"))["audit"]

    def look(instance: "AuditEvent", **_: Any) -> None:
        subject, _, verb = instance.action.partition(".")
        assert verb in words["act"].get(subject, {}), f"audit.act.{instance.action} in {WORDS.name}"
        assert instance.object_type in words["kind"], f"audit.kind.{instance.object_type}"

    post_save.connect(look, sender="accounts.AuditEvent", weak=False)
    yield
    post_save.disconnect(look, sender="accounts.AuditEvent")


@pytest.fixture
def nobody_there() -> None:
    """No program says that it is there: one that an earlier test started is heard of for a while."""
    import redis
    from django.conf import settings

    from annotation.lib import presence

    broker = redis.Redis.from_url(settings.REDIS_URL)
    for key in broker.scan_iter(presence.PREFIX + "*"):
        broker.delete(key)


@pytest.fixture
def cast(db: None) -> "Cast":
    """The standing cast (see tests/cast.py)."""
    from tests.cast import assemble

    return assemble()
