"""What to have judged next: which prompts, and which K of the N samples drawn of each.

Four rules, mixed by share. Every pick says by which it was made, and some are always random, so that
what is measured on those alone is measured on what the policy writes and not on what was interesting.

- information: a sequential optimal design for the last layer of a reward model. A ranking of K samples
  under the Plackett-Luce model tells F' G F about the head's weights (its Fisher information, F the
  features); taken is, one pick after the other, what lowers the variance of the score differences
  that all candidates have the most (I-optimality), so that no pick repeats another and none asks
  about what the policy hardly ever writes. For pairs and log det: Shen, Sun and Ton 2025, "Reviving
  the Classics: Active Reward Modeling", sections 3 and 4; for lists: Mukherjee et al. 2024, "Optimal
  Design for Human Preference Elicitation"; for the target: Bickford Smith et al. 2023,
  "Prediction-Oriented Bayesian Active Learning". log det did worse in benchmarks/learning/picking.py.
- disagreement: the mutual information between the order of two samples and which member of an ensemble
  is right (BALD: Houlsby et al. 2011, section 4), mean over the pairs shown. Members trained on the
  same judgments share what they do not know (Gleave and Irving 2022 saw little gain in it).
- novelty: farthest from all that was judged or picked (k-center greedy: Sener and Savarese 2018).
- random.

Arrays and names only: knows no networks, no files and no texts.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RULES = ("information", "disagreement", "novelty", "random")
RIDGE = 1.0  # information in hand before anything was judged, in units of the features' spread


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A prompt with N different samples."""

    id: str
    scores: Array  # (M, N) by member of the ensemble; what a choice by Plackett and Luce goes by
    log_odds: Array  # (M, N, N) that one wins over another where it is no tie (chances.WinOdds)
    features: Array  # (N, D) what the last layer reads of each sample


@dataclass(frozen=True, slots=True)
class Pick:
    """What to show: `samples` are places in the candidate, ascending."""

    id: str
    samples: tuple[int, ...]
    rule: str
    gain: float  # what the rule saw in it, in its own units; 0 for random
    uncertainty: float  # nats, `disagreement` of what is shown, whatever the rule


def pick(
    candidates: Sequence[Candidate],
    *,
    count: int,
    k: int,
    shares: Mapping[str, float],
    seed: int,
    judged: Sequence[Candidate] = (),
) -> list[Pick]:
    """`count` prompts (fewer where there are not so many) with up to `k` samples each.

    shares: by rule, what part of the picks it makes; `random` must be above 0. Random picks are drawn
    first, from all candidates, so they are a fair sample of them; the other rules choose among the
    rest in turn. judged: what the scores have learnt from, one candidate for each ranking. Candidates
    of one sample are passed over. The same seed and input give the same picks in the same order.
    """
    usable = [one for one in candidates if one.features.shape[0] >= 2]
    quota = quotas(shares, min(count, len(usable)))
    order = sorted(range(len(usable)), key=lambda n: _digest(seed, usable[n].id))
    drawn = order[: quota["random"]]
    made = [
        _pick(usable[n], _random_samples(usable[n], k, seed), "random", 0.0) for n in sorted(drawn)
    ]
    left = [usable[n] for n in sorted(order[quota["random"] :])]
    scaled, known = _to_unit_spread(left, judged)
    for rule, choose in _RULES.items():
        if not quota[rule]:
            continue
        taken = {one.id for one in made}
        pool = [n for n, one in enumerate(left) if one.id not in taken]
        rows = [(left[n], scaled[n]) for n in pool]
        for place, samples, gain in choose(rows, known, judged, k, quota[rule]):
            made.append(_pick(rows[place][0], samples, rule, gain))
    return made


def quotas(shares: Mapping[str, float], count: int) -> dict[str, int]:
    """How many picks each rule makes: largest remainders, and at least one random one.

    Raises ValueError for an unknown rule, a negative share or none at random.
    """
    if set(shares) - set(RULES) or min(shares.values(), default=0) < 0:
        raise ValueError(f"shares are numbers >= 0 by rule, one of {', '.join(RULES)}")
    if shares.get("random", 0) <= 0:
        raise ValueError("some picks must be random: shares['random'] must be above 0")
    whole = sum(shares.values())
    exact = {rule: shares.get(rule, 0) / whole * count for rule in RULES}
    found = {rule: int(value) for rule, value in exact.items()}
    behind = sorted(RULES, key=lambda rule: (found[rule] - exact[rule], RULES.index(rule)))
    for rule in behind[: count - sum(found.values())]:
        found[rule] += 1
    if count and not found["random"]:
        most = max(RULES, key=lambda rule: found[rule])
        found[most], found["random"] = found[most] - 1, 1
    return found


