"""Prompts found by what an admin asks for: the filters of the list, of counting and of bulk acts."""

import re
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL

from annotation.corpus.grams import is_short, wanted_grams
from annotation.corpus.models import Completion, Prompt, PromptLink

# Newest prompts that are looked through before the index is asked. Words that fill a page from these
# are common, and a common word is found faster by reading in order than by collecting all its places.
LOOK_FIRST = 2000
MOST_GRAMS = 24
STATES = ("standing", "retired", "any")


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is looked for; None and "" ask for nothing. Yes and no are True and False."""

    search: str = ""
    tag: str = ""
    language: str = ""
    split: str = ""
    source: str = ""
    state: str = "standing"
    completions: bool | None = None
    items: bool | None = None
    judged: bool | None = None
    near: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """Only what was asked for."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


def prompts(
    within: QuerySet[Prompt], wanted: Filter, *, page: int = 0, below: UUID | None = None
) -> QuerySet[Prompt]:
    """The prompts of `within` that fit.

    For one page of a list that is ordered newest first, say its size and the key it begins below:
    then the way of searching is chosen for it. What is found is the same either way.
    """
    rows = within
    if wanted.state != "any":
        rows = rows.filter(retired_at__isnull=wanted.state == "standing")
    if wanted.tag:
        rows = rows.filter(tags__contains=[wanted.tag])
    for name in ("language", "split", "source"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    has = {
        "completions": Completion.objects.filter(prompt=OuterRef("pk"), withdrawn_at=None),
        "items": Prompt.objects.filter(pk=OuterRef("pk"), items__isnull=False),
        "judged": Prompt.objects.filter(pk=OuterRef("pk"), items__counted__gt=0),
    }
    for name, some in has.items():
        if (value := getattr(wanted, name)) is not None:
            rows = rows.filter(Exists(some) if value else ~Exists(some))
    if wanted.near is not None:
        rows = rows.filter(has_near() if wanted.near else ~has_near())
    return _searched(rows, wanted.search, page, below) if wanted.search else rows


def has_near() -> Q:
    """Nearly the same as another standing prompt."""
    later = PromptLink.objects.filter(prompt=OuterRef("pk"), other__retired_at=None)
    earlier = PromptLink.objects.filter(other=OuterRef("pk"), prompt__retired_at=None)
    return Q(Exists(later)) | Q(Exists(earlier))


def _searched(
    rows: QuerySet[Prompt], search: str, page: int, below: UUID | None
) -> QuerySet[Prompt]:
    matching = _matching(rows, search)
    grams = wanted_grams(search)
    if not grams or (page and _fills(rows, search, page, below)):
        return matching
    step = max(1, len(grams) // MOST_GRAMS)
    found = RawSQL(
        "SELECT prompt_id FROM corpus_promptfingerprint WHERE grams @> %s::int[] "
        "UNION ALL SELECT prompt_id FROM corpus_pendingprompt",
        [grams[::step]],
    )
    return matching.filter(pk__in=found)


def _matching(rows: QuerySet[Prompt], search: str) -> QuerySet[Prompt]:
    """By the text itself. One or two Latin letters must begin a word: they are in nearly every text."""
    written = Func(F("messages"), function="corpus_prompt_text", output_field=TextField())
    rows = rows.alias(written=written)
    if is_short(search) and search.isalnum():
        return rows.filter(written__iregex=rf"\m{re.escape(search)}")
    return rows.filter(written__icontains=search)


def _fills(rows: QuerySet[Prompt], search: str, page: int, below: UUID | None) -> bool:
    """The newest prompts hold a page of this already, or there are no more than these."""
    first = rows if below is None else rows.filter(pk__lt=below)
    ids = list(first.order_by("-pk").values_list("pk", flat=True)[:LOOK_FIRST])
    if len(ids) < LOOK_FIRST:
        return True
    among = _matching(Prompt.objects.filter(pk__in=ids), search)
    return among[: page + 1].count() > page
