"""Plots of a report as inline SVG: text in, text out, no library and no script.

Colours are classes that the page's style gives a value, so that plots follow light and dark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

LABEL_WIDTH, PLOT_WIDTH, NOTE_WIDTH, ROW = 240, 350, 170, 26


class Estimate(NamedTuple):
    """One row of a plot: a share with its interval, where there is one."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    strong: bool = False


def share_plot(rows: Sequence[Estimate], title: str) -> str:
    """Shares from 0 to 1 as dots with whiskers, one a row; a line marks a coin's 50 %."""
    height = ROW * len(rows) + 34
    width = LABEL_WIDTH + PLOT_WIDTH + NOTE_WIDTH
    parts = [
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title, quote=True)}">'
    ]
    for tick in range(0, 101, 25):
        x = _x(tick / 100)
        kind = "coin" if tick == 50 else "grid"
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="4" y2="{height - 26}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{height - 10}">{tick}%</text>')
    for number, row in enumerate(rows):
        parts += _row(row, number * ROW + 18)
    return "".join([*parts, "</svg>"])


def _x(share: float) -> float:
    return round(LABEL_WIDTH + PLOT_WIDTH * min(max(share, 0.0), 1.0), 1)


def _row(row: Estimate, y: int) -> list[str]:
    label = row.label if len(row.label) <= 30 else row.label[:29] + "…"
    weight = " strong" if row.strong else ""
    parts = [
        f'<text class="label{weight}" x="{LABEL_WIDTH - 12}" y="{y + 4}">{escape(label)}</text>'
    ]
    if row.value is None:
        return [*parts, f'<text class="note" x="{_x(0) + 6}" y="{y + 4}">not known</text>']
    if row.low is not None and row.high is not None:
        parts.append(
            f'<line class="whisker{weight}" x1="{_x(row.low)}" x2="{_x(row.high)}" '
            f'y1="{y}" y2="{y}"/>'
        )
    parts.append(f'<circle class="dot{weight}" cx="{_x(row.value)}" cy="{y}" r="4.5"/>')
    said = f"{100 * row.value:.1f}% {row.note}".strip()
    x = LABEL_WIDTH + PLOT_WIDTH + 14
    return [*parts, f'<text class="note" x="{x}" y="{y + 4}">{escape(said)}</text>']


def reliability_plot(bins: Sequence[Mapping[str, float]]) -> str:
    """Said probability against what happened; a calibrated model lies on the diagonal.

    The area of a dot grows with the pairs in its bin.
    """
    size, left, top = 300, 52, 10
    most = max((entry["pairs"] for entry in bins), default=1.0)

    def place(x: float, y: float) -> tuple[float, float]:
        return round(left + size * x, 1), round(top + size * (1 - y), 1)

    parts = [
        f'<svg class="square" viewBox="0 0 {left + size + 16} {top + size + 46}" role="img" '
        'aria-label="Reliability: predicted against observed share of wins">'
    ]
    for tick in range(0, 101, 25):
        x, y = place(tick / 100, tick / 100)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{top + size}"/>')
        parts.append(f'<line class="grid" x1="{left}" x2="{left + size}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{top + size + 16}">{tick}%</text>')
        parts.append(f'<text class="tick end" x="{left - 6}" y="{y + 4}">{tick}%</text>')
    (x1, y1), (x2, y2) = place(0, 0), place(1, 1)
    parts.append(f'<line class="coin" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>')
    points = [place(entry["predicted"], entry["observed"]) for entry in bins]
    parts.append(f'<polyline class="curve" points="{" ".join(f"{x},{y}" for x, y in points)}"/>')
    for entry, (x, y) in zip(bins, points, strict=True):
        radius = round(2.5 + 6.5 * (entry["pairs"] / most) ** 0.5, 1)
        said = (
            f"said {100 * entry['predicted']:.1f}%, happened {100 * entry['observed']:.1f}%, "
            f"{entry['pairs']:.0f} pairs"
        )
        parts.append(
            f'<circle class="dot strong" cx="{x}" cy="{y}" r="{radius}">'
            f"<title>{said}</title></circle>"
        )
    middle = left + size / 2
    parts.append(f'<text class="tick" x="{middle}" y="{top + size + 38}">predicted</text>')
    return "".join([*parts, "</svg>"])
