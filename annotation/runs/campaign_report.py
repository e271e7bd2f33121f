"""What a judging campaign found: read from its judgments as they stand now, figures by `quality.contests`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotation.lib.statements import fetch_all
from annotation.projects.models import GroupMember
from annotation.quality import contests
from annotation.quality.contests import Verdicts
from annotation.registry.models import ModelVersion
from annotation.runs import campaign_selectors
from annotation.runs.models import JudgingCampaign, Run

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
LENGTHS = (("short", 200), ("medium", 1000))
"""Prompts up to so many characters; longer ones are long."""
MOST_RUNS = 20

# One row for each pair of contestants in each counted judgment; the chosen one comes first, also in a tie.
VERDICTS = """
SELECT p.prompt_id, w.version_id, l.version_id, c.is_tie,
       CASE WHEN c.chosen_shown_at < c.rejected_shown_at THEN 1 ELSE -1 END,
       sign(char_length(coalesce(wc.shown_text, wc.text))
            - char_length(coalesce(lc.shown_text, lc.text)))::int,
       c.labeler_id, i.state = 'done', c.created_at
  FROM runs_mixprompt p
  JOIN labeling_item i ON i.id = p.item_id
  JOIN comparison c ON c.item_id = p.item_id
  JOIN runs_campaignanswer w ON w.mix_prompt_id = p.id AND w.completion_id = c.chosen_id
  JOIN runs_campaignanswer l ON l.mix_prompt_id = p.id AND l.completion_id = c.rejected_id
  JOIN corpus_completion wc ON wc.id = c.chosen_id
  JOIN corpus_completion lc ON lc.id = c.rejected_id
 WHERE p.draw_id = %(draw)s
 ORDER BY p.prompt_id, c.ranking_id
"""
GRADES = """
SELECT p.prompt_id, a.version_id, r.id, g.key, (g.value)::text::float
  FROM runs_mixprompt p
  JOIN labeling_ranking r ON r.item_id = p.item_id AND r.state = 'counted'
  JOIN labeling_placement q ON q.ranking_id = r.id
  JOIN runs_campaignanswer a ON a.mix_prompt_id = p.id AND a.completion_id = q.completion_id
 CROSS JOIN LATERAL jsonb_each(q.grades) g
 WHERE p.draw_id = %(draw)s AND jsonb_typeof(g.value) = 'number'
 ORDER BY p.prompt_id, r.id
"""
PROMPTS = """
SELECT t.id, t.tags, coalesce(nullif(t.language, ''), s.language), char_length(t.messages::text)
  FROM runs_mixprompt p JOIN corpus_prompt t ON t.id = p.prompt_id
  JOIN corpus_promptset s ON s.id = t.prompt_set_id
 WHERE p.draw_id = %(draw)s
"""
SAME = """
SELECT a.version_id, b.version_id, count(*)
  FROM runs_mixprompt p
  JOIN runs_campaignanswer a ON a.mix_prompt_id = p.id
  JOIN runs_campaignanswer b ON b.mix_prompt_id = p.id AND b.completion_id = a.completion_id
   AND b.id > a.id
 WHERE p.draw_id = %(draw)s GROUP BY 1, 2
"""
ANSWERS = """
SELECT a.version_id, count(*), avg(char_length(coalesce(c.shown_text, c.text)))::float
  FROM runs_mixprompt p JOIN runs_campaignanswer a ON a.mix_prompt_id = p.id
  JOIN corpus_completion c ON c.id = a.completion_id
 WHERE p.draw_id = %(draw)s GROUP BY 1
