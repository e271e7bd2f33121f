"""Gao, Schulman and Hilton's two laws of over-optimisation (arXiv 2210.10760, section 3.1), fitted.

With d = sqrt(KL(policy || base)): best-of-n follows d (a - b d), reinforcement learning d (a - b ln d).
Both are linear in (a, b), so least squares is all it takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fit:
    """Coefficients, share of variance explained, and where the curve is highest."""

    a: float
    b: float
    r_squared: float
    peak_d: float

    def at(self, d: float, law: str) -> float:
        """The fitted gold reward."""
        return d * (self.a - self.b * _term(d, law))


def _term(d: float, law: str) -> float:
    return d if law == "best_of_n" else math.log(d)


def fit(law: str, distances: Sequence[float], gold: Sequence[float]) -> Fit:
    """Least squares over the points with d > 0; `law` is "best_of_n" or "rl"."""
    points = [(d, g) for d, g in zip(distances, gold, strict=True) if d > 1e-3]
    d = np.array([point[0] for point in points])
    g = np.array([point[1] for point in points])
    design = np.stack([d, -d * np.array([_term(one, law) for one in d])], axis=1)
    (a, b), *_ = np.linalg.lstsq(design, g, rcond=None)
    residual = g - design @ np.array([a, b])
    r_squared = 1 - float((residual**2).sum() / ((g - g.mean()) ** 2).sum())
    if law == "best_of_n":
        peak = a / (2 * b) if b > 0 else math.inf
    else:
        peak = math.exp(a / b - 1) if b > 0 else math.inf
    return Fit(float(a), float(b), r_squared, float(peak))
