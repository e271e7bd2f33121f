"""Rankings by keyboard in many browsers while connections break, the server is killed, tabs are closed
and leases run out; then the database is compared with what was meant.

    python -m benchmarks.chaos --labelers 20 --rankings 500

Starts its own PostgreSQL and web application as `make up` does. Needs Chromium and the built browser
app (`make frontend`). Prints what happened and every difference; there must be none.
"""

import argparse
import json
import random
import sys
from dataclasses import asdict
from typing import Any

from benchmarks.house import chromium, house


def main() -> None:
    """One run."""
    options = _options()
    with house():
        from django.db import connection

        from benchmarks.chaos.course import Course
        from benchmarks.chaos.ledger import Ledger
        from tests.e2e.server import Server

        server = Server(connection.settings_dict)
        server.start()
        try:
            rng = random.Random(options.seed)
            ledger = Ledger()
            labelers = _labelers(options, server, ledger, rng)
            course = Course(labelers, options.rankings, server, options.chromium, rng)
            course.run()
        finally:
            server.kill()
        faults = ledger.faults()
        _print(options, course, ledger, faults)
    sys.exit(bool(faults))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelers", type=int, default=20)
    parser.add_argument("--rankings", type=int, default=500)
    parser.add_argument("--answers", type=int, default=5, help="completions per item")
    parser.add_argument("--every", type=float, default=2.0, help="seconds from one to the next")
    parser.add_argument("--reading", type=float, default=5.0, help="mean seconds before a ranking")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--chromium", default=chromium(), required=chromium() is None)
    return parser.parse_args()


def _labelers(
    options: argparse.Namespace, server: Any, ledger: Any, rng: random.Random
) -> list[Any]:
    from annotation.accounts.models import User
    from annotation.projects.models import Membership, Role
    from annotation.projects.services import mark_guidelines_read
    from benchmarks.chaos.labeler import Labeler
    from tests.e2e.campaign import add_item, campaign
    from tests.e2e.conftest import session_cookie

    work = campaign(language="en")
    # Surplus judgments leave their item open for others, so there is more work than is wanted.
    for number in range(options.rankings + 4 * options.labelers):
        texts = [f"Answer {n} to question {number}" for n in range(options.answers)]
        add_item(work, f"Question {number}?", texts)
    labelers = []
    for number in range(options.labelers):
        person = User.objects.create(username=f"labeler{number}")
        Membership.objects.create(project=work.project, user=person, role=Role.LABELER)
        mark_guidelines_read(reader=person, project=work.project, number=1)
        labelers.append(
            Labeler(
                name=person.username,
                cookie=session_cookie(server, person),
                path=work.label_path,
                ledger=ledger,
                rng=random.Random(rng.random()),
                answers=options.answers,
                begins_after=number * options.every,
                reading=options.reading,
            )
        )
    return labelers


def _print(options: argparse.Namespace, course: Any, ledger: Any, faults: list[str]) -> None:
    from annotation.labeling.models import Ranking

    troubles: dict[str, int] = {}
    for labeler in course.labelers:
        for name, count in asdict(labeler.troubles).items():
            troubles[name] = troubles.get(name, 0) + count
    states = Ranking.objects.values_list("state", flat=True)
    report = {
        "labelers": options.labelers,
        "rankings": len(ledger.meant),
        "seed": options.seed,
        "seconds": round(course.seconds, 1),
        "seconds_until_all_arrived": round(course.drain_seconds, 1),
        "connections_cut": course.cuts,
        "servers_killed": course.kills,
        "leases_expired": course.expired,
        **troubles,
        "acknowledged_in_the_browser": len(ledger.acknowledged),
        "stored": {state: list(states).count(state) for state in set(states)},
        "faults": len(faults),
    }
    for name, value in report.items():
        print(f"{name.replace('_', ' '):>28}  {value}")
    for fault in faults[:20]:
        print("  ", fault)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
