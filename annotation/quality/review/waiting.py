"""What waits for somebody who reviews, in numbers, for the page on which their day begins."""

from typing import Any

from django.db.models import QuerySet

from annotation.accounts.models import User
from annotation.labeling.models import Report
from annotation.projects.models import Project
from annotation.quality.models import Alarm
from annotation.quality.review import queue

COUNTED_UP_TO = 1000
"""A home page asks about every project at once; beyond this "more" says enough."""


def waiting_for(reviewer: User, project: Project) -> dict[str, int]:
    """Items that the reviewer may take, open reports, and alarms that nobody has looked at."""
    return {
        "items": _bounded(queue.QueueFilter().entries(project).filter(queue.free_for(reviewer))),
        "reports": _bounded(Report.objects.filter(project=project, state=Report.State.OPEN)),
        "alarms": _bounded(Alarm.objects.filter(project=project, state=Alarm.State.NEW)),
    }


def _bounded(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:COUNTED_UP_TO].count()
