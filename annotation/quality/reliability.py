"""How much each labeler can be relied on: a joint Bradley–Terry model of answers and labelers. Pure.

The model of one pair, judged by labeler l (CrowdBT, Chen et al. 2013, with a graded ability instead of
a probability of answering at all; position and length as in factorBT, Bugakova et al. 2019):

    u = β_l (s_low - s_high) + γ_l x + λ_l Δ      x = 1 low was shown first, else -1; Δ = log2 length ratio
    P(low) = σ(u - τ_l)   P(high) = σ(-u - τ_l)   P(tie) = the rest   (Rao and Kupper 1967)

s ~ N(0, σ²), σ such that the median ability is 1; β_l ~ N(1, 0.5²), so 1 is the usual labeler of the project, 0 a coin and
below 0 somebody who answers the other way round; γ_l, λ_l ~ N(0, 0.5²).

A labeler must not be measured against scores that they made themselves: with three judges of an item a
spammer would look a third right. So the scores of a prompt are fitted, then every judgment is held
against the scores that follow from the *others'* judgments (the cavity: one Newton step that takes the
own terms out, as in approximate leave-one-out, Beirami et al. 2017), with their remaining variance v:
u is scaled by 1/sqrt(1 + π v/8) (MacKay 1992). Scores and labelers are refitted in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from annotation.quality.judged import Judged, Pairs, pairs_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ABILITY, POSITION, LENGTH, TIE = range(4)
PRIOR_MEAN = np.array([1.0, 0.0, 0.0, -1.0])
PRIOR_SPREAD = np.array([0.5, 0.5, 0.5, 1.0])
ROUNDS = 6
Z_95 = 1.959963984540054
FULL_WEIGHT_FROM = 5


@dataclass(frozen=True)
class Reliability:
    """Estimates by labeler (L, 4): ability, position, length, log of the tie threshold; their errors.

    judgments, pairs (L,): what they rest on, of prompts that others judged as well.
    """

    labelers: list[str]
    value: Floats
    error: Floats
    judgments: Ints
    pairs: Ints
    spread: float
    trace: list[float] = field(default_factory=list)

    def weights(self) -> dict[str, float]:
        """Weight of each labeler in training: ability, 0 to 1; 1 where little is known.

        The estimate is shrunk towards the usual labeler, so a newcomer keeps nearly the full weight,
        and nobody weighs more than one.
        """
        known = self.judgments >= FULL_WEIGHT_FROM
        ability = np.where(known, np.clip(self.value[:, ABILITY], 0.0, 1.0), 1.0)
        return {name: float(w) for name, w in zip(self.labelers, ability, strict=True)}

    def rows(self) -> list[dict[str, Any]]:
        """One row for each labeler, as it is stored."""
        weights = self.weights()
        names = ("ability", "position", "length")
        return [
            {
                "labeler": name,
                "judgments": int(self.judgments[i]),
                "pairs": int(self.pairs[i]),
                "weight": weights[name],
                **{
                    key: {
                        "value": float(self.value[i, n]),
                        "interval": (
                            float(self.value[i, n] - Z_95 * self.error[i, n]),
                            float(self.value[i, n] + Z_95 * self.error[i, n]),
                        ),
                        "error": float(self.error[i, n]),
                    }
                    for n, key in enumerate(names)
                },
            }
            for i, name in enumerate(self.labelers)
            if self.judgments[i]
        ]


def effective_number(weights: Floats, counts: Floats) -> float:
    """Kish's effective number of judgments: (Σ w)² / Σ w² over judgments."""
    squares = float((counts * weights**2).sum())
    return float((counts * weights).sum()) ** 2 / squares if squares else 0.0


def effective_of_rows(rows: list[dict[str, Any]]) -> float:
    """The effective number of judgments under the weights of stored rows."""
    weights = np.array([row["weight"] for row in rows], dtype=float)
    counts = np.array([row["judgments"] for row in rows], dtype=float)
    return effective_number(weights, counts)


def reliability_of(judged: Judged, rounds: int = ROUNDS) -> Reliability:
    """The estimates from judgments of prompts that several labelers judged.

    Where the order on the screen was not drawn (imported rows) it says nothing, and x is 0.
    """
    pairs = pairs_of(judged)
    labelers = len(judged.labelers)
    model = _Model(judged, pairs, labelers)
    for _ in range(rounds):
        model.fit_scores()
        model.fit_labelers()
        model.settle_scale()
    heard = np.unique(pairs.judgment)
    return Reliability(
        labelers=judged.labelers,
        value=model.value,
        error=model.errors(),
        judgments=np.bincount(judged.by[heard], minlength=labelers),
        pairs=np.bincount(pairs.by, minlength=labelers),
        spread=model.spread,
        trace=model.trace,
    )


