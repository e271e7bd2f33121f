"""Small plots as SVG text: lines with bands, and values with intervals. No files, no libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 34, 38
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7c3aed", "#0e7490", "#a16207")


@dataclass(frozen=True)
class Line:
    """A named curve (x, y), with a band (x, low, high) around it or none."""

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()
    dashed: bool = False


@dataclass(frozen=True)
class Scale:
    """Values onto pixels, with round numbers to mark."""

    low: float
    high: float
    first: float
    last: float
    marks: Sequence[float]

    def at(self, value: float) -> float:
        """The pixel of a value; what is off the scale stands at its end."""
        inside = min(max(value, self.low), self.high)
        return self.first + (inside - self.low) / (self.high - self.low) * (self.last - self.first)


def scale(values: Sequence[float], first: float, last: float) -> Scale:
    """A scale over all finite values, between round numbers."""
    finite = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    step = 10 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 5)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    marks = [low + step * n for n in range(round((high - low) / step) + 1)]
    return Scale(low, high, first, last, marks)


def line_plot(title: str, lines: Sequence[Line], x_label: str) -> str:
    """Curves over a common x axis, as an <svg> element."""
    heights = [y for line in lines for _, y in line.points]
    heights += [end for line in lines for _, *ends in line.band for end in ends]
    xs = scale([x for line in lines for x, _ in line.points], LEFT, WIDTH - RIGHT)
    ys = scale(heights, HEIGHT - BOTTOM, TOP)
    body = [_grid(ys), *(_text(xs.at(m), HEIGHT - BOTTOM + 16, f"{m:.3g}") for m in xs.marks)]
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label))
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        if line.band:
            around = [(x, high) for x, _, high in line.band]
            around += [(x, low) for x, low, _ in reversed(line.band)]
            body.append(
                f'<polygon points="{_path(around, xs, ys)}" fill="{colour}" opacity="0.15"/>'
            )
        points = [point for point in line.points if math.isfinite(point[1])]
        dashes = ' stroke-dasharray="5 4"' if line.dashed else ""
        body.append(
            f'<polyline points="{_path(points, xs, ys)}" fill="none" stroke="{colour}" '
            f'stroke-width="1.8"{dashes}/>'
        )
        x = LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / len(lines)
        body.append(_text(x, TOP - 6, line.name, fill=colour))
    return _svg(title, body)


def _path(points: Sequence[tuple[float, float]], xs: Scale, ys: Scale) -> str:
    return " ".join(f"{xs.at(x):.1f},{ys.at(y):.1f}" for x, y in points)


def _grid(ys: Scale) -> str:
    return "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{ys.at(mark):.1f}" y2="{ys.at(mark):.1f}" '
        f'class="grid"/>' + _text(LEFT - 6, ys.at(mark) + 4, f"{mark:.3g}", anchor="end")
        for mark in ys.marks
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", fill: str = "") -> str:
    colour = f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{colour}>{escape(text)}</text>'


def _svg(title: str, body: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="{LEFT}" y="13" class="title">{escape(title)}</text>{"".join(body)}</svg>'
    )
