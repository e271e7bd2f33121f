"""Two labelers of the cast's project, with what they do at the screen."""

import pytest

from tests.annotation.labeling.work import Labeling
from tests.cast import Cast


@pytest.fixture
def first(cast: Cast) -> Labeling:
    return Labeling(cast.labeler, cast.project)


@pytest.fixture
def second(cast: Cast) -> Labeling:
    return Labeling(cast.second_labeler, cast.project)
