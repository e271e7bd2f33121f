"""`/metrics` for Prometheus: the figures of the health page, and requests by this process.

Denied by default: without METRICS_TOKEN there is no such page, and with it only who sends it as a
bearer token reads it. Names no project and no person.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from annotation.delivery import health
from annotation.lib.timing import REGISTRY

QUEUE_FIGURES = (
    ("workers", "Workers that listen to the queue."),
    ("runs_due", "Runs that wait for a worker."),
    ("oldest_seconds", "How long the oldest of them has waited."),
    ("messages", "Messages in the broker."),
)
FIGURES = {
    "leases": (
        ("runs", "Runs in the hands of a worker."),
        ("runs_overdue", "Runs whose lease ran out."),
        ("slots", "Slots in the hands of a labeler."),
        ("slots_overdue", "Slots whose lease ran out."),
    ),
    "disk": (
        ("total", "Bytes of the disk of the artifacts."),
        ("free", "Bytes free on it."),
        ("artifacts", "Bytes of versions, snapshots and datasets."),
        ("uploads", "Bytes of uploads that wait for their import."),
    ),
    "database": (
        ("bytes", "Size of the database."),
        ("latency_ms", "Milliseconds for a query of nothing."),
        ("connections", "Connections of clients."),
        ("connections_max", "Connections there may be."),
        ("longest_transaction_seconds", "Age of the oldest transaction."),
    ),
    "backlog": (
        ("webhook_messages", "Messages to webhooks that wait."),
        ("webhook_oldest_seconds", "How long the oldest of them has waited."),
        ("prompts_to_index", "Prompts without fingerprint."),
        ("items_to_review", "Changes that the review queue has yet to take in."),
        ("runs_blocked", "Runs that wait for another run."),
        ("runs_to_try_again", "Runs that pause before their next try."),
    ),
}


class Installation(Collector):
    """Looked at anew for every scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        try:
            found = health.look()
        except (DatabaseError, PoolTimeout):
            yield _gauge("database_up", "Whether the database answers.", 0)
            return
        yield _gauge("database_up", "Whether the database answers.", 1)
        yield _gauge("broker_up", "Whether the broker answers.", int(found["broker_answers"]))
        yield _gauge(
            "scheduler_up", "Whether a scheduler is there.", int(bool(found["scheduler_seen_at"]))
        )
        for name, words in QUEUE_FIGURES:
            family = _family(f"queue_{name}", words, "queue")
            for queue in found["queues"]:
                if queue[name] is not None:
                    family.add_metric([queue["name"]], queue[name])
            yield family
        for group, figures in FIGURES.items():
            for name, words in figures:
                yield _gauge(f"{group}_{name}", words, found[group][name] or 0)
        yield _alarms(found["alarms"])
        said = _family("problems", "What a person should look at, by code.", "code")
        counts: dict[str, int] = {}
        for one in found["problems"]:
            counts[one["code"]] = counts.get(one["code"], 0) + 1
        for code, count in sorted(counts.items()):
            said.add_metric([code], count)
        yield said


def _alarms(found: list[health.Facts]) -> CounterMetricFamily:
    """Ever raised: what rises can be asked for its rate."""
    family = CounterMetricFamily(
        "tiebreak_run_alarms", "Alarms that runs raised.", labels=["code", "stopped_the_run"]
    )
    for one in found:
        family.add_metric([one["code"], "yes"], one["stopped_ever"])
        family.add_metric([one["code"], "no"], one["ever"] - one["stopped_ever"])
    return family


def _family(name: str, words: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tiebreak_{name}", words, labels=[label])


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"tiebreak_{name}", words, value=value)


REGISTRY.register(Installation())


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The text that Prometheus reads."""
    wanted = settings.METRICS_TOKEN
    if not wanted:
        return HttpResponse(status=404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
