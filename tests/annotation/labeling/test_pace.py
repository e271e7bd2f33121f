"""When a project will be done: figures worked out by hand."""

import pytest

from annotation.labeling.pace import days_for, pace_of


def test_the_pace_is_the_mean_of_the_days_on_record_with_its_interval() -> None:
    pace = pace_of([10, 20, 30, 0, 0, 0, 0])
    assert pace is not None
    # mean 20; s = 10; standard error 10/√3 = 5.7735; times 1.2816 is 7.3993
    assert (pace.days, pace.mean) == (3, 20)
    assert pace.low == pytest.approx(12.6007, abs=1e-3)
    assert pace.high == pytest.approx(27.3993, abs=1e-3)
    # 100 judgments: 100/27.3993 and 100/12.6007 days
    soonest, latest = days_for(100, pace)
    assert soonest == pytest.approx(3.6497, abs=1e-3)
    assert latest == pytest.approx(7.9361, abs=1e-3)


def test_days_without_work_between_days_with_work_count() -> None:
    pace = pace_of([8, 0, 4])
    assert pace is not None
    assert (pace.days, pace.mean) == (3, 4)
    # s = √((16+16+0)/2) = 4; 4/√3 · 1.2816 = 2.9597
    assert pace.low == pytest.approx(1.0403, abs=1e-3)


def test_an_even_pace_gives_a_point_and_an_uneven_one_no_end() -> None:
    assert days_for(30, pace_of([10, 10])) == (3, 3)
    uneven = pace_of([0, 40])  # mean 20, s = 28.28, margin 25.63: the slowest pace is nothing
    assert uneven is not None
    assert uneven.low == 0
    assert days_for(30, uneven) == (pytest.approx(30 / 45.632, abs=1e-3), None)


@pytest.mark.parametrize("per_day", [[], [0, 0], [12], [12, 0, 0]])
def test_less_than_two_days_say_nothing(per_day: list[int]) -> None:
    assert pace_of(per_day) is None
    assert days_for(10, None) == (None, None)
