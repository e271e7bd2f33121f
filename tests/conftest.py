"""Fixtures that every room shares."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast


@pytest.fixture
def cast(db: None) -> "Cast":
    """The standing cast (see tests/cast.py)."""
    from tests.cast import assemble

    return assemble()
