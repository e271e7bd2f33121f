"""Counts of a project that must answer at once, however large it has grown.

A project is counted at each reading as long as it is small. The counts of a large one are kept, told with
the moment at which they were taken, and taken again by a worker soon after somebody has read them.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.lib.statements import fetch_all
from annotation.projects.models import KeptFigures, Project

LARGE = 50_000
"""Prompts or items; so many are counted in about a tenth of a second."""
IS_LARGE = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM labeling_item WHERE project_id = %(project)s
                               LIMIT %(large)s) i) = %(large)s
    OR (SELECT count(*) FROM (SELECT 1 FROM corpus_prompt p JOIN corpus_promptset s
                                  ON s.id = p.prompt_set_id WHERE s.project_id = %(project)s
                               LIMIT %(large)s) p) = %(large)s
"""
FRESH_S = 30.0
REST = 20
"""Counting again waits at least so many times as long as it takes: it shall not fill a core."""
PATIENCE = "SET LOCAL statement_timeout = '300s'; SET LOCAL work_mem = '64MB'"

Counter = Callable[[Project], Any]
C = TypeVar("C", bound=Counter)
_counters: dict[str, Counter] = {}


def counter(function: C) -> C:
    """Declare a function that counts something of a project; what it returns is JSON."""
    _counters[function.__name__] = function
    return function


def figures(project: Project, function: Counter) -> tuple[Any, datetime]:
    """What the declared function counts, and the moment at which it did."""
    name = function.__name__
    kept = KeptFigures.objects.filter(project=project, name=name).first()
    if kept is None:
        return _counted(project, name)
    age = (timezone.now() - kept.counted_at).total_seconds()
    if kept.wanted_at is None and age > max(FRESH_S, REST * kept.took_ms / 1000):
        KeptFigures.objects.filter(pk=kept.pk).update(wanted_at=Now())
    return kept.body, kept.counted_at


def refresh() -> int:
    """Count again what was read since it was too old; how many were counted. For a worker."""
    wanted = KeptFigures.objects.filter(wanted_at__isnull=False).select_related("project")
    for kept in wanted.order_by("wanted_at"):
        _count_patiently(kept.project, kept.name)
    return len(wanted)


def find_large() -> int:
    """Count projects that became large before somebody has to wait for it; how many. For a worker."""
    found = 0
    for project in Project.objects.exclude(state=Project.State.ARCHIVED):
        kept = set(KeptFigures.objects.filter(project=project).values_list("name", flat=True))
        missing = sorted(set(_counters) - kept)
        if missing and _is_large(project):
            found += 1
            for name in missing:
                _count_patiently(project, name)
    return found


def _count_patiently(project: Project, name: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        _counted(project, name)


def _is_large(project: Project) -> bool:
    return bool(fetch_all(IS_LARGE, {"project": project.pk, "large": LARGE})[0][0])


def _counted(project: Project, name: str) -> tuple[Any, datetime]:
    moment, begun = timezone.now(), monotonic()
    body = _counters[name](project)
    took = round(1000 * (monotonic() - begun))
    if _is_large(project):
        KeptFigures.objects.update_or_create(
            project=project,
            name=name,
            defaults={"body": body, "took_ms": took, "counted_at": moment, "wanted_at": None},
        )
    else:
        KeptFigures.objects.filter(project=project, name=name).delete()
    return body, moment
