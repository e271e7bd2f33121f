"""Who wins head to head, by how much, and how sure that is: verdicts in, figures out. Knows no rows.

The unit is a *verdict*: what one judgment says of two contestants (a judgment of K answers gives
K(K-1)/2). Verdicts of one prompt are not independent, prompts are; every interval takes prompts as clusters.

- `wins_of`: share of wins, a tie half, with the modified Wilson interval (Dean and Pagano 2015; see
  `coefficients.share_interval`), the effective number from the variance of the linearised ratio (Cochran,
  Sampling Techniques, section 6.3). For one look at a number of judgments fixed beforehand.
- `always_valid`: an interval that holds however often one looks, by betting (Waudby-Smith and Ramdas 2024,
  JRSS B 86, theorem 3, "hedged capital" with predictable plug-in bets).
- `ratings_of`: Bradley–Terry with Davidson's ties (Davidson 1970, JASA 65): win : lose : tie as
  p_i : p_j : ν sqrt(p_i p_j). Intervals by the sandwich variance (Huber 1967), prompts as clusters, and
  Student's t with as many degrees of freedom as there are prompts, less one (the normal is too narrow for
  few; Cameron and Miller 2015, JHR 50, section VI): on the scale of points, where those of win rates are on
  that of shares, so near the edge the two may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import ceil, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.quality.coefficients import Z_95, reach_of_t, wilson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ends = tuple[float, float]

WIN, LOSS, TIE = 0, 1, 2
Z_80 = 0.8416212335729143
POINTS = 400 / log(10)
"""Rating points per logit: 400 points are odds of ten to one (Elo's scale)."""
PRIOR_SPREAD = 10.0
"""Of a rating in logits: so wide that it matters only where somebody won or lost everything."""
FEW_PROMPTS = 10
GRID = 1000
BLOCK = 256  # scores
_STEPS = 60


@dataclass(frozen=True)
class Verdicts:
    """(N,) each: the prompt's number, two contestants by number, and what was said.

    score: 1 the first one wins, 0.5 a tie, 0 the second. earlier: 1 the first was shown earlier, else -1.
    longer: 1 the first is longer, -1 the second, 0 the same length.
    """

    prompt: Ints
    first: Ints
    second: Ints
    score: Floats
    earlier: Ints
    longer: Ints

    def __len__(self) -> int:
        return len(self.prompt)

    def where(self, held: NDArray[np.bool_]) -> Verdicts:
        """These verdicts alone."""
        return Verdicts(
            *(getattr(self, name)[held] for name in self.__dataclass_fields__)  # in this order
        )

    def between(self, one: int, other: int) -> Verdicts:
        """The verdicts on these two, told from the side of `one`."""
        straight = (self.first == one) & (self.second == other)
        turned = (self.first == other) & (self.second == one)
        sign = np.where(straight, 1, -1)
        held = straight | turned
        whole = Verdicts(
            self.prompt,
            np.full(len(self), one),
            np.full(len(self), other),
            np.where(straight, self.score, 1 - self.score),
            self.earlier * sign,
            self.longer * sign,
        )
        return whole.where(held)


# --- win rates ------------------------------------------------------------------------------------


def wins_of(verdicts: Verdicts) -> dict[str, Any]:
    """How the first contestant of these verdicts fares; ties count half and are told apart."""
    wins = int((verdicts.score == 1).sum())
    ties = int((verdicts.score == 0.5).sum())
    total = len(verdicts)
    _, prompt = np.unique(verdicts.prompt, return_inverse=True)
    counts = np.bincount(prompt).astype(float)
    hits = np.bincount(prompt, verdicts.score).astype(float)
    return {
        "judgments": total,
        "prompts": len(counts),
        "wins": wins,
        "ties": ties,
        "losses": total - wins - ties,
        "rate": float(hits.sum()) / total if total else None,
        "interval": score_interval(counts, hits, ties),
    }


def score_interval(counts: Floats, hits: Floats, ties: int) -> Ends | None:
    """95 % interval of sum(hits)/sum(counts) over prompts, of scores among which are ties of one half.

    As `coefficients.share_interval`, except that ties make a score vary less than a coin does: its
    variance is p(1-p) - t/4, t the share of ties, so the effective number may exceed the number of
    verdicts, but not what it would be if verdicts of one prompt were independent.
    """
    total = float(counts.sum())
    if not total:
        return None
    rate = float(hits.sum()) / total
    prompts = len(counts)
    effective = float(prompts)
    single = rate * (1 - rate) - ties / total / 4
    if prompts > 1 and single > 1e-12:
        effective = rate * (1 - rate) * total / single
        variance = _variance(counts, hits)
        if variance:
            effective = min(effective, rate * (1 - rate) / variance)
    return wilson(rate, effective)


def _variance(counts: Floats, hits: Floats) -> float:
    """Variance of the ratio sum(hits)/sum(counts), clusters drawn anew."""
    total, prompts = float(counts.sum()), len(counts)
    residual = hits - float(hits.sum()) / total * counts
    return prompts / (prompts - 1) * float((residual**2).sum()) / total**2


def judgments_left(verdicts: Verdicts, rate: float) -> int:
    """How many more verdicts tell a true win rate of `rate` from one half: two-sided 5 %, power 80 %.

    n = ((1.96 + 0.84)² v)/(rate - 1/2)², v the variance of one verdict as prompts are now (ties lower it,
    several judgments of one prompt raise it); one quarter, a coin's, while there are few prompts. For a
    number that is fixed beforehand: who stops at the first good look needs more.
    """
    _, prompt = np.unique(verdicts.prompt, return_inverse=True)
    counts = np.bincount(prompt).astype(float)
    spread = 0.25
    if len(counts) >= FEW_PROMPTS:
        hits = np.bincount(prompt, verdicts.score).astype(float)
        spread = _variance(counts, hits) * len(verdicts) or 0.25
    wanted = ((Z_95 + Z_80) / (rate - 0.5)) ** 2 * spread
    return max(0, ceil(wanted) - len(verdicts))


# --- looking again and again ----------------------------------------------------------------------


def always_valid(scores: Floats, alpha: float = 0.05) -> Ends:
    """The interval of the mean that holds at all times at once, from scores in 0..1 in their order.

    For every candidate mean m two bettors stake on scores above and below it; under a true m neither
    capital, a martingale, ever reaches 2/alpha but with probability alpha/2 each (Ville). The interval
    is what no bettor has broken yet. Bets: λ_t = sqrt(2 log(2/alpha) / (σ²_{t-1} t log(t+1))), at most
    half of what could be lost. Nothing at all is known from nothing: (0, 1).
    """
    n = len(scores)
    if n == 0:
        return 0.0, 1.0
    t = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(scores)) / (t + 1)
    variance = (0.25 + np.cumsum((scores - mean) ** 2)) / (t + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    bets = np.sqrt(2 * log(2 / alpha) / (before * t * np.log(t + 1)))
    m = np.linspace(0, 1, GRID + 1)
    highest = _highest_capital(scores, bets, m)
    standing = np.flatnonzero(highest < log(2 / alpha))
    if not len(standing):  # every mean was broken at some time: what is left is the best one
        best = float(m[int(highest.argmin())])
        return best, best
    step = 1 / GRID  # the truth may lie between two points of the grid
    low, high = float(m[standing[0]]), float(m[standing[-1]])
    return (max(0.0, low - step), min(1.0, high + step))


def _highest_capital(scores: Floats, bets: Floats, m: Floats) -> Floats:
    """(GRID + 1,) the highest log capital that either bettor had against each m; BLOCK scores at a time,
    since all of 20,000 at once would take a gigabyte."""
    with np.errstate(divide="ignore"):
        most_up, most_down = 0.5 / m, 0.5 / (1 - m)
    above, below = np.zeros_like(m), np.zeros_like(m)
    highest = np.full_like(m, -np.inf)
    for start in range(0, len(scores), BLOCK):
        bet = bets[start : start + BLOCK, None]
        gap = scores[start : start + BLOCK, None] - m
        won = above + np.cumsum(np.log1p(np.minimum(bet, most_up) * gap), axis=0)
        lost = below + np.cumsum(np.log1p(-np.minimum(bet, most_down) * gap), axis=0)
        highest = np.maximum(highest, np.maximum(won, lost).max(axis=0))
        above, below = won[-1], lost[-1]
    return highest


# --- ratings --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ratings:
    """Points (V,) against the base, which has 0, with 95 % intervals; None for who was never judged. No
    interval: too little was said to tell.

    tie: Davidson's ν; equals tie with probability ν/(2 + ν).
    """

    points: list[float | None]
    intervals: list[Ends | None]
    tie: float


def ratings_of(verdicts: Verdicts, contestants: int, base: int) -> Ratings:
    """Ratings of all contestants; the base and ties have no interval, they are the scale."""
    pairs = list(combinations(range(contestants), 2))
    counts = outcomes(verdicts, contestants)  # (P, pairs, 3)
    total = counts.sum(axis=0)
    whole = davidson(total, contestants, base)
    judged = {one for pair, n in zip(pairs, total.sum(axis=1), strict=True) if n for one in pair}
    points = [
        float(whole[v] * POINTS) if v in judged or v == base else None for v in range(contestants)
    ]
    ends: list[Ends | None] = [None] * contestants
    if len(counts) > 1:
        errors = reach_of_t(_prompts_behind(counts, contestants, base))
        reach = errors * POINTS * _deviation(counts, whole, contestants, base)
        held = _told_by_data(total, contestants, base) & (reach > 1e-6)
        for v, point in enumerate(points):
            if point is not None and v != base and held[v]:
                ends[v] = (point - float(reach[v]), point + float(reach[v]))
    return Ratings(points, ends, float(np.exp(whole[-1])))


def _prompts_behind(counts: Floats, contestants: int, base: int) -> Floats:
    """(V,) on how many prompts something was said of a contestant, or of the base where that is fewer."""
    said = counts.sum(axis=2) > 0
    pairs = list(combinations(range(contestants), 2))
    own = [[at for at, pair in enumerate(pairs) if v in pair] for v in range(contestants)]
    prompts = np.array([said[:, each].any(axis=1).sum() for each in own], dtype=float)
    found: Floats = np.minimum(prompts, prompts[base])
    return found


def _told_by_data(total: Floats, contestants: int, base: int) -> NDArray[np.bool_]:
    """(V,) whether wins lead from a contestant to the base and back, by others too. Without such a circle
    no finite rating fits best (Ford 1957), and where it ends the prior alone says."""
    beats = np.eye(contestants, dtype=bool)
    pairs = combinations(range(contestants), 2)
    for (a, b), said in zip(pairs, total, strict=True):
        beats[a, b], beats[b, a] = said[WIN] > 0, said[LOSS] > 0
    for _ in range(contestants):
        beats = beats @ beats
    circle: NDArray[np.bool_] = beats[:, base] & beats[base]
    return circle


def _deviation(counts: Floats, whole: Floats, contestants: int, base: int) -> Floats:
    """(V,) standard errors of log-strengths, prompts drawn anew: H⁻¹ (Σ g gᵀ) H⁻¹ · C/(C - 1), g what one
    of C prompts adds to the gradient and H the curvature."""
    x, free = _design(contestants, base)
    p = _shares(x, whole[free])
    n = counts.sum(axis=2)
    gradient = np.einsum("cpo,pok->ck", counts - n[..., None] * p, x)
    gradient -= gradient.mean(axis=0)  # what the prior holds against
    moved = np.linalg.solve(_curvature(n.sum(axis=0), p, x), gradient.T)
    found = np.zeros(contestants + 1)
    found[free] = np.sqrt((moved**2).sum(axis=1) * len(counts) / (len(counts) - 1))
    return found[:contestants]


def outcomes(verdicts: Verdicts, contestants: int) -> Floats:
    """(prompts, pairs, 3) how often the lower contestant of each pair won, lost, tied on each prompt."""
    known, prompt = np.unique(verdicts.prompt, return_inverse=True)
    low = np.minimum(verdicts.first, verdicts.second)
    high = np.maximum(verdicts.first, verdicts.second)
    # pairs (0,1), (0,2), … (1,2), …: those before row `low`, then the place in it
    pair = low * (2 * contestants - low - 1) // 2 + high - low - 1
    score = np.where(verdicts.first == low, verdicts.score, 1 - verdicts.score)
    said = np.select([score == 1, score == 0], [WIN, LOSS], TIE)
    size = contestants * (contestants - 1) // 2
    cell = (prompt * size + pair) * 3 + said
    flat = np.bincount(cell, minlength=len(known) * size * 3).astype(float)
    return flat.reshape(len(known), size, 3)


def davidson(counts: Floats, contestants: int, base: int) -> Floats:
    """(pairs, 3) counts -> (V + 1,): log-strengths with the base at 0, and log ν. Newton's method.

    The likelihood is that of a multinomial logit with features e_i (i wins), e_j (j wins) and
    (e_i + e_j)/2 + e_tie, so it is concave, and with the prior strictly.
    """
    x, free = _design(contestants, base)
    n = counts.sum(axis=1)
    value = np.zeros(len(free))
    for _ in range(_STEPS):
        p = _shares(x, value)
        gradient = np.einsum("po,pok->k", counts - n[:, None] * p, x) - value / PRIOR_SPREAD**2
        step = np.linalg.solve(_curvature(n, p, x), gradient)
        largest = float(np.abs(step).max())
        value += step * min(1.0, 1.5 / max(largest, 1e-12))
        if largest < 1e-9:
            break
    found = np.zeros(contestants + 1)
    found[free] = value
    return found


def _design(contestants: int, base: int) -> tuple[Floats, list[int]]:
    """(pairs, 3, V) features of what may be said of a pair, and which parameters they are of: all strengths
    but the base's, and the ties."""
    pairs = list(combinations(range(contestants), 2))
    features = np.zeros((len(pairs), 3, contestants + 1))
    for at, (a, b) in enumerate(pairs):
        features[at, WIN, a] = features[at, LOSS, b] = 1.0
        features[at, TIE, [a, b]] = 0.5
        features[at, TIE, contestants] = 1.0
    free = [v for v in range(contestants + 1) if v != base]
    return features[:, :, free], free


def _shares(x: Floats, value: Floats) -> Floats:
    """(pairs, 3) how likely each is said under (V,) parameters."""
    logits = x @ value
    p: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p


def _curvature(n: Floats, p: Floats, x: Floats) -> Floats:
    """(V, V) of the negative log posterior; n: (pairs,) verdicts."""
    mean = np.einsum("po,pok->pk", p, x)
    curved: Floats = (
        np.einsum("p,po,pok,pol->kl", n, p, x, x, optimize=True)
        - np.einsum("p,pk,pl->kl", n, mean, mean, optimize=True)
        + np.eye(x.shape[2]) / PRIOR_SPREAD**2
    )
    return curved


# --- what else may decide -------------------------------------------------------------------------


def leaning(verdicts: Verdicts, side: Ints) -> dict[str, Any]:
    """How often what stands on that side (1: the first one, -1: the second) won the strict verdicts."""
    held = (side != 0) & (verdicts.score != 0.5)
    chosen = verdicts.where(held)
    won = np.where(side[held] == 1, chosen.score, 1 - chosen.score)
    _, prompt = np.unique(chosen.prompt, return_inverse=True)
    counts = np.bincount(prompt).astype(float)
    hits = np.bincount(prompt, won).astype(float)
    total = len(chosen)
    return {
        "judgments": total,
        "rate": float(hits.sum()) / total if total else None,
        "interval": score_interval(counts, hits, 0),
    }


def mean_of(values: Floats, prompt: Ints) -> tuple[float, Ends] | None:
    """A mean with its 95 % interval, prompts as clusters; no reach where there is one prompt."""
    if not len(values):
        return None
    _, cluster = np.unique(prompt, return_inverse=True)
    counts = np.bincount(cluster).astype(float)
    sums = np.bincount(cluster, values).astype(float)
    mean = float(values.mean())
    reach = Z_95 * sqrt(_variance(counts, sums)) if len(counts) > 1 else 0.0
    return mean, (mean - reach, mean + reach)