# --- what a ranking of some samples would tell --------------------------------------------------


def disagreement(log_odds: Array) -> Array:
    """(N, N) nats: what the order of two samples would tell about which of M members is right.

    log_odds: (M, N, N) that one wins over the other. BALD: entropy of the mean chance minus the mean
    entropy of the members' chances; 0 for M = 1.
    """
    chances = 1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))
    told: Array = np.maximum(0.0, _entropy(chances.mean(axis=0)) - _entropy(chances).mean(axis=0))
    return told


def _entropy(chance: Array) -> Array:
    p = np.clip(chance, 1e-12, 1 - 1e-12)
    found: Array = -p * np.log(p) - (1 - p) * np.log1p(-p)
    return found


def ranking_information(scores: Array) -> Array:
    """(…, K, K) Fisher information about K scores (…, K), best first, in a ranking of that order.

    Plackett-Luce: the sum over the K - 1 choices of diag(p) - p p', with p the chances of those that
    are still to be placed.
    """
    width = scores.shape[-1]
    found = np.zeros((*scores.shape, width))
    for first in range(width - 1):
        rest = np.exp(scores[..., first:] - scores[..., first, None])
        p = np.zeros(scores.shape)
        p[..., first:] = rest / rest.sum(axis=-1, keepdims=True)
        found += p[..., None] * (np.eye(width) - p[..., None, :])
    return found


def variance_told(scores: Array, covariance: Array, matters: Array) -> Array:
    """(…,) by how much a ranking of K samples lowers the variance of all differences, on average.

    scores: (…, K) best first. With F the features and U the inverse of the information in hand:
    covariance: (…, K, K) F U F', what is unknown of these samples; matters: (…, K, K) F U C U F', what
    that says about the differences C of all candidates. By Woodbury trace((I + G S)^-1 G Q).
    """
    told = ranking_information(scores)
    inside = np.eye(scores.shape[-1]) + told @ covariance
    found: Array = (np.linalg.solve(inside, told) * matters).sum(axis=(-2, -1))
    return found


# --- the rules ----------------------------------------------------------------------------------

Rows = Sequence[tuple[Candidate, Array]]  # a candidate with its features in units of their spread
Choice = tuple[int, tuple[int, ...], float]


def by_information(
    rows: Rows, known: Sequence[Array], judged: Sequence[Candidate], k: int, count: int
) -> Iterator[Choice]:
    """Greedy I-optimal design. What was looked at loses worth as others are taken (nearly always:
    the variance left is nearly submodular), so a row is looked at again only when it comes up as the
    best (lazy greedy: Minoux 1978)."""
    if not rows or not count:
        return
    unknown = np.eye(rows[0][1].shape[1]) / RIDGE  # inverse of the information in hand
    within = np.concatenate([features - features.mean(axis=0) for _, features in rows])
    differences = 2 * within.T @ within / len(within)
    for one, features in zip(judged, known, strict=True):
        unknown = _learned(unknown, one.scores.mean(axis=0), features)

    def look(place: int) -> tuple[float, int, tuple[int, ...]]:
        candidate, features = rows[place]
        mean = candidate.scores.mean(axis=0)
        through = features @ unknown
        samples, gain = most_informative(
            mean, through @ features.T, through @ differences @ through.T, k
        )
        return -gain, place, samples

    heap = [look(place) for place in range(len(rows))]
    heapq.heapify(heap)
    for _ in range(min(count, len(rows))):
        best = look(heap[0][1])
        while heap and best > heap[0]:
            heapq.heapreplace(heap, best)
            best = look(heap[0][1])
        heapq.heappop(heap)
        yield best[1], best[2], -best[0]
        candidate, features = rows[best[1]]
        chosen = list(best[2])
        unknown = _learned(unknown, candidate.scores.mean(axis=0)[chosen], features[chosen])


def most_informative(
    scores: Array, covariance: Array, matters: Array, k: int
) -> tuple[tuple[int, ...], float]:
    """Up to k of N samples, the pair that tells most and then one by one; and what they tell."""
    size = len(scores)
    order = np.argsort(-scores, kind="stable")  # places count from the best from here on
    ordered = scores[order]
    covariance, matters = covariance[np.ix_(order, order)], matters[np.ix_(order, order)]
    chosen, gain = np.arange(0), 0.0
    sets = np.stack(np.triu_indices(size, 1), axis=1)
    for width in range(2, min(k, size) + 1):
        if width > 2:
            new = np.delete(np.arange(size), chosen)
            sets = np.empty((len(new), width), dtype=int)
            sets[:, :-1], sets[:, -1] = chosen, new
            sets.sort(axis=1)
        square = sets[:, :, None], sets[:, None, :]
        gains = variance_told(ordered[sets], covariance[square], matters[square])
        best = int(np.argmax(gains))
        chosen, gain = sets[best], float(gains[best])
    return tuple(sorted(int(n) for n in order[chosen])), gain