class _Model:
    """Scores are fitted prompt by prompt, all prompts of one size at once."""

    def __init__(self, judged: Judged, pairs: Pairs, labelers: int) -> None:
        self.pairs = pairs
        x = np.where(judged.randomised[pairs.judgment], pairs.earlier, 0).astype(float)
        self.bias = np.column_stack([x, np.clip(pairs.longer, -3, 3)])
        self.value = np.tile(PRIOR_MEAN, (labelers, 1))
        self.spread = 1.0
        self.trace: list[float] = []
        self.difference = np.zeros(len(pairs.low))
        self.variance = np.zeros(len(pairs.low))
        self._index()

    def _index(self) -> None:
        """Place of each completion in its prompt, and prompts by their number of completions."""
        names = np.concatenate([self.pairs.low, self.pairs.high])
        cluster = np.concatenate([self.pairs.cluster, self.pairs.cluster])
        known, inverse = np.unique(names, return_inverse=True)
        home = np.zeros(len(known), dtype=np.int64)
        home[inverse] = cluster
        order = np.argsort(home, kind="stable")
        prompts, start, sizes = np.unique(home[order], return_index=True, return_counts=True)
        place = np.zeros(len(known), dtype=np.int64)
        place[order] = np.arange(len(known)) - np.repeat(start, sizes)
        half = len(self.pairs.low)
        self.low, self.high = place[inverse[:half]], place[inverse[half:]]
        self.prompt = np.searchsorted(prompts, self.pairs.cluster)
        self.sizes = sizes
        _, self.judgment = np.unique(self.pairs.judgment, return_inverse=True)
        self.prompt_of = np.zeros(int(self.judgment.max(initial=-1)) + 1, dtype=np.int64)
        self.prompt_of[self.judgment] = self.prompt
        self.scores = np.zeros((len(prompts), int(sizes.max(initial=1))))

    def _terms(self, u: Floats, threshold: Floats) -> tuple[Floats, Floats]:
        """First derivative of the log-likelihood of each verdict in u, and minus the second."""
        low, high = expit(u - threshold), expit(-u - threshold)
        verdict = self.pairs.verdict
        says_low, says_high = verdict >= 0, verdict <= 0  # a tie says both (Rao and Kupper)
        first = says_low * (1 - low) - says_high * (1 - high)
        second = says_low * low * (1 - low) + says_high * high * (1 - high)
        return first, second

    def fit_scores(self) -> None:
        """Posterior mode of the scores given the labelers, and the cavity of every judgment."""
        by = self.pairs.by
        ability = self.value[by, ABILITY]
        rest = (self.bias * self.value[by][:, [POSITION, LENGTH]]).sum(axis=1)
        threshold = np.exp(self.value[by, TIE])
        width = self.scores.shape[1]
        prior = np.eye(width) / self.spread**2
        for _ in range(8):
            gap = self._gap(self.scores)
            first, second = self._terms(ability * gap + rest, threshold)
            weight = self.pairs.weight
            gradient, hessian = self._assemble(
                weight * ability * first, weight * ability**2 * second, self.prompt, len(self.sizes)
            )
            gradient -= self.scores / self.spread**2
            step = np.linalg.solve(hessian + prior, gradient[..., None])[..., 0]
            step *= np.minimum(1.0, 2.0 / np.maximum(np.abs(step).max(axis=1), 1e-9))[:, None]
            self.scores += step
            if np.abs(step).max(initial=0.0) < 1e-4:
                break
        own_gradient, own_hessian = self._assemble(
            weight * ability * first,
            weight * ability**2 * second,
            self.judgment,
            len(self.prompt_of),
        )
        self._cavity(hessian + prior, own_gradient, own_hessian)

    def _gap(self, scores: Floats) -> Floats:
        found: Floats = scores[self.prompt, self.low] - scores[self.prompt, self.high]
        return found

    def _assemble(
        self, first: Floats, second: Floats, group: Ints, groups: int
    ) -> tuple[Floats, Floats]:
        """Gradient (groups, K) and minus Hessian (groups, K, K) of the sum over pairs."""
        width = self.scores.shape[1]
        low, high = group * width + self.low, group * width + self.high
        cells = groups * width
        gradient: Floats = np.bincount(low, first, cells).astype(float)
        gradient -= np.bincount(high, first, cells)
        size = cells * width
        hessian: Floats = np.asarray(
            np.bincount(low * width + self.low, second, size)
            + np.bincount(high * width + self.high, second, size)
            - np.bincount(low * width + self.high, second, size)
            - np.bincount(high * width + self.low, second, size),
            dtype=np.float64,
        )
        return gradient.reshape(groups, width), hessian.reshape(groups, width, width)

    def _cavity(self, whole: Floats, own_gradient: Floats, own_hessian: Floats) -> None:
        """Differences of scores, and their variances, without the judgment that is looked at."""
        step = 100_000
        for start in range(0, len(self.prompt_of), step):
            part = slice(start, start + step)
            prompts = self.prompt_of[part]
            covariance = np.linalg.inv(whole[prompts] - own_hessian[part])
            without = self.scores[prompts] - np.einsum("nij,nj->ni", covariance, own_gradient[part])
            mine = np.flatnonzero((self.judgment >= start) & (self.judgment < start + step))
            row = self.judgment[mine] - start
            low, high = self.low[mine], self.high[mine]
            self.difference[mine] = without[row, low] - without[row, high]
            self.variance[mine] = (
                covariance[row, low, low]
                + covariance[row, high, high]
                - 2 * covariance[row, low, high]
            )

    def fit_labelers(self) -> None:
        """Newton on every labeler's four parameters, held against the cavity scores."""
        for _ in range(4):
            gradient, hessian = self._labeler_sums()[:2]
            step = np.linalg.solve(hessian, gradient[..., None])[..., 0]
            step *= np.minimum(1.0, 0.5 / np.maximum(np.abs(step).max(axis=1), 1e-9))[:, None]
            self.value += step
            self.value[:, TIE] = np.clip(self.value[:, TIE], -5.0, 2.0)
            if np.abs(step).max(initial=0.0) < 1e-4:
                break

    def settle_scale(self) -> None:
        """Let the usual labeler have ability 1: what is more goes into the spread of the scores."""
        heard = np.bincount(self.pairs.by, minlength=len(self.value)) > 0
        usual = float(np.median(self.value[heard, ABILITY])) if heard.any() else 1.0
        usual = float(np.clip(usual, 0.5, 2.0))
        self.trace.append(usual)
        self.spread = float(np.clip(self.spread * usual, 0.1, 5.0))
        self.value[:, ABILITY] /= usual
        self.scores *= usual

    def _labeler_sums(self) -> tuple[Floats, Floats, Floats]:
        """Gradient (L, 4), minus Hessian (L, 4, 4) with the prior, and the design of each pair (N, 4)."""
        by, labelers = self.pairs.by, len(self.value)
        value = self.value[by]
        damp = 1 / np.sqrt(1 + np.pi * value[:, ABILITY] ** 2 * self.variance / 8)
        design = np.column_stack([self.difference * damp, self.bias])
        u = (design * value[:, :TIE]).sum(axis=1)
        threshold = np.exp(value[:, TIE])
        first, second = self._terms(u, threshold)
        tied = self.pairs.verdict == 0
        low, high = expit(u - threshold), expit(-u - threshold)
        # d/dτ of the log-likelihood; the tie adds log(e^{2τ} - 1)
        by_threshold = -(
            (self.pairs.verdict >= 0) * (1 - low) + (self.pairs.verdict <= 0) * (1 - high)
        ) + tied * 2 / -np.expm1(-2 * threshold)
        scores = np.column_stack([design * first[:, None], by_threshold * threshold])
        scores *= self.pairs.weight[:, None]
        gradient: Floats = np.zeros((labelers, 4))
        for n in range(4):
            gradient[:, n] = np.bincount(by, scores[:, n], labelers)
        gradient -= (self.value - PRIOR_MEAN) / PRIOR_SPREAD**2
        hessian = np.zeros((labelers, 4, 4))
        curved = second * self.pairs.weight
        for a in range(TIE):
            for b in range(TIE):
                hessian[:, a, b] = np.bincount(by, curved * design[:, a] * design[:, b], labelers)
        # the threshold by itself, by its expected information (never negative)
        tie = -np.expm1(-2 * threshold) * low * high * np.exp(2 * threshold)
        information = tie * (2 / np.expm1(2 * threshold)) ** 2 + low * (1 - low) + high * (1 - high)
        hessian[:, TIE, TIE] = np.bincount(
            by, information * threshold**2 * self.pairs.weight, labelers
        )
        hessian += np.diag(1 / PRIOR_SPREAD**2)
        return gradient, hessian, scores

    def errors(self) -> Floats:
        """(L, 4) standard errors: the posterior's, or the sandwich over prompts where that is wider."""
        _, hessian, scores = self._labeler_sums()
        labelers, prompts = len(self.value), max(len(self.sizes), 1)
        key, inverse = np.unique(self.pairs.by * prompts + self.prompt, return_inverse=True)
        of = key // prompts
        sums = np.stack([np.bincount(inverse, scores[:, n], len(key)) for n in range(4)], axis=1)
        meat = np.zeros((labelers, 4, 4))
        for a in range(4):
            for b in range(4):
                meat[:, a, b] = np.bincount(of, sums[:, a] * sums[:, b], labelers)
        inverse_h = np.linalg.inv(hessian)
        prior = np.diag(1 / PRIOR_SPREAD**2)
        sandwich = inverse_h @ (meat + prior) @ inverse_h
        plain = np.diagonal(inverse_h, axis1=1, axis2=2)
        robust = np.diagonal(sandwich, axis1=1, axis2=2)
        errors: Floats = np.sqrt(np.maximum(plain, robust))
        return errors
