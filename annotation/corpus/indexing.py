"""Taking the fingerprints of new prompts, behind the import and whatever else makes prompts.

A trigger notes every new prompt; `take_fingerprints` works that list off in batches. Until a prompt's
turn comes, searching looks at its text directly, so nothing is ever missing from an answer. A batch is
one transaction: a worker that dies leaves the list as it was.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from annotation.corpus.bulk import copy_rows, read_rows
from annotation.corpus.fingerprints import Hashes, bands_of, grams_of, shingles_of, similarity
from annotation.corpus.likeness import THRESHOLD, compared_text
from annotation.corpus.models import PromptFingerprint, PromptLink
from annotation.corpus.texts import Message
from annotation.lib import json, locks

BATCH = 1000
# Looked at for each prompt. More of them share a band only where very many prompts are alike.
MOST_CANDIDATES = 60
PATIENCE = "SELECT set_config('statement_timeout', '300s', true)"


class Fresh(NamedTuple):
    """A prompt whose turn it is; `family` is the name its set shares with the set's other versions."""

    id: UUID
    set_id: UUID
    project_id: UUID
    family: str
    messages: list[Message]


def take_fingerprints(limit: int = 50_000) -> int:
    """Work off up to `limit` waiting prompts; how many it was. One worker at a time does it."""
    done = 0
    while done < limit:
        taken = _take_batch()
        done += taken
        if taken == 0:
            break
    return done


@transaction.atomic
def _take_batch() -> int:
    read_rows(PATIENCE, [])
    if not locks.try_hold("prompt fingerprints"):
        return 0
    fresh = _fresh()
    if not fresh:
        return 0
    spoken = ["\n".join(one["content"] for one in each.messages) for each in fresh]
    shingles = shingles_of([compared_text(each.messages) for each in fresh])
    bands = bands_of([each.project_id for each in fresh], shingles)
    grams = grams_of(spoken)
    copy_rows(
        PromptFingerprint,
        ("prompt_id", "grams", "bands"),
        (
            (each.id, some.tolist(), keys.tolist())
            for each, some, keys in zip(fresh, grams, bands, strict=True)
        ),
    )
    _link(fresh, shingles)
    return len(fresh)


def _fresh() -> list[Fresh]:
    rows = read_rows(
        "WITH taken AS (DELETE FROM corpus_pendingprompt WHERE prompt_id IN (SELECT prompt_id "
        "FROM corpus_pendingprompt ORDER BY prompt_id LIMIT %s) RETURNING prompt_id) "
        "SELECT p.id, p.prompt_set_id, s.project_id, s.name, p.messages::text FROM taken "
        "JOIN corpus_prompt p ON p.id = taken.prompt_id "
        "JOIN corpus_promptset s ON s.id = p.prompt_set_id ORDER BY p.id",
        [BATCH],
    )
    return [Fresh(a, b, c, d, json.loads(text)) for a, b, c, d, text in rows]


def _link(fresh: Sequence[Fresh], shingles: Sequence[Hashes]) -> None:
    """Link each new prompt with the nearest one of every set, where one is near enough.

    One link per set keeps groups of thousands from costing millions of links and still holds each
    group together. Versions of one set repeat each other by design and are not compared.
    """
    known: dict[UUID, Hashes] = {each.id: own for each, own in zip(fresh, shingles, strict=True)}
    families = {each.id: (each.set_id, each.family) for each in fresh}
    found = _candidates([each.id for each in fresh])
    others = [row for row in found if row[1] not in known]
    texts = [compared_text(json.loads(row[4] or "[]")) for row in others]
    if others:
        known.update(zip((row[1] for row in others), shingles_of(texts), strict=True))
    nearest: dict[tuple[UUID, UUID], tuple[float, UUID]] = {}
    for prompt_id, other_id, set_id, family, _ in found:
        own_set, own_family = families[prompt_id]
        if family == own_family and set_id != own_set:
            continue
        near = similarity(known[prompt_id], known[other_id])
        if near >= THRESHOLD and near > nearest.get((prompt_id, set_id), (0.0, other_id))[0]:
            nearest[prompt_id, set_id] = (near, other_id)
    projects = {each.id: each.project_id for each in fresh}
    links = {
        (max(prompt_id, other_id), min(prompt_id, other_id)): (near, projects[prompt_id])
        for (prompt_id, _), (near, other_id) in nearest.items()
    }
    copy_rows(
        PromptLink,
        ("prompt_id", "other_id", "similarity", "project_id"),
        ((*pair, near, project_id) for pair, (near, project_id) in links.items()),
    )


def _candidates(ids: list[UUID]) -> list[tuple[UUID, UUID, UUID, str, str | None]]:
    """(prompt, other, the other's set, its name, its messages unless the other is new, too)."""
    return read_rows(
        "WITH fresh AS MATERIALIZED (SELECT prompt_id, bands FROM corpus_promptfingerprint "
        "WHERE prompt_id = ANY(%s)) "
        "SELECT fresh.prompt_id, f.prompt_id, s.id, s.name, "
        "CASE WHEN f.prompt_id = ANY(%s) THEN NULL ELSE p.messages::text END "
        "FROM fresh CROSS JOIN LATERAL (SELECT prompt_id FROM corpus_promptfingerprint near "
        "WHERE near.bands && fresh.bands AND near.prompt_id <> fresh.prompt_id LIMIT %s) f "
        "JOIN corpus_prompt p ON p.id = f.prompt_id "
        "JOIN corpus_promptset s ON s.id = p.prompt_set_id ORDER BY 1, 2",
        [ids, ids, MOST_CANDIDATES],
    )
