"""How fast work is handed out and taken in, through HTTP, with everything on this machine.

    python -m benchmarks.hand_out --items 50000 --labelers 40 --seconds 20 [--think 5]
    python -m benchmarks.hand_out --items 50000 --labelers 1 --needed 2 --judged 40000

Starts its own PostgreSQL (durable: every commit reaches the disk) and the web application as `make up`
does, fills in prompts, completions, items and slots by SQL, and lets labelers with bearer tokens
claim and submit. `--judged N`: the first N items are already judged by every labeler and still open,
the worst queue there is. `--reserved N`: the first N slots of the queue are reserved for a group that
nobody belongs to. Prints rates, latencies, what went wrong (must be nothing), processor time by
part, and one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from annotation.local.children import Child
from annotation.local.environment import REPOSITORY, settings
from annotation.local.processes import web
from annotation.local.services import LocalServices
from annotation.local.state import free_port
from benchmarks.load import Measured, work

TICKS = os.sysconf("SC_CLK_TCK")

# What the rows are made of; texts of about 400 characters that do not compress. Two guards are off while
# filling (what they look up row by row is right here), the foreign keys are not.
MADE = """
CREATE TEMP TABLE made AS
  SELECT n, uuidv7() AS prompt, uuidv7() AS item FROM generate_series(1, {items}) n;
CREATE TEMP TABLE answers AS
  SELECT made.n, prompt, item, place, uuidv7() AS completion FROM made, generate_series(1, {k}) place;
INSERT INTO labeling_audience (project_id, groups, language)
  VALUES ('{project}', '{{}}', 'en'), ('{project}', ARRAY[gen_random_uuid()], 'en');
"""
IN_LINE = "(SELECT *, row_number() OVER (ORDER BY priority DESC) AS place FROM labeling_item) i"
GUARDS = "ALTER TABLE corpus_prompt {0} TRIGGER USER; ALTER TABLE labeling_slot {0} TRIGGER USER;"

# Every labeler judges the first items of the queue; a slot of each stays open.
HEAD = """
CREATE TEMP TABLE head AS
  SELECT id, project_id FROM labeling_item ORDER BY priority DESC LIMIT {judged};
UPDATE labeling_slot s SET state = 'done', labeler_id = p.id, lease_token = gen_random_uuid(),
    lease_until = now()
  FROM head, (SELECT id, row_number() OVER () AS number FROM accounts_user) p
  WHERE s.item_id = head.id AND s.number = p.number;
