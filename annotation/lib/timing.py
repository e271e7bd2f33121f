"""How long requests take, for Prometheus: by the route's pattern, so that the number of series is small."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Histogram

GetResponse = Callable[[HttpRequest], HttpResponse]
REGISTRY = CollectorRegistry(auto_describe=False)  # registering looks at nothing
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
REQUESTS = Histogram(
    "tiebreak_http_request_seconds",
    "Time from a request to the beginning of its answer.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)


def timed(get_response: GetResponse) -> GetResponse:
    """Count every request and its time, by this process."""

    def middleware(request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        REQUESTS.labels(
            method=request.method if request.method in METHODS else "other",
            route=match.route if match else "",
            status=f"{response.status_code // 100}xx",
        ).observe(time.perf_counter() - begun)
        return response

    return middleware
