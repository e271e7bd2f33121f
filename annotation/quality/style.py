"""What beside its content makes an answer win: place, length, form. Pure.

Bradley–Terry with style covariates, as in the Arena's style control (Chiang et al. 2024; LMSYS 2024),
applied to people: P(a wins) = σ(b · (style of a - style of b) + strength of a's source - of b's). It is
conditional on the pair, so whatever two answers share cancels; a tie is half a win for either. Errors
are sandwich estimates with prompts as clusters, or labelers where those are wider (Cameron et al. 2011).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVARIATES = ("shown_first", "length", "headings", "lists", "bold", "code")
"""shown_first: earlier on the screen; length: log2, so one unit is twice as long; the rest: has any."""
FORMS = {
    "headings": re.compile(r"^ {0,3}#{1,6}\s", re.MULTILINE),
    "lists": re.compile(r"^\s*(?:[-*+]\s|\d{1,3}(?:[.)]\s|、))", re.MULTILINE),
    "bold": re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__"),
    "code": re.compile(r"```|~~~|`[^`\n]+`"),
}
SOURCES_FROM = 50
Z_95 = 1.959963984540054
RIDGE = 1e-3


def form_of(text: str) -> tuple[float, ...]:
    """(length in log2 characters, headings, lists, bold, code) of one answer."""
    has = (float(FORMS[name].search(text) is not None) for name in COVARIATES[2:])
    return (float(np.log2(max(len(text), 1))), *has)


@dataclass(frozen=True)
class StylePairs:
    """N pairs (a, b). x (N, 6): covariates of a minus those of b; y (N,): 1 a won, 0 lost, 0.5 a tie;
    source (N, 2): number of what wrote a and b, 0 unknown; prompt, by, weight (N,)."""

    x: Floats
    y: Floats
    source: Ints
    prompt: Ints
    by: Ints
    weight: Floats
    labelers: list[str]


def points(b: float) -> float:
    """Of two answers otherwise alike, by how many points the one with the trait wins more often."""
    return 100 * float(np.tanh(b / 2))


def audit_of(pairs: StylePairs) -> dict[str, Any] | None:
    """The effect of each covariate in points with interval, and how labelers differ in two of them."""
    if len(pairs.y) < 30:
        return None
    design, told = _design(pairs)
    if not told:
        return None
    ridge = np.full(design.shape[1], 1.0)  # strengths of sources: N(0, 1)
    ridge[: len(told)] = RIDGE
    b, bread = _fit(design, pairs.y, pairs.weight, ridge)
    scores = design * (pairs.weight * (pairs.y - expit(design @ b)))[:, None]
    errors = np.maximum(_sandwich(scores, bread, pairs.prompt), _sandwich(scores, bread, pairs.by))
    effects = []
    for place, n in enumerate(told):
        low, high = b[place] - Z_95 * errors[place], b[place] + Z_95 * errors[place]
        effects.append(
            {
                "name": COVARIATES[n],
                "points": points(b[place]),
                "interval": (points(low), points(high)),
                "logit": float(b[place]),
                "p": float(2 * norm.sf(abs(b[place]) / errors[place])) if errors[place] else None,
                "pairs": int((pairs.x[:, n] != 0).sum()),
            }
        )
    labelers = {
        COVARIATES[n]: _by_labeler(pairs, design @ b, place, n, float(b[place]))
        for place, n in enumerate(told)
        if COVARIATES[n] in ("shown_first", "length")
    }
    return {"effects": effects, "pairs": len(pairs.y), "labelers": labelers}


def _design(pairs: StylePairs) -> tuple[Floats, list[int]]:
    """Covariates that vary, then the sources that are seen often enough."""
    told = [n for n in range(len(COVARIATES)) if (pairs.x[:, n] != 0).sum() >= 30]
    columns = [pairs.x[:, told]]
    numbers, counts = np.unique(pairs.source[pairs.source > 0], return_counts=True)
    often = numbers[counts >= SOURCES_FROM]
    if len(often) > 1:
        a, b = pairs.source[:, [0]] == often, pairs.source[:, [1]] == often
        columns.append(a.astype(float) - b)
    return np.concatenate(columns, axis=1), told


def _fit(design: Floats, y: Floats, weight: Floats, ridge: Floats) -> tuple[Floats, Floats]:
    """Newton; the inverse Hessian beside it."""
    b = np.zeros(design.shape[1])
    for _ in range(30):
        p = expit(design @ b)
        gradient = design.T @ (weight * (y - p)) - ridge * b
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        b = b + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    inverse: Floats = np.asarray(np.linalg.inv(hessian), dtype=np.float64)
    return b, inverse


def _sandwich(scores: Floats, bread: Floats, cluster: Ints) -> Floats:
    """Standard errors with the scores summed over clusters, corrected for few of them."""
    names, inverse = np.unique(cluster, return_inverse=True)
    sums = np.stack(
        [np.bincount(inverse, scores[:, n], len(names)) for n in range(scores.shape[1])], axis=1
    )
    few = len(names) / max(len(names) - 1, 1)
    errors: Floats = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread) * few)
    return errors


def _by_labeler(
    pairs: StylePairs, u: Floats, place: int, n: int, pooled: float
) -> list[dict[str, Any]]:
    """Each labeler's own effect by one Newton step from the common one, drawn towards it.

    Partially pooled: the spread between labelers is that of DerSimonian and Laird (1986), and each
    estimate moves towards the mean by its share of noise.
    """
    p = expit(u)
    x = pairs.x[:, n]
    count = len(pairs.labelers)
    gradient = np.bincount(pairs.by, pairs.weight * x * (pairs.y - p), count)
    information = np.bincount(pairs.by, pairs.weight * x**2 * p * (1 - p), count)
    seen = np.flatnonzero(information > 1.0)
    if not len(seen):
        return []
    precision = information[seen]
    own = np.clip(gradient[seen] / precision, -2.0, 2.0)
    mean = float((precision * own).sum() / precision.sum())
    q = float((precision * (own - mean) ** 2).sum())
    scale = float(precision.sum() - (precision**2).sum() / precision.sum())
    spread = max(0.0, (q - (len(seen) - 1)) / scale) if scale > 0 else 0.0
    keep = spread / (spread + 1 / precision)
    value = pooled + mean + keep * (own - mean)
    error = np.sqrt(np.maximum(keep / precision, 1e-12))
    return [
        {
            "labeler": pairs.labelers[number],
            "points": points(value[i]),
            "interval": (points(value[i] - Z_95 * error[i]), points(value[i] + Z_95 * error[i])),
        }
        for i, number in enumerate(seen)
    ]
