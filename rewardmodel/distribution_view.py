"""Steps of a distribution on a terminal: bars for probabilities, words for what was cut."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.text import Text

from rewardmodel.distribution import KEPT, Candidate, Step

BAR = 24
WORDS = {"no_repeat_ngram": "cut: would repeat", "top_k": "cut by top-k", "top_p": "cut by top-p"}


def bar(probability: float) -> str:
    """A bar of BAR columns in eighths of a column."""
    eighths = round(probability * BAR * 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def lines(step: Step) -> Iterator[Text]:
    """The chosen token, then the others."""
    vocabulary = "" if step.probability_cut == 0 else f", {step.kept} tokens kept"
    cut = f", {step.probability_cut:.1%} cut" if step.probability_cut > 0 else ""
    yield Text.assemble(
        (f"{step.number:4d} ", "dim"),
        _columns(step.chosen, "bold green"),
        (f"  rank {step.rank}, {step.entropy_bits:.2f} bits{vocabulary}{cut}", "dim"),
    )
    for other in step.others:
        style = "" if other.fate == KEPT else "dim strike"
        yield Text.assemble("     ", _columns(other, style))


def _columns(one: Candidate, style: str) -> Text:
    shown = json.dumps(one.text, ensure_ascii=False)
    after = ""
    if one.fate != KEPT:
        after = WORDS[one.fate]
    elif abs(one.probability_after - one.probability) > 5e-4:
        after = f"→ {one.probability_after:.3f}"
    return Text.assemble(
        (f"{shown:<16}", style),
        f" {one.probability:6.3f} ",
        (f"{bar(one.probability):<{BAR}}", "cyan"),
        (f" {after}" if after else "", "yellow"),
    )