UPDATE labeling_item SET counted = {labelers} WHERE id IN (SELECT id FROM head);
"""

WRONG = {
    "surplus": "SELECT count(*) FROM labeling_ranking WHERE state = 'surplus'",
    "doubles": "SELECT count(*) FROM (SELECT 1 FROM labeling_ranking WHERE state = 'counted'"
    " GROUP BY item_id, labeler_id HAVING count(*) > 1) d",
    "over": "SELECT count(*) FROM (SELECT i.id FROM labeling_item i JOIN labeling_ranking r"
    " ON r.item_id = i.id AND r.state = 'counted' GROUP BY i.id HAVING count(*) > i.needed) o",
    "drift": "SELECT count(*) FROM (SELECT i.id FROM labeling_item i LEFT JOIN labeling_ranking r"
    " ON r.item_id = i.id AND r.state = 'counted' GROUP BY i.id HAVING count(r.id) <> i.counted) d",
}


def main() -> None:
    """Run one measurement."""
    options = _options()
    with _house() as (services, folder):
        os.environ.update(settings(services.data, services.env))
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotation.settings"
        _tell("making the schema")
        manage = [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"]
        subprocess.run(manage, cwd=REPOSITORY, check=True, env=os.environ)
        _tell(f"filling in {options.items:,} items")
        project, tokens = _fill(options)
        port = free_port(0) or 0
        server = _serve(folder, port, options)
        try:
            _wait(port)
            _tell(f"{options.labelers} labelers work for {options.seconds:g} s")
            work(("127.0.0.1", port), tokens, project, options.warm, options.think)
            before = _processor_time(folder, server)
            measured = work(("127.0.0.1", port), tokens, project, options.seconds, options.think)
            spent = {
                part: after - before[part]
                for part, after in _processor_time(folder, server).items()
            }
            report = _report(options, measured, spent)
        finally:
            server.stop()
    _print(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=50_000)
    parser.add_argument("--k", type=int, default=4, help="completions per item")
    parser.add_argument("--needed", type=int, default=1, help="judgments per item")
    parser.add_argument("--labelers", type=int, default=40)
    parser.add_argument("--warm", type=float, default=4.0, help="seconds before counting")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--think", type=float, default=0.0, help="seconds between claim and submit")
    parser.add_argument("--judged", type=int, default=0, help="items everybody has judged already")
    parser.add_argument("--reserved", type=int, default=0, help="first slots that are others'")
    parser.add_argument("--workers", type=int, help="web processes; default: as `make up`")
    parser.add_argument("--threads", type=int, help="threads per web process")
    options = parser.parse_args()
    if options.judged and options.labelers >= options.needed:
        parser.error("--judged needs more judgments per item than there are labelers")
    return options


@contextlib.contextmanager
def _house() -> Iterator[tuple[LocalServices, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-bench-"))
    folder.chmod(0o711)  # as root the servers run as another account
    services = LocalServices(folder, durable=True)
    try:
        with services:
            yield services, folder
    finally:
        services.destroy()


def _fill(options: argparse.Namespace) -> tuple[str, list[str]]:
    """The project's id and one token per labeler."""
    import django

    django.setup()
    from django.db import connection

    from annotation.accounts.models import Scope, User
    from annotation.accounts.services import issue_token
    from annotation.corpus.models import PromptSet
    from annotation.projects.models import GuidelineVersion, Membership, Project

    project = Project.objects.create(name="Benchmark", language="en")
    GuidelineVersion.objects.create(project=project, number=1, text="Be fair.")
    prompt_set = PromptSet.objects.create(
        project=project, name="P", purpose="reward", language="en"
    )
    tokens = []
    for number in range(options.labelers):
        user = User.objects.create(username=f"labeler{number}")
        Membership.objects.create(project=project, user=user, role="labeler")
        scopes = [Scope.READ, Scope.LABEL]
        tokens.append(issue_token(user=user, name="bench", scopes=scopes, days=1)[1])
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        fill_in(options, project.id, prompt_set.id)
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT") if _may_checkpoint(cursor) else None
    connection.close()
    return str(project.id), tokens


def fill_in(options: argparse.Namespace, project: UUID, prompt_set: UUID) -> None:
    """Work for this project, and where `options.judged` the judgments of every user on its beginning."""
    from django.db import connection

    names = {**vars(options), "project": project, "prompt_set": prompt_set}
    with connection.cursor() as cursor:
        cursor.execute(MADE.format(**names))
        cursor.execute(GUARDS.format("DISABLE"))
        _work(options, names)
        if options.judged:
            cursor.execute(HEAD.format(**names))
            _judgments()
        cursor.execute(GUARDS.format("ENABLE"))


def _work(options: argparse.Namespace, names: dict[str, Any]) -> None:
    """Prompts, completions, items and slots."""
    from annotation.corpus.models import Completion, Prompt
    from annotation.labeling.models import Item, ItemCompletion, Slot
    from benchmarks.consoles.bulk import fill

    fill(
        Prompt,
        "made",
        id="prompt",
        prompt_set_id=f"'{names['prompt_set']}'::uuid",
        messages="jsonb_build_array(jsonb_build_object('role', 'user', 'content', "
        "'Question ' || n || ' ' || repeat(md5(n::text) || ' ', 6)))",
        is_plain="true",
        text_hash="md5(n::text)",
        split="'train'",
        language="'en'",
    )
    fill(
        Completion,
        "answers",
        id="completion",
        prompt_id="prompt",
        origin="'import'",
        import_key="md5(n || '-' || place)",
        system="'bench'",
        text="place || ' ' || repeat(md5(n || '-' || place) || ' ', 12)",
        text_hash="md5(n || '-' || place)",
    )
    fill(
        Item,
        "made",
        id="item",
        project_id=f"'{names['project']}'::uuid",
        prompt_id="prompt",
        kind="'ranking'",
        state="'open'",
        needed=str(options.needed),
        priority="random()",
        key="md5(n::text)",
    )
    fill(ItemCompletion, "answers", item_id="item", completion_id="completion", position="place")
    fill(
        Slot,
        f"{IN_LINE}, generate_series(1, i.needed) number",
        id="uuidv7()",
        item_id="i.id",
        project_id="i.project_id",
        number="number",
        state="'open'",
        priority="i.priority",
        audience_id="(SELECT a.id FROM labeling_audience a "
        f"WHERE (i.place > {options.reserved} OR number > 1) = (a.groups = '{{}}'))",
    )


