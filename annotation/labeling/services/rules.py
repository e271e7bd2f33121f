"""What a ranking may say on the screen it was made on, and in the mode it was made in.

Every rule yields (field, rule, message). Knows no database.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotation.labeling.services.content import RankingContent
from annotation.lib.errors import FieldProblem, Invalid
from annotation.projects.models import Mode


@dataclass(frozen=True)
class Screen:
    """What the labeler was offered; see labeling_screen in sql/handing_out.sql."""

    mode: str
    steps: list[str]
    axes: list[str]
    flags: list[str]
    allow_ties: bool
    draw_cut: bool
    write_better: bool
    mark_spans: bool
    take_notes: bool


def check(content: RankingContent, screen: Screen) -> None:
    """Refuse what contradicts itself or was not offered; raises Invalid."""
    errors = [
        *_order(content, screen),
        *_cut(content, screen),
        *_direct(content),
        *_of_mode(content),
        *_strangers(content),
        *_grades_and_flags(content, screen),
        *_remarks(content, screen),
        *_better_answer(content, screen),
    ]
    if errors:
        raise Invalid(*errors)


def check_shown(content: RankingContent, shown: Collection[UUID]) -> None:
    """Refuse completions that were not shown, and missing ones; raises Invalid."""
    given = set(content.completions())
    errors = [
        ("tiers", "not_shown", f"The completion {one} is not part of this item.")
        for one in sorted(given - set(shown))
    ]
    errors += [
        ("tiers", "missing", f"The completion {one} stands nowhere.")
        for one in sorted(set(shown) - given)
    ]
    raise Invalid(*errors or [("tiers", "invalid", "These are not the completions shown.")])


def _order(content: RankingContent, screen: Screen) -> Iterator[FieldProblem]:
    if not any(content.tiers):
        yield ("tiers", "empty", "Place at least one completion, or skip the item.")
    for number, tier in enumerate(content.tiers):
        if not tier:
            yield (f"tiers[{number}]", "empty", "A tier holds at least one completion.")
        if len(tier) > 1 and not screen.allow_ties:
            yield (f"tiers[{number}]", "tie", "This project does not allow ties.")
    for one, times in Counter(content.completions()).items():
        if times > 1:
            yield ("tiers", "twice", f"The completion {one} stands in {times} places.")


def _cut(content: RankingContent, screen: Screen) -> Iterator[FieldProblem]:
    cut = content.unacceptable_below
    if cut is None:
        return
    if not screen.draw_cut:
        yield ("unacceptable_below", "off", "This project draws no line below the acceptable.")
    elif not 0 <= cut <= len(content.tiers):
        yield (
            "unacceptable_below",
            "out_of_range",
            f"The number of acceptable tiers is 0 to {len(content.tiers)}.",
        )


def _direct(content: RankingContent) -> Iterator[FieldProblem]:
    judged = set(content.completions()) - set(content.cannot_judge)
    seen: set[frozenset[UUID]] = set()
    for number, one in enumerate(content.direct):
        name = f"direct[{number}]"
        pair = frozenset((one.better, one.worse))
        if one.better == one.worse:
            yield (name, "same", "A comparison needs two different completions.")
        elif not pair <= judged:
            yield (name, "not_judged", "Both sides must be completions that were judged.")
        elif pair in seen:
            yield (name, "twice", "These two are already compared.")
        if one.is_tie and one.strength is not None:
            yield (f"{name}.strength", "tie", "A tie has no strength.")
        seen.add(pair)


def _of_mode(content: RankingContent) -> Iterator[FieldProblem]:
    """A duel and a choice of best and worst have one form each, so that they are read one way."""
    if content.mode == Mode.DUEL:
        yield from _duel(content)
    elif content.mode == Mode.BEST_WORST:
        yield from _best_worst(content)


def _duel(content: RankingContent) -> Iterator[FieldProblem]:
    if len(content.completions()) != 2:
        yield ("mode", "duel", "A duel is between exactly two completions.")
        return
    placed = [one for tier in content.tiers for one in tier]
    if content.unplaced:
        yield ("unplaced", "duel", "A duel places both, or says which cannot be judged.")
    elif len(placed) == 2 and len(content.direct) != 1:
        yield ("direct", "duel", "A duel says once, head to head, which of the two is better.")
    elif len(placed) == 2:
        said = content.direct[0]
        if said.is_tie != (len(content.tiers) == 1) or (
            not said.is_tie and said.better != placed[0]
        ):
            yield ("direct[0]", "duel", "The comparison and the tiers must say the same.")


def _best_worst(content: RankingContent) -> Iterator[FieldProblem]:
    judged = [*(one for tier in content.tiers for one in tier), *content.unplaced]
    if len(content.tiers) == len(judged) == 1:
        return  # all others cannot be judged
    if [len(tier) for tier in content.tiers] != [1, 1]:
        yield ("tiers", "best_worst", "One completion is the best and one the worst.")
        return
    (best,), (worst,) = content.tiers
    needed = {(best, one) for one in content.unplaced} | {(one, worst) for one in content.unplaced}
    said = {(one.better, one.worse) for one in content.direct if not one.is_tie}
    if not needed <= said:
        yield ("direct", "best_worst", "The best is better, and the worst worse, than every other.")
    # Many completions are judged in rounds, so that others too are compared with each other.
    for number, one in enumerate(content.direct):
        if one.is_tie or one.worse == best or one.better == worst:
            message = "Nothing is better than the best, worse than the worst, or tied."
            yield (f"direct[{number}]", "best_worst", message)


def _strangers(content: RankingContent) -> Iterator[FieldProblem]:
    given = set(content.completions())
    said: list[tuple[str, Mapping[UUID, Any]]] = [
        ("grades", content.grades),
        ("flags", content.flags),
        ("spans", content.spans),
        ("notes", content.notes),
        ("reading", content.reading),
    ]
    for name, values in said:
        for one in values:
            if one not in given:
                yield (f"{name}.{one}", "not_shown", "This completion is not in the ranking.")


def _grades_and_flags(content: RankingContent, screen: Screen) -> Iterator[FieldProblem]:
    for one, grades in content.grades.items():
        for axis in grades:
            if axis not in screen.axes:
                yield (f"grades.{one}", "unknown", f"This project has no axis {axis[:40]!r}.")
    for one, flags in content.flags.items():
        for flag in flags:
            if flag not in screen.flags:
                yield (f"flags.{one}", "unknown", f"This project has no flag {flag[:40]!r}.")
        if len(set(flags)) < len(flags):
            yield (f"flags.{one}", "twice", "A flag is set once.")


def _remarks(content: RankingContent, screen: Screen) -> Iterator[FieldProblem]:
    for one, note in content.notes.items():
        if note and not screen.take_notes:
            yield (f"notes.{one}", "off", "This project takes no notes on single completions.")
    for one, spans in content.spans.items():
        if spans and not screen.mark_spans:
            yield (f"spans.{one}", "off", "This project highlights no passages.")
            continue
        for number, span in enumerate(spans):
            name = f"spans.{one}[{number}]"
            if span.start >= span.end:
                yield (f"{name}.end", "out_of_range", "A passage ends after it starts.")
            if span.flag is not None and span.flag not in screen.flags:
                yield (f"{name}.flag", "unknown", f"This project has no flag {span.flag[:40]!r}.")


def _better_answer(content: RankingContent, screen: Screen) -> Iterator[FieldProblem]:
    better = content.better_answer
    if better is None:
        return
    if not screen.write_better:
        yield ("better_answer", "off", "This project asks for no better answers.")
    if not better.text.strip():
        yield ("better_answer.text", "blank", "Write an answer, or leave it out.")
    if better.based_on is not None and better.based_on not in content.completions():
        yield ("better_answer.based_on", "not_shown", "This completion is not in the ranking.")
