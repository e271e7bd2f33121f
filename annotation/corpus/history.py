"""One prompt with all that hangs on it, and groups of prompts that are nearly the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from annotation.accounts.models import User
from annotation.corpus import selectors
from annotation.corpus.bulk import read_rows
from annotation.corpus.likeness import Link, groups
from annotation.corpus.models import Completion, Prompt, PromptChange, PromptSet
from annotation.projects.models import Project

MOST_ANSWERS = 200
MOST_MEMBERS = 20
PAGE_OF_GROUPS = 20


def counted(rows: QuerySet[Prompt]) -> QuerySet[Prompt]:
    """The prompts with the numbers of their completions, items and judgments that count."""
    of_it = Prompt.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    answers = Completion.objects.filter(prompt=OuterRef("pk"), withdrawn_at=None).order_by()
    return rows.annotate(
        completion_count=_number(answers.values("prompt").annotate(n=Count("*"))),
        item_count=_number(of_it.annotate(n=Count("items"))),
        judgment_count=_number(of_it.annotate(n=Sum("items__counted"))),
    )


def _number(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("n"), output_field=IntegerField()), 0)


def detail(prompt_id: UUID) -> Prompt:
    """The prompt with what the page of one prompt shows; raises DoesNotExist."""
    prompt: Any = counted(Prompt.objects.select_related("prompt_set")).get(pk=prompt_id)
    with_sizes([prompt])
    line = _line(prompt)
    prompt.wordings = line
    prompt.entries = _entries(line)
    prompt.alike = near(prompt)
    answers = prompt.completions.select_related("policy_version", "author").order_by(
        "-created_at", "-id"
    )
    prompt.answers = [
        {
            "id": one.pk,
            "text": one.text,
            "shown": one.shown,
            "origin": one.origin,
            "who": _who(one),
            "withdrawn_at": one.withdrawn_at,
            "created_at": one.created_at,
        }
        for one in answers[:MOST_ANSWERS]
    ]
    work = prompt.items.order_by("-id").values("id", "kind", "state", "counted", "needed")
    prompt.work = list(work[:MOST_ANSWERS])
    found: Prompt = prompt
    return found


def _who(one: Completion) -> str:
    if one.policy_version is not None:
        return one.policy_version.name
    return one.system or (name_of(one.author) if one.author else "")


def name_of(person: User) -> str:
    """How somebody is called in the consoles."""
    return person.display_name or person.username


def with_sizes(prompts: Iterable[Prompt]) -> None:
    """Give the sets of these prompts their `prompt_count`, which every form of a set shows."""
    sets: dict[UUID, int] = {}
    for prompt in prompts:
        key = prompt.prompt_set_id
        if key not in sets:
            found = selectors.prompt_set(key)
            sets[key] = found.prompt_count if found else 0  # type: ignore[attr-defined]
        prompt.prompt_set.prompt_count = sets[key]  # type: ignore[attr-defined]


# --- history ----------------------------------------------------------------------------------
_LINE = """
WITH RECURSIVE back AS (
  SELECT id, supersedes_id FROM corpus_prompt WHERE id = %s
  UNION SELECT p.id, p.supersedes_id FROM back b JOIN corpus_prompt p ON p.id = b.supersedes_id),
line AS (SELECT id FROM back
  UNION SELECT p.id FROM line l JOIN corpus_prompt p ON p.supersedes_id = l.id)
