"""Fixtures that every room shares."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    """Tests that commit are cleaned up after by tests/emptying.py."""
    from django.test import TransactionTestCase

    from tests.emptying import after_a_test

    before = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = after_a_test
    yield
    TransactionTestCase._fixture_teardown = before


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