def _judgments() -> None:
    """A ranking of every slot that is done."""
    from annotation.labeling.models import Ranking
    from benchmarks.consoles.bulk import fill

    fill(
        Ranking,
        "labeling_slot s JOIN head ON head.id = s.item_id AND s.state = 'done'",
        id="uuidv7()",
        slot_id="s.id",
        item_id="s.item_id",
        project_id="s.project_id",
        labeler_id="s.labeler_id",
        client_uuid="gen_random_uuid()",
        content_hash="''",
        state="'counted'",
        active_ms="20000",
        mode="'tiers'",
    )


def _may_checkpoint(cursor: Any) -> bool:
    cursor.execute("SELECT pg_has_role(current_user, 'pg_checkpoint', 'member')")
    return bool(cursor.fetchone()[0])


def _serve(folder: Path, port: int, options: argparse.Namespace) -> Child:
    program = web("127.0.0.1", port)
    command = program.command(sys.executable)
    for name, value in (("--workers", options.workers), ("--blocking-threads", options.threads)):
        if value:
            command[command.index(name) + 1] = str(value)
    server = Child(
        name="web",
        command=command,
        log=folder / "logs" / "web.log",
        env=os.environ,
        cwd=REPOSITORY,
    )
    server.start()
    return server


def _wait(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the web application did not come up")


def _processor_time(folder: Path, server: Child) -> dict[str, float]:
    """Seconds of processor time used so far by each part, and by everything on the machine."""
    spent = {"database": 0.0, "web": 0.0, "load": time.process_time()}
    assert server.process is not None
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            seconds = (int(fields[11]) + int(fields[12])) / TICKS
            command = (entry / "cmdline").read_bytes()
            if int(fields[3]) == server.process.pid:  # its session
                spent["web"] += seconds
            elif b"postgres" in command and _works_in(entry, folder):
                spent["database"] += seconds
    total = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    spent["machine"] = sum(int(part) for part in (*total[:3], *total[5:7])) / TICKS
    return spent


def _works_in(process: Path, folder: Path) -> bool:
    home = json.loads((folder / "state.json").read_text()).get("home", str(folder))
    return str(os.readlink(process / "cwd")).startswith(home)


def _report(
    options: argparse.Namespace, measured: Measured, spent: dict[str, float]
) -> dict[str, Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        wrong = {}
        for name, query in WRONG.items():
            cursor.execute(query)
            wrong[name] = cursor.fetchone()[0]
    connection.close()
    pairs = sum(measured.answers.get(state, 0) for state in ("counted", "surplus"))
    ours = spent["database"] + spent["web"] + spent["load"]
    return {
        **{name: getattr(options, name) for name in ("items", "k", "needed", "labelers", "think")},
        "judged": options.judged,
        "reserved": options.reserved,
        "cores": len(os.sched_getaffinity(0)),
        "seconds": round(measured.seconds, 2),
        "pairs_per_second": round(pairs / measured.seconds, 1),
        "claim_ms": _percentiles(measured.claim),
        "submit_ms": _percentiles(measured.submit),
        "answers": measured.answers,
        "wrong": wrong,
        "processor_ms_per_pair": {
            part: round(1000 * spent[part] / max(pairs, 1), 2)
            for part in ("database", "web", "load")
        },
        "others_busy_cores": round(max(0.0, spent["machine"] - ours) / measured.seconds, 2),
    }


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    if not ordered:
        return {}
    return {
        name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    }


def _print(report: dict[str, Any]) -> None:
    print(f"\n{report['pairs_per_second']:8} claim + submit pairs per second")
    for kind in ("claim", "submit"):
        figures = "  ".join(f"{name} {ms} ms" for name, ms in report[f"{kind}_ms"].items())
        print(f"{kind:>8}  {figures}")
    print(" answers ", report["answers"])
    print("   wrong ", report["wrong"], "(all must be 0)")
    print("     cpu ", report["processor_ms_per_pair"], "ms of processor time per pair")
    print("  others ", report["others_busy_cores"], "cores busy with other things meanwhile\n")
    print(json.dumps(report))


def _tell(words: str) -> None:
    print(f"… {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