SELECT id FROM line ORDER BY id LIMIT 500
"""


def _line(prompt: Prompt) -> list[Prompt]:
    """All wordings that are connected with this one by edits, oldest first."""
    ids = [key for (key,) in read_rows(_LINE, [prompt.pk])]
    return list(Prompt.objects.filter(pk__in=ids).order_by("pk"))


def _entries(line: list[Prompt]) -> list[dict[str, Any]]:
    """What happened to any of the wordings, newest first."""
    entries: list[dict[str, Any]] = []
    changes = PromptChange.objects.filter(prompt__in=line).select_related(
        "act__actor", "act__undone_by"
    )
    for change in changes.order_by("-pk")[:500]:
        if change.act.kind == "edit" and change.before != {}:
            continue  # told by the entry of the new wording
        entries.append(
            {
                "at": change.act.created_at,
                "actor": name_of(change.act.actor),
                "kind": change.act.kind,
                "prompt": change.prompt_id,
                "act": change.act_id,
                "undone": hasattr(change.act, "undone_by"),
                "before": change.before,
                "after": change.after,
            }
        )
    first = line[0]
    entries.append(
        {
            "at": first.created_at,
            "actor": None,
            "kind": "created",
            "prompt": first.pk,
            "act": None,
            "undone": False,
            "before": {},
            "after": {},
        }
    )
    return entries


# --- likeness ---------------------------------------------------------------------------------
def near(prompt: Prompt, most: int = 50) -> list[dict[str, Any]]:
    """Prompts that are linked with this one, most alike first."""
    rows = read_rows(
        "SELECT other_id, similarity FROM corpus_promptlink WHERE prompt_id = %s UNION ALL "
        "SELECT prompt_id, similarity FROM corpus_promptlink WHERE other_id = %s "
        "ORDER BY 2 DESC LIMIT %s",
        [prompt.pk, prompt.pk, most],
    )
    found = Prompt.objects.select_related("prompt_set").in_bulk([key for key, _ in rows])
    with_sizes(found.values())
    return [
        {
            "id": key,
            "similarity": similarity,
            "messages": found[key].messages,
            "set": found[key].prompt_set,
            "retired_at": found[key].retired_at,
        }
        for key, similarity in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which groups: with a prompt of this set, this alike, across purposes only."""

    prompt_set: PromptSet | None = None
    at_least: float
    across: bool = False


_LINKS = """
SELECT prompt_id, other_id, similarity FROM corpus_promptlink
WHERE project_id = %s AND similarity >= %s
"""
_STANDING = """
SELECT p.id, p.prompt_set_id, s.purpose FROM corpus_prompt p
JOIN corpus_promptset s ON s.id = p.prompt_set_id
WHERE p.id = ANY(%s) AND p.retired_at IS NULL AND s.retired_at IS NULL
"""


def near_groups(project: Project, wanted: Wanted, after: UUID | None) -> dict[str, Any]:
    """A page of groups of standing prompts, the one with the newest prompt first.

    Retired prompts hold a group together without being shown in it.
    """
    links: list[Any] = read_rows(_LINKS, [project.pk, wanted.at_least])
    alike = groups(links)
    every = [key for group in alike for key in group]
    standing = {key: (of, purpose) for key, of, purpose in read_rows(_STANDING, [every])}
    fitting = []
    for group in alike:
        members = [key for key in group if key in standing]
        sets = {standing[key][0] for key in members}
        purposes = {standing[key][1] for key in members}
        if len(members) < 2 or (wanted.across and len(purposes) < 2):
            continue
        if wanted.prompt_set is None or wanted.prompt_set.pk in sets:
            fitting.append((members, sorted(purposes)))
    rest = [one for one in fitting if after is None or one[0][-1] < after]
    page = rest[:PAGE_OF_GROUPS]
    shown = counted(
        Prompt.objects.filter(pk__in=[key for members, _ in page for key in members[:MOST_MEMBERS]])
    ).select_related("prompt_set")
    prompts = {prompt.pk: prompt for prompt in shown}
    with_sizes(prompts.values())
    _tell_similarity(prompts, links)
    return {
        "total": len(fitting),
        "next": page[-1][0][-1] if len(rest) > len(page) else None,
        "groups": [
            {
                "key": members[-1],
                "size": len(members),
                "purposes": purposes,
                "prompts": [prompts[key] for key in members[:MOST_MEMBERS]],
            }
            for members, purposes in page
        ],
    }


def _tell_similarity(prompts: dict[UUID, Prompt], links: list[Link]) -> None:
    """How alike each prompt and the one nearest to it are."""
    best: dict[UUID, float] = {}
    for one, other, similarity in links:
        for key in (one, other):
            best[key] = max(similarity, best.get(key, 0.0))
    for key, prompt in prompts.items():
        prompt.similarity = best[key]  # type: ignore[attr-defined]


def pending(prompt_sets: QuerySet[PromptSet]) -> int:
    """Prompts of these sets that wait for their fingerprint."""
    ids = list(prompt_sets.values_list("pk", flat=True))
    rows = read_rows(
        "SELECT count(*) FROM corpus_pendingprompt w JOIN corpus_prompt p ON p.id = w.prompt_id "
        "WHERE p.prompt_set_id = ANY(%s)",
        [ids],
    )
    return int(rows[0][0])
