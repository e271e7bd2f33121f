"""Prompt sets over time: naming, versions, what changed between two, how much is in each."""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import ProtectedError
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.bulk import copy_rows, json_text, read_rows
from annotation.corpus.models import Prompt, PromptSet
from annotation.corpus.services import create_prompt_set, lock_corpus
from annotation.lib.errors import NameTaken
from annotation.lib.ids import new_id
from annotation.projects.figures import counter, figures
from annotation.projects.models import Project

PATIENCE = "SELECT set_config('statement_timeout', '120s', true)"
COPIED = (
    *("messages", "is_plain", "text_hash", "split", "language", "source", "source_id"),
    *("reference", "meta", "tags"),
)
BATCH = 2000


@transaction.atomic
def change_prompt_set(*, actor: User, prompt_set: PromptSet, changes: dict[str, Any]) -> PromptSet:
    """Rename (all versions, which are one set by their name), describe, retire or restore."""
    lock_corpus(prompt_set.project_id)
    prompt_set.refresh_from_db()
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    name = changes.get("name", prompt_set.name)
    if name != prompt_set.name:
        named = PromptSet.objects.filter(project_id=prompt_set.project_id)
        if named.filter(name=name).exists():
            raise NameTaken(f"There is a prompt set {name!r} already.")
        before["name"], after["name"] = prompt_set.name, name
        named.filter(name=prompt_set.name).update(name=name)
    description = changes.get("description", prompt_set.description)
    if description != prompt_set.description:
        before["description"], after["description"] = prompt_set.description, description
        PromptSet.objects.filter(pk=prompt_set.pk).update(description=description)
    is_retired = prompt_set.retired_at is not None
    if changes.get("retired", is_retired) != is_retired:
        before["retired"], after["retired"] = is_retired, not is_retired
        moment = None if is_retired else Now()
        PromptSet.objects.filter(pk=prompt_set.pk).update(retired_at=moment)
    if after:
        record(
            actor=actor, action="prompt_set.changed", thing=prompt_set, before=before, after=after
        )
    prompt_set.refresh_from_db()
    return prompt_set


def is_unfilled(prompt_set: PromptSet) -> bool:
    """Whether an import made the set and nothing ever came into it."""
    return prompt_set.made_for_import and not Prompt.objects.filter(prompt_set=prompt_set).exists()


@transaction.atomic
def drop_unfilled(*, actor: User | None, prompt_set: PromptSet) -> bool:
    """Delete a set that an import made and left empty; whether it is gone.

    It stays while something else stands on it: another import, a run that waits for its prompts.
    """
    lock_corpus(prompt_set.project_id)
    if not is_unfilled(prompt_set):
        return False
    name = {"name": prompt_set.name, "version": prompt_set.version}
    try:
        with transaction.atomic():
            record(actor=actor, action="prompt_set.dropped", thing=prompt_set, before=name)
            prompt_set.delete()
    except ProtectedError:
        return False
    return True


@transaction.atomic
def new_version(*, actor: User, prompt_set: PromptSet, description: str = "") -> PromptSet:
    """The next version: the prompts in use, copied. The old one stays as it is, with its answers."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    made = create_prompt_set(
        actor=actor,
        project=prompt_set.project,
        name=prompt_set.name,
        purpose=prompt_set.purpose,
        language=prompt_set.language,
    )
    PromptSet.objects.filter(pk=made.pk).update(
        based_on=prompt_set,
        description=description or prompt_set.description,
        reserved_for=prompt_set.reserved_for,
    )
    standing = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).order_by("id")
    rows = list(standing.values_list("id", *COPIED)[:BATCH])
    while rows:
        copies = ((new_id(), made.pk, *_stored(row[1:])) for row in rows)
        copy_rows(Prompt, ("id", "prompt_set_id", *COPIED), copies)
        rows = list(standing.filter(id__gt=rows[-1][0]).values_list("id", *COPIED)[:BATCH])
    made.refresh_from_db()
    return made


def _stored(row: tuple[Any, ...]) -> list[Any]:
    """The values of COPIED as COPY wants them."""
    values = dict(zip(COPIED, row, strict=True))
    values["messages"] = json_text(values["messages"])
    values["meta"] = json_text(values["meta"])
    if values["reference"] is not None:
        values["reference"] = json_text(values["reference"])
    return [values[name] for name in COPIED]


# --- what changed -----------------------------------------------------------------------------
class Edited(NamedTuple):
    """A prompt of the older version and what became of it in the newer one."""

    before: Prompt
    after: Prompt


class Difference(NamedTuple):
    """What a newer version has that an older one has not, and the other way round."""

    added: list[Prompt]
    removed: list[Prompt]
    edited: list[Edited]
    counts: dict[str, int]


_ONLY = """
SELECT p.id FROM corpus_prompt p WHERE p.prompt_set_id = %s AND p.retired_at IS NULL
AND NOT EXISTS (SELECT 1 FROM corpus_prompt o WHERE o.prompt_set_id = %s
  AND o.text_hash = p.text_hash AND o.retired_at IS NULL)