def _learned(unknown: Array, scores: Array, features: Array) -> Array:
    """The inverse of the information after a ranking of these samples (Woodbury)."""
    order = np.argsort(-scores, kind="stable")
    told = ranking_information(scores[order])
    through = unknown @ features[order].T
    middle = np.eye(len(scores)) + told @ (features[order] @ through)
    less: Array = through @ np.linalg.solve(middle, told) @ through.T
    return unknown - (less + less.T) / 2


def by_disagreement(
    rows: Rows, known: Sequence[Array], judged: Sequence[Candidate], k: int, count: int
) -> Iterator[Choice]:
    """The prompts whose samples' order the members dispute the most, mean over the pairs shown."""
    found = []
    for place, (candidate, _) in enumerate(rows):
        told = disagreement(candidate.log_odds)
        chosen = _grown(told, k)
        found.append((-_mean_of_pairs(told, chosen), place, tuple(sorted(chosen))))
    for loss, place, samples in sorted(found)[:count]:
        yield place, samples, -loss


def _grown(worth: Array, k: int) -> list[int]:
    """The pair of most worth, then one by one whatever adds most to the sum over pairs."""
    chosen = [int(n) for n in np.unravel_index(np.argmax(worth), worth.shape)]
    if chosen[0] == chosen[1]:
        chosen = [0, 1]
    while len(chosen) < min(k, len(worth)):
        adds = worth[chosen].sum(axis=0)
        adds[chosen] = -np.inf
        chosen.append(int(np.argmax(adds)))
    return chosen


def by_novelty(
    rows: Rows, known: Sequence[Array], judged: Sequence[Candidate], k: int, count: int
) -> Iterator[Choice]:
    """Farthest first: prompts by the mean of their samples, then samples within each."""
    if not rows or not count:
        return
    centers = np.stack([features.mean(axis=0) for _, features in rows])
    seen = [features.mean(axis=0) for features in known] or [centers.mean(axis=0)]
    away = np.min([_distances(centers, one) for one in seen], axis=0)
    for _ in range(min(count, len(rows))):
        place = int(np.argmax(away))
        yield place, _spread_out(rows[place][1], k), float(away[place])
        away = np.minimum(away, _distances(centers, centers[place]))
        away[place] = -1.0


def _spread_out(features: Array, k: int) -> tuple[int, ...]:
    """Up to k samples, each the farthest from those before; the first is farthest from the mean."""
    chosen = [int(np.argmax(_distances(features, features.mean(axis=0))))]
    away = _distances(features, features[chosen[0]])
    while len(chosen) < min(k, len(features)):
        away[chosen] = -1.0
        chosen.append(int(np.argmax(away)))
        away = np.minimum(away, _distances(features, features[chosen[-1]]))
    return tuple(sorted(chosen))


_RULES = {
    "information": by_information,
    "disagreement": by_disagreement,
    "novelty": by_novelty,
}


# --- small parts --------------------------------------------------------------------------------


def _distances(rows: Array, one: Array) -> Array:
    found: Array = np.sqrt(((rows - one) ** 2).sum(axis=-1))
    return found


def _to_unit_spread(
    candidates: Sequence[Candidate], judged: Sequence[Candidate]
) -> tuple[list[Array], list[Array]]:
    """Features so scaled that samples of one prompt differ by 1 on average, moved to mean 0."""
    if not candidates:
        return [], []
    rows = np.concatenate([one.features for one in candidates])
    within = np.concatenate([one.features - one.features.mean(axis=0) for one in candidates])
    spread = float(np.sqrt((within**2).sum(axis=1).mean())) or 1.0
    mean = rows.mean(axis=0)
    return (
        [(one.features - mean) / spread for one in candidates],
        [(one.features - mean) / spread for one in judged],
    )


def _pick(candidate: Candidate, samples: tuple[int, ...], rule: str, gain: float) -> Pick:
    told = disagreement(candidate.log_odds[:, samples][:, :, samples])
    return Pick(candidate.id, samples, rule, gain, _mean_of_pairs(told, range(len(samples))))


def _mean_of_pairs(worth: Array, chosen: Sequence[int] | range) -> float:
    part = worth[np.ix_(list(chosen), list(chosen))]
    return float(part.sum() / (len(chosen) * (len(chosen) - 1)))


def _random_samples(candidate: Candidate, k: int, seed: int) -> tuple[int, ...]:
    count = candidate.features.shape[0]
    order = sorted(range(count), key=lambda n: _digest(seed, candidate.id, n))
    return tuple(sorted(order[: min(k, count)]))


def _digest(*parts: Any) -> str:
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).hexdigest()
