"""How fast rows go in and out, in how much memory, and whether the same ones come out.

    python -m benchmarks.import_rows [--rows 1000000] [--k 4]     rankings that it makes up
    python -m benchmarks.import_rows --kind prompts               prompts that it makes up
    python -m benchmarks.import_rows --data DIR                   real files: DIR/*/*.jsonl.gz

Starts its own PostgreSQL (durable: every commit reaches the disk). Each step is a process of its own, so
that its peak memory is its own: import, import again (must add nothing), export. Then the exported
weak orders (prompts) are compared with the file, byte for byte. Prints one line of JSON per step.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.local.environment import REPOSITORY, settings
from annotation.local.services import LocalServices

PROJECT = "Benchmark"
JUDGES_PER_ITEM = 2


def main() -> None:
    options = _options()
    if options.step:
        _step(options)
        return
    with tempfile.TemporaryDirectory(prefix="tiebreak-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with LocalServices(folder / "data") as services:
            os.environ.update(settings(services.data, services.env))
            os.environ["DJANGO_SETTINGS_MODULE"] = "annotation.settings"
            _run([sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"])
            if options.data:
                failed = [_real(path, folder) for path in _real_files(options.data)]
            else:
                file = folder / "made.jsonl"
                _tell(f"writing {options.rows:,} rows")
                _write(file, options.rows, options.k if options.kind == "rankings" else 0)
                failed = [_round_trip(file, options.kind, folder)]
    if any(failed):
        raise SystemExit("what came out is not what went in")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--k", type=int, default=4, help="completions per ranking")
    parser.add_argument("--data", type=Path, help="folder of real files")
    parser.add_argument("--step", choices=["import", "export"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=["rankings", "prompts"], default="rankings")
    parser.add_argument("--set", dest="prompt_set", help=argparse.SUPPRESS)
    return parser.parse_args()


def _write(path: Path, rows: int, k: int) -> None:
    """Rankings with ties and blanks, two judges an item, texts of about 120 characters; k = 0: prompts."""
    chance = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            row = _ranking(number, k, chance) if k else _prompt(number)
            file.write(json.dumps(row) + "\n")


def _question(number: int) -> str:
    return f"Question {number}: {number * 2654435761 % 2**64:x} " * 3


def _prompt(number: int) -> dict[str, Any]:
    return {"id": f"made:{number}", "source": "made", "lang": "en", "prompt": _question(number)}


def _ranking(number: int, k: int, chance: random.Random) -> dict[str, Any]:
    item = number // JUDGES_PER_ITEM
    places = [chance.randrange(-1, k) for _ in range(k)]
    tiers: dict[int, list[int]] = {}
    for index, place in enumerate(places):
        tiers.setdefault(place, []).append(index)
    unranked = tiers.pop(-1, [])
    row: dict[str, Any] = {
        "id": f"made:{number}",
        "source": "made",
        "lang": "en",
        "judge": "human",
        "labeler": f"w{number % 97}",
        "prompt": _question(item),
        "completions": [f"{place} {item * 40503 + place:x} " * 8 for place in range(k)],
        "ranking": [tiers[place] for place in sorted(tiers)],
    }
    if unranked:
        row["unranked"] = unranked
    return row


def _real_files(data: Path) -> list[Path]:
    return [path for path in sorted(data.glob("*/*.jsonl.gz")) if path.parent.name != "sentiment"]


def _real(path: Path, folder: Path) -> bool:
    kind = "prompts" if path.parent.name == "prompts" else "rankings"
    return _round_trip(path, kind, folder)


def _round_trip(path: Path, kind: str, folder: Path) -> bool:
    """Import twice, export, compare; True when something is wrong."""
    name = f"{path.parent.name}/{path.name.partition('.')[0]}"
    arguments = ["--kind", kind, "--set", name, "--file"]
    _print(name, "import", first := _child("import", *arguments, str(path)))
    _print(name, "import again", again := _child("import", *arguments, str(path)))
    out = folder / "out.jsonl"
    _print(name, "export", gone := _child("export", *arguments, str(out)))
    compared = _compare(path, out, kind)
    _print(name, "compare", compared)
    out.unlink()
    kept = first["added"] == gone["rows"] == compared["same"]
    return not kept or again["added"] != 0 or compared["different"] != 0


def _compare(path: Path, out: Path, kind: str) -> dict[str, int]:
    """Rows that came back as they were, field by field, the weak order byte for byte."""
    field = "ranking" if kind == "rankings" else "prompt"
    counts = Counter(same=0, different=0, missing=0)
    back = _lines(out)
    row = next(back, None)
    for went_in in _lines(path):
        if row is None or (went_in.get("id"), went_in["prompt"]) != (row.get("id"), row["prompt"]):
            counts["missing"] += 1  # refused; the import said so
            continue
        same = went_in == row and json.dumps(went_in[field]) == json.dumps(row[field])
        counts["same" if same else "different"] += 1
        row = next(back, None)
    counts["different"] += sum(1 for _ in back) + (row is not None)
    return dict(counts)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for line in file:
            yield json.loads(line)


# --- the steps, each in a process of its own --------------------------------------------------
def _child(step: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.import_rows", "--step", step, *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _step(options: argparse.Namespace) -> None:
    import django

    django.setup()
    begun, mine, servers = time.monotonic(), time.process_time(), _server_seconds()
    found = _import(options) if options.step == "import" else _export(options)
    seconds = time.monotonic() - begun
    own = {
        "cpu_seconds": round(time.process_time() - mine, 1),
        "postgres_cpu_seconds": round(_server_seconds() - servers, 1),
    }
    rows = found.get("read", found.get("rows", 0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"seconds": round(seconds, 1), "rows_per_second": round(rows / seconds)}
    print(json.dumps({**found, **figures, **own, "peak_mib": round(peak)}))


def _server_seconds() -> float:
    """Processor time of this connection's server process so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _import(options: argparse.Namespace) -> dict[str, int]:
    from annotation.corpus.imports import Counts, run_import
    from annotation.corpus.lines import read_lines
    from annotation.corpus.rows import Issue
    from annotation.labeling.imports import importer_for, target_prompt_set
    from annotation.projects.models import Project

    project, _ = Project.objects.get_or_create(name=PROJECT, defaults={"language": "en"})
    target = target_prompt_set(
        actor=None,
        project=project,
        kind=options.kind,
        name=options.prompt_set,
        purpose="reward" if options.kind == "rankings" else "evaluation",
    )
    rules: Counter[str] = Counter()
    begun = time.monotonic()

    def on_batch(line: int, counts: Counts, issues: list[Issue]) -> None:
        rules.update(f"refused: {issue.rule}" for issue in issues)
        if counts.read % 50_000 == 0:
            used = f"{time.process_time():.0f} + {_server_seconds():.0f} s of processor"
            _tell(f"{counts.read:,} rows in {time.monotonic() - begun:.0f} s, {used}")

    counts = run_import(
        importer_for(options.kind, target), read_lines(options.file), on_batch=on_batch
    )
    return counts.as_dict() | rules


def _export(options: argparse.Namespace) -> dict[str, int]:
    from annotation.corpus.exports import encode
    from annotation.corpus.models import PromptSet
    from annotation.labeling.exports import export_rows
    from annotation.projects.models import Project

    project = Project.objects.get(name=PROJECT)
    source = PromptSet.objects.get(project=project, name=options.prompt_set)
    rows = 0
    with options.file.open("wb") as file:
        for row in export_rows(options.kind, project, source):
            file.write(encode(row))
            rows += 1
    return {"rows": rows, "bytes": options.file.stat().st_size}


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=REPOSITORY, check=True)


def _print(name: str, step: str, figures: dict[str, Any]) -> None:
    print(json.dumps({"file": name, "step": step, **figures}), flush=True)


def _tell(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
