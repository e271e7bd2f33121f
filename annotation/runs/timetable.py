"""When a calendar was due last. Knows no rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones


def is_time_zone(name: str) -> bool:
    """Whether it is a name of the time-zone database, such as Europe/Berlin."""
    return name in available_timezones()


def last_due(now: datetime, at: time, weekdays: Sequence[int], zone: str) -> datetime:
    """The latest moment up to `now` at which the clock of `zone` said `at` on one of the weekdays
    (0: Monday; none: every day).

    Where the clock is put back, the first of the two counts; where it is put forward over `at`, the
    moment after the gap.
    """
    clock = ZoneInfo(zone)
    today = now.astimezone(clock).date()
    for back in range(9):  # a week, and the day whose time has not come yet
        day = today - timedelta(days=back)
        moment = datetime.combine(day, at, tzinfo=clock).astimezone(UTC)
        if moment <= now and (not weekdays or day.weekday() in weekdays):
            return moment
    raise AssertionError("a weekday comes every week")
