"""Whether one more opinion on an item is worth asking for. Pure arithmetic; knows no database.

A pair of answers has a true side. A labeler of accuracy q names it with probability q, so each opinion
moves the log-odds of the pair by log(q / (1 - q)), more where the labeler set the two far apart and
less where they stand in neighbouring tiers (Dawid and Skene 1979, with the accuracies given). The
**deciding pairs** are the neighbours in the consensus order: if those hold, the order holds. The
**risk** of an item is the mean probability that such a pair is the wrong way round. Opinions are asked
for while the risk is above a threshold, up to a number of them.

Accuracy comes from agreement: two labelers of accuracy q agree on a pair with probability
q^2 + (1 - q)^2.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import exp, log, sqrt

Tiers = Sequence[Sequence[str]]
DISAGREEMENT, CLOSE, UNRELIABLE, AUDIT, ENOUGH = (
    "disagreement",
    "close",
    "unreliable",
    "audit",
    "enough",
)
USUAL_AGREEMENT = 0.73
"""Between labelers, as long as a project has not shown its own (InstructGPT: 72.6 % on training labelers)."""
PRIOR_PAIRS = 40.0
"""How many pairs of evidence it takes to move half-way from what is usual."""
ACCURACY_RANGE = (0.52, 0.97)
GAPS = (1, 2, 3)
USUAL_WEIGHT = {1: 0.8, 2: 1.3, 3: 1.7}


@dataclass(frozen=True)
class Parameters:
    """What a project chooses. `audit`: share of items on which a second opinion is asked for blindly."""

    most: int = 3
    risk: float = 0.2
    audit: float = 0.05
    unreliable_below: float = 0.6


@dataclass(frozen=True)
class Opinion:
    """What one labeler said: tiers of answers, best first."""

    labeler: str
    tiers: Tiers


@dataclass(frozen=True)
class Verdict:
    """`reason`: disagreement | close | unreliable | audit (each asks for one more), or enough."""

    reason: str
    risk: float

    @property
    def buy(self) -> bool:
        return self.reason != ENOUGH


@dataclass
class Accuracies:
    """How often labelers name the true side of a pair, learnt from where they agree."""

    pairs: float = 0.0
    agreeing: float = 0.0
    by_labeler: dict[str, tuple[float, float]] = field(default_factory=dict)
    by_gap: dict[int, tuple[float, float]] = field(default_factory=dict)
    gold: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """labeler: (points, pairs) on gold items"""

    def learn(self, opinions: Sequence[Opinion]) -> None:
        """Take in an item that two or more people judged."""
        placed = [(one.labeler, _places(one.tiers)) for one in opinions]
        for (one, first), (other, second) in combinations(placed, 2):
            for a, b in combinations(sorted(set(first) & set(second)), 2):
                gap, counter = first[b] - first[a], second[b] - second[a]
                if gap == 0 or counter == 0:
                    continue
                self._add(one, other, abs(gap), abs(counter), float(gap * counter > 0))

    def _add(self, one: str, other: str, gap: int, counter: int, same: float) -> None:
        self.pairs += 1
        self.agreeing += same
        for labeler in (one, other):
            before = self.by_labeler.get(labeler, (0.0, 0.0))
            self.by_labeler[labeler] = (before[0] + 1, before[1] + same)
        for size in (gap, counter):
            known = self.by_gap.get(min(size, GAPS[-1]), (0.0, 0.0))
            self.by_gap[min(size, GAPS[-1])] = (known[0] + 1, known[1] + same)

    @property
    def agreement(self) -> float:
        prior = PRIOR_PAIRS * USUAL_AGREEMENT
        return (self.agreeing + prior) / (self.pairs + PRIOR_PAIRS)

    @property
    def usual(self) -> float:
        """The accuracy of the labelers all together."""
        return _clipped((1 + sqrt(max(0.0, 2 * self.agreement - 1))) / 2)

    def of(self, labeler: str) -> float:
        """A labeler's accuracy, from agreement with the others and from gold."""
        pairs, agreeing = self.by_labeler.get(labeler, (0.0, 0.0))
        agreement = (agreeing + PRIOR_PAIRS * self.agreement) / (pairs + PRIOR_PAIRS)
        accuracy = self._behind(agreement)
        points, known = self.gold.get(labeler, (0.0, 0.0))
        weight = pairs + PRIOR_PAIRS
        return _clipped((accuracy * weight + points) / (weight + known))

    def weight(self, gap: int) -> float:
        """How much more (or less) than usual an opinion tells whose tiers are this far apart."""
        size = min(gap, GAPS[-1])
        pairs, agreeing = self.by_gap.get(size, (0.0, 0.0))
        usual = 1 / (1 + exp(-USUAL_WEIGHT[size] * _odds(self.usual)))
        share = self._agreeing_of(usual)
        agreement = (agreeing + PRIOR_PAIRS * share) / (pairs + PRIOR_PAIRS)
        found = _odds(_clipped(self._behind(agreement))) / _odds(self.usual)
        return min(2.5, max(0.2, found))

    def _behind(self, agreement: float) -> float:
        """The accuracy of somebody who agrees this often with people of the usual accuracy."""
        return (agreement - 1 + self.usual) / (2 * self.usual - 1)

    def _agreeing_of(self, accuracy: float) -> float:
        return accuracy * self.usual + (1 - accuracy) * (1 - self.usual)