"""


@dataclass(frozen=True)
class Said:
    """All verdicts of a campaign. Contestants are numbered; the reference, which is None, comes last."""

    contestants: list[ModelVersion | None]
    prompts: list[UUID]
    verdicts: Verdicts
    labelers: NDArray[np.object_]
    done: NDArray[np.bool_]
    at: Floats

    def place(self, version: UUID | None) -> int:
        """The number of a contestant."""
        return _place(self.contestants, version)

    def in_turn(self, one: int, other: int) -> Floats:
        """Mean scores of `one` against `other` on each prompt whose judgments are all in, in the order
        in which they came to be so."""
        held = self.done & (
            ((self.verdicts.first == one) & (self.verdicts.second == other))
            | ((self.verdicts.first == other) & (self.verdicts.second == one))
        )
        duels = self.verdicts.where(held).between(one, other)
        _, prompt = np.unique(duels.prompt, return_inverse=True)
        means = np.bincount(prompt, duels.score) / np.maximum(np.bincount(prompt), 1)
        last = np.full(len(means), -np.inf)
        np.maximum.at(last, prompt, self.at[held])
        ordered: Floats = means[np.argsort(last, kind="stable")]
        return ordered


def _place(contestants: list[ModelVersion | None], version: UUID | None) -> int:
    keys = [None if one is None else one.pk for one in contestants]
    return keys.index(version)


def said_in(campaign: JudgingCampaign) -> Said:
    """Read the verdicts of a campaign."""
    contestants: list[ModelVersion | None] = [*campaign_selectors.versions_of(campaign)]
    if campaign.with_reference:
        contestants.append(None)
    places = {None if one is None else one.pk: at for at, one in enumerate(contestants)}
    rows = fetch_all(VERDICTS, {"draw": campaign.draw_id})
    prompts = list(dict.fromkeys(row[0] for row in rows))
    number = {prompt: at for at, prompt in enumerate(prompts)}

    def ints(values: Iterator[int]) -> Ints:
        return np.fromiter(values, dtype=np.int64, count=len(rows))

    return Said(
        contestants,
        prompts,
        Verdicts(
            prompt=ints(number[row[0]] for row in rows),
            first=ints(places[row[1]] for row in rows),
            second=ints(places[row[2]] for row in rows),
            score=np.array([0.5 if row[3] else 1.0 for row in rows]),
            earlier=ints(row[4] for row in rows),
            longer=ints(row[5] for row in rows),
        ),
        labelers=np.array([row[6] for row in rows], dtype=object),
        done=np.array([row[7] for row in rows], dtype=bool),
        at=np.array([row[8].timestamp() for row in rows]),
    )


def head_to_head(said: Said, one: int, other: int) -> dict[str, Any]:
    """How contestant `one` fares against `other`, with the interval that allows looking again."""
    found = contests.wins_of(said.verdicts.between(one, other))
    return found | {"always": contests.always_valid(said.in_turn(one, other))}


def report(campaign: JudgingCampaign, *, tell: float = 0.55, base: UUID | None = None) -> Any:
    """All figures of a campaign; `tell`: which win rate is to be told from one half; `base`: of the
    ratings and slices, else the campaign's own."""
    said = said_in(campaign)
    anchor = said.place(base or campaign.base_id)
    names = {"draw": campaign.draw_id}
    count = len(said.contestants)
    ratings = contests.ratings_of(said.verdicts, count, anchor)
    answers = {row[0]: row[1:] for row in fetch_all(ANSWERS, names)}
    same = _same(said, fetch_all(SAME, names))
    pairs = [
        {
            "one": a,
            "other": b,
            "same": same.get((a, b), 0),
            "left": contests.judgments_left(said.verdicts.between(a, b), tell),
            **head_to_head(said, a, b),
        }
        for a, b in combinations(_order(count, anchor), 2)
    ]
    slices = list(_slices(campaign, said, anchor))
    axes = _axes(campaign, said, anchor)
    return {
        "contestants": [
            {
                "version": one,
                "answers": answers.get(_key(one), (0, None))[0],
                "length": answers.get(_key(one), (0, None))[1],
                "rating": ratings.points[at],
                "interval": ratings.intervals[at],
            }
            for at, one in enumerate(said.contestants)
        ],
        "base": anchor,
        "tie": ratings.tie,
        "tell": tell,
        "pairs": pairs,
        "axes": axes,
        "slices": slices,
        "earlier": contests.leaning(said.verdicts, said.verdicts.earlier),
        "longer": contests.leaning(said.verdicts, said.verdicts.longer),
        "intervals": len(pairs) + len(slices) + sum(len(one["contestants"]) for one in axes),
        "metrics": _metrics(campaign),
    }


def _key(version: ModelVersion | None) -> UUID | None:
    return None if version is None else version.pk


def _order(count: int, anchor: int) -> list[int]:
    """Contestants with the base last, so that others are told against it."""
    return [at for at in range(count) if at != anchor] + [anchor]