ORDER BY p.id
"""
# From each prompt that is new, back along what it superseded to a text of the older version.
_EDITED = """
WITH RECURSIVE line AS (
  SELECT p.id AS tip, p.supersedes_id AS at, 1 AS steps FROM corpus_prompt p
    WHERE p.id = ANY(%s) AND p.supersedes_id IS NOT NULL
  UNION ALL
  SELECT l.tip, p.supersedes_id, l.steps + 1 FROM line l JOIN corpus_prompt p ON p.id = l.at
    WHERE p.supersedes_id IS NOT NULL)
SELECT DISTINCT ON (line.tip) line.tip, o.id FROM line
  JOIN corpus_prompt p ON p.id = line.at
  JOIN corpus_prompt o ON o.prompt_set_id = %s AND o.text_hash = p.text_hash
    AND o.retired_at IS NULL
  ORDER BY line.tip, line.steps
"""


def difference(older: PromptSet, newer: PromptSet, *, most: int = 200) -> Difference:
    """What is told apart by text; at most so many prompts of each kind, and all of them counted."""
    added = [key for (key,) in read_rows(_ONLY, [newer.pk, older.pk])]
    removed = [key for (key,) in read_rows(_ONLY, [older.pk, newer.pk])]
    gone = set(removed)
    pairs = [pair for pair in read_rows(_EDITED, [added, older.pk]) if pair[1] in gone]
    tips, roots = {tip for tip, _ in pairs}, {root for _, root in pairs}
    only_added = [key for key in added if key not in tips]
    only_removed = [key for key in removed if key not in roots]
    shown = {
        *only_added[:most],
        *only_removed[:most],
        *(key for pair in pairs[:most] for key in pair),
    }
    found = Prompt.objects.in_bulk(shown)
    return Difference(
        added=[found[key] for key in only_added[:most]],
        removed=[found[key] for key in only_removed[:most]],
        edited=[Edited(found[root], found[tip]) for tip, root in pairs[:most]],
        counts={
            "added": len(only_added),
            "removed": len(only_removed),
            "edited": len(pairs),
        },
    )


# --- how much is there ------------------------------------------------------------------------
Facets = dict[str, list[dict[str, Any]]]
FACETS_MOST = 200
FACETS = {
    "tags": "SELECT prompt_set_id, unnest(tags) AS value FROM mine",
    "languages": "SELECT prompt_set_id, language AS value FROM mine WHERE language <> ''",
    "splits": "SELECT prompt_set_id, split AS value FROM mine",
    "sources": "SELECT prompt_set_id, source AS value FROM mine WHERE source <> ''",
}
OF_SETS = """
WITH mine AS (
  SELECT prompt_set_id, tags, language, split, source FROM corpus_prompt
   WHERE prompt_set_id = ANY(%s) AND retired_at IS NULL
)
SELECT prompt_set_id, value, n FROM (
  SELECT prompt_set_id, value, count(*) AS n,
         row_number() OVER (PARTITION BY prompt_set_id ORDER BY count(*) DESC, value) AS place
    FROM ({each}) AS each GROUP BY 1, 2) AS placed
 WHERE place <= {most} ORDER BY prompt_set_id, place
"""


def facets(prompt_set: PromptSet) -> Facets:
    """The tags, languages, splits and sources of the prompts in use, each with its number of prompts."""
    kept, _ = figures(prompt_set.project, set_facets)
    key = str(prompt_set.pk)
    found: Facets = kept.get(key) or _facets_of([prompt_set.pk]).get(key) or {}
    return {name: found.get(name, []) for name in FACETS}


@counter
def set_facets(project: Project) -> dict[str, Facets]:
    """The facets of every set of the project, by its key."""
    return _facets_of(list(PromptSet.objects.filter(project=project).values_list("pk", flat=True)))


def _facets_of(sets: list[UUID]) -> dict[str, Facets]:
    found: dict[str, Facets] = {}
    for name, each in FACETS.items():
        query = OF_SETS.format(each=each, most=FACETS_MOST)
        for key, value, count in read_rows(query, [sets]):
            of_set = found.setdefault(str(key), {})
            of_set.setdefault(name, []).append({"value": value, "count": count})
    return found