def posterior(opinions: Sequence[Opinion], accuracies: Accuracies) -> dict[tuple[str, str], float]:
    """For each pair that somebody placed, the probability that the first is better than the second."""
    odds: dict[tuple[str, str], float] = defaultdict(float)
    for one in opinions:
        places = _places(one.tiers)
        trust = _odds(accuracies.of(one.labeler))
        for a, b in combinations(sorted(places), 2):
            gap = places[b] - places[a]
            step = trust * accuracies.weight(abs(gap)) if gap else 0.0
            odds[(a, b)] += step if gap > 0 else -step
    return {pair: 1 / (1 + exp(-value)) for pair, value in odds.items()}


def risk_of(opinions: Sequence[Opinion], accuracies: Accuracies) -> float:
    """The mean probability that a deciding pair is the wrong way round; 0.5 where nothing is known."""
    better = posterior(opinions, accuracies)
    answers = {one for pair in better for one in pair}
    worth: dict[str, float] = dict.fromkeys(answers, 0.0)
    for (a, b), chance in better.items():
        worth[a] += chance
        worth[b] += 1 - chance
    order = sorted(answers, key=lambda one: (-worth[one], one))
    if len(order) < 2:
        return 0.5
    wrong = [
        min(chance, 1 - chance)
        for a, b in zip(order, order[1:], strict=False)
        if (chance := better[(min(a, b), max(a, b))]) is not None
    ]
    return sum(wrong) / len(wrong)


def judge(
    opinions: Sequence[Opinion], accuracies: Accuracies, parameters: Parameters, *, lot: float
) -> Verdict:
    """Whether one more opinion is worth it, and why. `lot`: the item's fixed draw from 0 to 1, which
    says whether it is one of the audited.
    """
    risk = risk_of(opinions, accuracies)
    if len(opinions) >= parameters.most:
        return Verdict(ENOUGH, risk)
    if len(opinions) == 1 and lot < parameters.audit:
        return Verdict(AUDIT, risk)
    if len(opinions) == 1 and accuracies.of(opinions[0].labeler) < parameters.unreliable_below:
        return Verdict(UNRELIABLE, risk)
    if risk <= parameters.risk:
        return Verdict(ENOUGH, risk)
    return Verdict(DISAGREEMENT if disagree(opinions) else CLOSE, risk)


def disagree(opinions: Sequence[Opinion]) -> bool:
    """Whether two of them order some pair the other way round."""
    for one, other in combinations([_places(each.tiers) for each in opinions], 2):
        for a, b in combinations(sorted(set(one) & set(other)), 2):
            if (one[a] - one[b]) * (other[a] - other[b]) < 0:
                return True
    return False


def _places(tiers: Tiers) -> dict[str, int]:
    return {one: number for number, tier in enumerate(tiers) for one in tier}


def _odds(chance: float) -> float:
    return log(chance / (1 - chance))


def _clipped(chance: float) -> float:
    return min(ACCURACY_RANGE[1], max(ACCURACY_RANGE[0], chance))
