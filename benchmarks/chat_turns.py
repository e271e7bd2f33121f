"""How long a labeler in a live chat waits: from the stored message to replies that can be ranked.

    python -m benchmarks.chat_turns --model DIR --turns 20 --replies 4 --tokens 64

Starts its own PostgreSQL and Valkey and the sampling worker as `make up` does, registers the policy in
DIR (a Hugging Face directory), says something and waits until the turn is ready. The first turn finds
a cold worker, which loads torch and the policy; it is told apart. Prints seconds and one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

PATIENCE_S = 300
QUESTIONS = ("Why is the sky blue?", "Tell me a story.", "天空为什么是蓝色的？", "讲个故事。")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--replies", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    wish = parser.parse_args()
    from annotation.local.throwaway import throwaway_servers

    with throwaway_servers() as servers, tempfile.TemporaryDirectory() as folder:
        os.environ.update(servers, TIEBREAK_LOCAL="1", TIEBREAK_ARTIFACT_DIR=folder)
        import django

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotation.settings")
        django.setup()
        report(measure(wish, Path(folder) / "worker.log"), wish)


def measure(wish: argparse.Namespace, log: Path) -> list[tuple[float, int]]:
    """Seconds and tokens written of every turn, the first one by a cold worker."""
    from django.core.management import call_command

    from annotation.local.processes import worker

    call_command("migrate", verbosity=0)
    people = prepare(wish)
    with log.open("wb") as output:
        process = subprocess.Popen(
            worker("sample").command(sys.executable), stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while b" ready." not in log.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return [one_turn(people, number) for number in range(wish.turns + 1)]
    finally:
        process.terminate()
        process.wait()


def prepare(wish: argparse.Namespace) -> Any:
    """A project whose chat is open, and a labeler."""
    from annotation.accounts.models import User
    from annotation.corpus.services import create_sampling_plan
    from annotation.labeling import services
    from annotation.projects.models import Membership
    from annotation.projects.services import create_project
    from annotation.registry.services import register_version

    person = User.objects.create(username="labeler")
    project = create_project(actor=person, name="Chat", language="en")
    Membership.objects.create(project=project, user=person, role="labeler")
    version = register_version(project=project, directory=wish.model, name="measured")
    plan = create_sampling_plan(
        actor=person,
        project=project,
        name="plan",
        strategy="sample",
        n=wish.replies,
        max_new_tokens=wish.tokens,
    )
    services.change_chat_settings(
        actor=person,
        project=project,
        enabled=True,
        policy_version=version.pk,
        plan=plan.pk,
        replies=wish.replies,
        most_turns=1,
        most_conversations=100_000,
    )
    return project, person


def one_turn(people: Any, number: int) -> tuple[float, int]:
    from annotation.corpus.models import Completion
    from annotation.labeling import services
    from annotation.labeling.models import ChatTurn

    project, person = people
    conversation, _ = services.start_conversation(
        labeler=person, project=project, client_uuid=uuid4()
    )
    before = time.monotonic()
    turn, _ = services.say(
        labeler=person,
        conversation=conversation,
        client_uuid=uuid4(),
        text=f"{QUESTIONS[number % len(QUESTIONS)]} ({number})",
        continue_with=None,
    )
    while (state := ChatTurn.objects.values_list("state", flat=True).get(pk=turn.pk)) == "waiting":
        if time.monotonic() - before > PATIENCE_S:
            raise SystemExit("no replies; is the machine overloaded?")
        time.sleep(0.005)
    took = time.monotonic() - before
    if state != "ready":
        raise SystemExit(f"turn {number} {state}: {ChatTurn.objects.get(pk=turn.pk).error_message}")
    counts = Completion.objects.filter(prompt=turn.prompt).values_list("token_count", flat=True)
    return took, sum(count or 0 for count in counts)


def report(turns: list[tuple[float, int]], wish: argparse.Namespace) -> None:
    (cold, _), *warm = turns
    seconds = sorted(took for took, _ in warm)
    found = {
        "cold_s": round(cold, 2),
        "warm_median_s": round(statistics.median(seconds), 3),
        "warm_p95_s": round(seconds[int(0.95 * (len(seconds) - 1))], 3),
        "tokens_per_turn": round(statistics.mean(tokens for _, tokens in warm)),
        "turns": len(warm),
        "replies": wish.replies,
        "max_new_tokens": wish.tokens,
    }
    print(f"first turn, cold worker: {found['cold_s']} s")
    print(f"warm worker: median {found['warm_median_s']} s, 95 % within {found['warm_p95_s']} s")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