def _same(said: Said, rows: list[tuple[Any, ...]]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for one, other, count in rows:
        a, b = said.place(one), said.place(other)
        for key in ((a, b), (b, a)):
            found[key] = found.get(key, 0) + count
    return found


# --- slices ---------------------------------------------------------------------------------------


def _slices(campaign: JudgingCampaign, said: Said, anchor: int) -> Iterator[dict[str, Any]]:
    """Everybody against the base by tag, language and length of the prompt, and group of the labeler."""
    rows = fetch_all(PROMPTS, {"draw": campaign.draw_id})
    about = {key: (tags, language, chars) for key, tags, language, chars in rows}
    told = [about[key] for key in said.prompts]
    groups: dict[UUID, set[str]] = {}
    members = GroupMember.objects.filter(group__project=campaign.project_id)
    for user, name in members.values_list("membership__user_id", "group__name"):
        groups.setdefault(user, set()).add(name)
    of_prompt: dict[str, Callable[[Any], list[str]]] = {
        "tag": lambda one: one[0],
        "language": lambda one: [one[1]],
        "length": lambda one: [_length(one[2])],
    }
    for dimension, names_of in of_prompt.items():
        names = [set(names_of(one)) for one in told]
        yield from _by(said, anchor, dimension, [names[at] for at in said.verdicts.prompt.tolist()])
    none: set[str] = set()
    yield from _by(said, anchor, "group", [groups.get(one, none) for one in said.labelers])


def _length(chars: int) -> str:
    return next((name for name, most in LENGTHS if chars <= most), "long")


def _by(said: Said, anchor: int, dimension: str, names: list[set[str]]) -> Iterator[dict[str, Any]]:
    known = sorted({name for one in names for name in one})
    if dimension == "length":
        known = [name for name in ("short", "medium", "long") if name in known]
    if len(known) < 2 and dimension != "tag":
        return  # a part that is the whole says nothing new
    for name in known:
        held = np.array([name in one for one in names], dtype=bool)
        part = said.verdicts.where(held)
        for at in range(len(said.contestants)):
            figures = contests.wins_of(part.between(at, anchor))
            if at != anchor and figures["judgments"]:
                yield {"dimension": dimension, "name": name, "contestant": at, **figures}


# --- grades ---------------------------------------------------------------------------------------


def _axes(campaign: JudgingCampaign, said: Said, anchor: int) -> list[dict[str, Any]]:
    """Mean grades on every axis, and how often each was graded above the base in one judgment."""
    by_axis: dict[str, list[tuple[UUID, int, UUID, float]]] = {}
    for prompt, version, ranking, axis, grade in fetch_all(GRADES, {"draw": campaign.draw_id}):
        by_axis.setdefault(axis, []).append((prompt, said.place(version), ranking, grade))
    return [
        {"axis": axis, "contestants": list(_graded(by_axis[axis], len(said.contestants), anchor))}
        for axis in sorted(by_axis)
    ]


def _graded(
    rows: list[tuple[UUID, int, UUID, float]], contestants: int, anchor: int
) -> Iterator[dict[str, Any]]:
    number = {prompt: at for at, prompt in enumerate(dict.fromkeys(row[0] for row in rows))}
    base = {ranking: grade for _, at, ranking, grade in rows if at == anchor}
    for at in range(contestants):
        own = [row for row in rows if row[1] == at]
        if not own:
            continue
        prompts = np.array([number[row[0]] for row in own])
        mean = contests.mean_of(np.array([row[3] for row in own]), prompts)
        assert mean is not None  # there are rows
        both = [row for row in own if row[2] in base] if at != anchor else []
        score = np.array([0.5 + 0.5 * np.sign(row[3] - base[row[2]]) for row in both])
        size = len(both)
        where = np.array([number[row[0]] for row in both], dtype=np.int64)
        zeros = np.zeros(size, dtype=np.int64)
        figures = contests.wins_of(Verdicts(where, zeros + at, zeros + anchor, score, zeros, zeros))
        yield {
            "contestant": at,
            "grades": len(own),
            "mean": mean[0],
            "mean_interval": mean[1],
            **figures,
        }


# --- automatic figures ----------------------------------------------------------------------------


def _metrics(campaign: JudgingCampaign) -> list[dict[str, Any]]:
    """What evaluation runs found of the versions, the newest of each kind; each leads to its run."""
    versions = campaign_selectors.versions_of(campaign)
    runs = Run.objects.filter(
        project=campaign.project_id,
        kind=Run.Kind.EVALUATE,
        status=Run.Status.SUCCEEDED,
        policy_version__in=versions,
    ).select_related("policy_version", "reward_version")
    seen: set[tuple[Any, ...]] = set()
    found: list[dict[str, Any]] = []
    for run in runs.order_by("-id")[: 10 * MOST_RUNS]:
        key = (run.policy_version_id, run.prompt_set_id, run.reward_version_id, run.snapshot_id)
        if key in seen or len(found) == MOST_RUNS:
            continue
        seen.add(key)
        policy, written = run.report.get("policy") or {}, run.report.get("demonstrations") or {}
        score = policy.get("score") or {}
        found.append(
            {
                "version": run.policy_version,
                "run": run.pk,
                "number": run.number,
                "same_prompts": run.prompt_set_id == campaign.draw.prompt_set_id,
                "reward_version": run.reward_version,
                "reward": score.get("value"),
                "reward_interval": [score["low"], score["high"]] if "low" in score else None,
                "perplexity": written.get("perplexity"),
                "bleu": policy.get("bleu"),
                "rouge_l": policy.get("rouge_l"),
            }
        )
    return sorted(found, key=lambda one: (-one["version"].number, not one["same_prompts"]))
