"""How fast the consoles' pages are read in a project of a million items and five million placements.

    python -m benchmarks.consoles --items 1000000 --calls 20

Builds the project in a PostgreSQL of its own, then reads every list and figure that the API offers to
admins, reviewers and ML engineers, one after the other, as the pages do, and prints p50 and p95 of each
in milliseconds, the slowest first. In-process: no network, no web server. The bar is a p95 of 300 ms.
"""

import argparse
import json
import statistics
import time
from typing import Any

from benchmarks.house import house

BAR_MS = 300
ROLES = ("admin", "reviewer", "ml")
# Reads with filters that pages offer, beside every plain address.
FILTERED = (
    "items?state=open",
    "items?state=done",
    "explorer/rankings?ties=true",
    "explorer/rankings?flagged=true",
    "explorer/rankings?q=nowhere",
    "explorer/rankings?state=withdrawn",
    "explorer/pairs?k=4",
    "explorer/items?language=zh-Hans",
    "explorer/rankings/count?ties=true",
)


def main() -> None:
    """One run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--only", default="", help="addresses that hold this text")
    options = parser.parse_args()
    with house():
        rows = _measure(options)
    for row in rows:
        mark = " " if row["p95_ms"] <= BAR_MS else "!"
        print(
            f"{mark} p50 {row['p50_ms']:8.1f}  p95 {row['p95_ms']:8.1f}  {row['status']}  "
            f"{row['address']}"
        )
    slow = [row for row in rows if row["p95_ms"] > BAR_MS]
    print(f"{len(rows)} reads, {len(slow)} over {BAR_MS} ms")
    print(json.dumps(rows))


def _measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    from django.test.utils import setup_test_environment

    from annotation import wsgi
    from annotation.accounts.models import User
    from annotation.projects.models import Membership
    from annotation.quality import reporting
    from benchmarks.consoles.crowd import settle
    from tests.cast import assemble, client_for
    from tests.contracts.routes import api_routes, own_world

    setup_test_environment(debug=False)
    cast = assemble()
    world = own_world(cast)
    reporting.compute(
        reporting.ask(project=cast.project, actor=None).pk
    )  # a true one, of what is there
    begun = time.monotonic()
    crowd = settle(cast.project, options.items)
    print(f"{options.items} items built in {time.monotonic() - begun:.0f} s", flush=True)
    values = {
        **world.values,
        "prompt_set_id": crowd.prompt_set,
        "item_id": crowd.item,
        "ranking_id": crowd.ranking,
        "judgment_id": crowd.ranking,
        "user_id": crowd.labeler,
        "prompt_id": crowd.prompt,
    }
    chief = User.objects.create(username="chief")
    for role in ROLES:
        Membership.objects.create(project=cast.project, user=chief, role=role)
    client = client_for(chief)
    client.raise_request_exception = False  # a broken page is a row of the table
    wsgi.settle()
    addresses = [
        route.url(values)
        for route in api_routes()
        if "GET" in route.access
        and (route.access["GET"].kind != "roles" or route.access["GET"].names & set(ROLES))
        and set(route.names) <= set(values)
    ]
    addresses += [f"/api/v1/projects/{cast.project.pk}/{query}" for query in FILTERED]
    rows = [
        _read(client, address, options.calls) for address in addresses if options.only in address
    ]
    return sorted(rows, key=lambda row: -row["p95_ms"])


def _read(client: Any, address: str, calls: int) -> dict[str, Any]:
    times: list[float] = []
    status = client.get(address).status_code
    for _ in range(calls):
        begun = time.perf_counter()
        answer = client.get(address)
        if answer.streaming:
            next(iter(answer.streaming_content), None)
        times.append((time.perf_counter() - begun) * 1000)
        if sum(times) > 20_000:
            break
    return {
        "address": address,
        "status": status,
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(sorted(times)[max(0, round(0.95 * len(times)) - 1)], 1),
    }


if __name__ == "__main__":
    main()
