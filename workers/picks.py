"""What a run may choose for people to judge, and items out of what it chose."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings

from annotation.corpus.models import Completion, Prompt
from annotation.labeling.models import Item, ItemCompletion
from annotation.labeling.services import Made, create_ranking_items
from annotation.labeling.services.items import choose, ranking_key
from annotation.runs import candidates
from annotation.runs.models import MixPrompt, Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point

T = TypeVar("T")
CANDIDATES, JUDGED, PICKS = "candidates.jsonl", "judged.jsonl", "picks.jsonl"
PROMPTS_AT_ONCE = 200
MOST_JUDGED = 2000  # the newest rankings that the choice takes as known


def candidate_lines(run: Run) -> Iterator[str]:
    """One line for each prompt in use: its completions, of the run's policy where one is named.

    Samples and imported completions; what people wrote is no candidate.
    """
    assert run.prompt_set is not None
    drawn_by = run.config.get("draw")
    draw = UUID(drawn_by) if drawn_by is not None else None
    prompts = candidates.prompts_of(run.prompt_set, only_new=run.config["only_new"], draw=draw)
    samples = candidates.completions_of(run.policy_version_id, draw=draw)
    for chunk in _chunks(prompts.order_by("id").iterator(chunk_size=1000)):
        drawn: dict[UUID, list[Completion]] = defaultdict(list)
        for one in samples.filter(prompt__in=chunk).order_by("id"):
            drawn[one.prompt_id].append(one)
        for prompt in chunk:
            if len(drawn[prompt.pk]) > 1:
                yield _line(str(prompt.pk), prompt, drawn[prompt.pk])


def judged_lines(run: Run) -> Iterator[str]:
    """The newest judged items of the project, as the reward models may have learnt from them."""
    items = Item.objects.filter(
        project=run.project, kind=Item.Kind.RANKING, control="", counted__gt=0
    )
    newest = list(items.order_by("-id").values_list("id", flat=True)[:MOST_JUDGED])
    shown = ItemCompletion.objects.filter(item__in=newest).order_by("item_id", "position")
    rows = shown.select_related("completion__prompt").iterator(chunk_size=2000)
    for item_id, group in groupby(rows, key=lambda row: row.item_id):
        completions = [row.completion for row in group]
        yield _line(str(item_id), completions[0].prompt, completions)


def _line(key: str, prompt: Prompt, completions: list[Completion]) -> str:
    row = {
        "id": key,
        "prompt": prompt.messages,
        "completions": [{"id": str(one.pk), "text": one.text} for one in completions],
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def make_picked_items(lease: Lease, run: Run, heart: Heartbeat) -> dict[str, int]:
    """One item for each choice, marked by which rule; counts. Again adds nothing. Raises LeaseLost.

    The mark stands in `Item.meta` and is never told to a labeler. An item that was there before, by
    whoever made it, keeps what it says.
    """
    made = Made()
    path = Path(settings.ARTIFACT_DIR) / "runs" / str(run.pk) / PICKS
    with path.open(encoding="utf-8") as file:
        for chunk in _chunks(map(json.loads, file)):
            safe_point(heart)
            with lifecycle.guarded(lease, phase="items"):
                made += _make(run, chunk)
    return {"created": made.created, "existing": made.existing, "too_few": made.too_few}


def _chunks(things: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(things, PROMPTS_AT_ONCE)):
        yield chunk


def _make(run: Run, picks: list[dict[str, Any]]) -> Made:
    known = Completion.objects.in_bulk(
        [UUID(key) for pick in picks for key in pick["completion_ids"]]
    )
    groups: dict[UUID, list[Completion]] = {}
    marks: dict[str, dict[str, Any]] = {}
    k = run.config["completions"]
    for pick in picks:
        prompt_id = UUID(pick["prompt_id"])
        groups[prompt_id] = [known[UUID(key)] for key in pick["completion_ids"]]
        marks[ranking_key(prompt_id, choose(groups[prompt_id], k))] = {
            "run": str(run.pk),
            "rule": pick["rule"],
            "uncertainty": round(pick["uncertainty"], 6),
        }
    items = Item.objects.filter(project=run.project, key__in=marks)
    before = set(items.values_list("key", flat=True))
    made = create_ranking_items(
        project=run.project,
        groups=groups,
        k=k,
        needed=run.config["needed"],
        priority=float(run.config["priority"]),
    )
    for item in items.exclude(key__in=before):
        Item.objects.filter(pk=item.pk).update(meta={**item.meta, "picked": marks[item.key]})
    if run.config.get("draw") is not None:
        waiting = MixPrompt.objects.filter(draw=run.config["draw"], state=MixPrompt.State.WAITING)
        for item in items:
            waiting.filter(prompt=item.prompt_id).update(state=MixPrompt.State.MADE, item=item)
    return made
