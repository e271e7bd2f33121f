"""Small plots as SVG text: lines over steps, and values with intervals. No files, no libraries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 460, 240
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 30, 38
COLOURS = ("#2563eb", "#c2410c", "#15803d", "#7c3aed")


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its name and its points (x, y)."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with an interval (low and high may equal the value)."""

    name: str
    value: float
    low: float
    high: float


def line_plot(title: str, lines: Sequence[Line], x_label: str) -> str:
    """Curves over a common x axis, as an <svg> element."""
    points = [point for line in lines for point in line.points if math.isfinite(point[1])]
    if not points:
        return ""
    xs = _scale([x for x, _ in points], LEFT, WIDTH - RIGHT)
    ys = _scale([y for _, y in points], HEIGHT - BOTTOM, TOP)
    body = [_grid(ys), _x_axis(xs, x_label)]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{xs.at(x):.1f},{ys.at(y):.1f}" for x, y in line.points)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        body.append(_text(LEFT + 4 + 110 * number, TOP - 4, line.name, fill=colour))
    return _svg(title, body)


def interval_plot(title: str, bars: Sequence[Bar], x_label: str) -> str:
    """Values side by side with their intervals, as an <svg> element."""
    ys = _scale([0.0, *(end for bar in bars for end in (bar.low, bar.high))], HEIGHT - BOTTOM, TOP)
    step = (WIDTH - LEFT - RIGHT) / len(bars)
    body = [_grid(ys)]
    for number, bar in enumerate(bars):
        x = LEFT + step * (number + 0.5)
        colour = COLOURS[number % len(COLOURS)]
        body.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{ys.at(bar.low):.1f}" y2="{ys.at(bar.high):.1f}"'
            f' stroke="{colour}" stroke-width="7" stroke-opacity="0.35" stroke-linecap="round"/>'
        )
        body.append(f'<circle cx="{x:.1f}" cy="{ys.at(bar.value):.1f}" r="4.5" fill="{colour}"/>')
        body.append(_text(x + 9, ys.at(bar.value) + 4, f"{bar.value:.2f}"))
        body.append(_text(x, HEIGHT - BOTTOM + 16, bar.name, anchor="middle"))
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x_label, anchor="middle"))
    return _svg(title, body)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Values onto pixels, with round numbers to mark."""

    low: float
    high: float
    first: float
    last: float
    marks: tuple[float, ...]

    def at(self, value: float) -> float:
        """The pixel of a value; what is off the scale stands at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)


def _scale(values: Sequence[float], first: float, last: float) -> _Scale:
    low, high = min(values), max(values)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    step = 10 ** math.floor(math.log10((high - low) / 4))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= 5:
            step *= factor
            break
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    marks = tuple(low + step * n for n in range(round((high - low) / step) + 1))
    return _Scale(low, high, first, last, marks)


def _grid(ys: _Scale) -> str:
    return "".join(
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{ys.at(mark):.1f}" y2="{ys.at(mark):.1f}" '
        f'class="grid"/>' + _text(LEFT - 6, ys.at(mark) + 4, f"{mark:.4g}", anchor="end")
        for mark in ys.marks
    )


def _x_axis(xs: _Scale, label: str) -> str:
    marks = "".join(
        _text(xs.at(mark), HEIGHT - BOTTOM + 16, f"{mark:.4g}", anchor="middle")
        for mark in xs.marks
    )
    return marks + _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, label, anchor="middle")


def _text(x: float, y: float, text: str, anchor: str = "start", fill: str = "") -> str:
    colour = f' style="fill:{fill}"' if fill else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{colour}>{escape(text)}</text>'


def _svg(title: str, body: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="{LEFT}" y="13" class="title">{escape(title)}</text>{"".join(body)}</svg>'
    )
