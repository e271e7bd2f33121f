"""What must be true in every run that draws completions and updates on them, asserted in each.

The ratio is 1 on the first minibatch of an iteration, the KL is 0 before the first update where
the policy starts at the reference, and a score depends on neither padding nor company. In bf16 two
passes over one text in different batches differ by all of its rounding: there the mean over the
tokens is held to a bound, since a single one may be far out.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Diverged
from rewardmodel.rollouts import Rollouts
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer, Scorer

TOLERANCE = 1e-3  # of a log-probability or a relative score; fp32 leaves about 1e-5
# of a log-probability, in the mean over tokens; bf16 leaves 0.003 to 0.02 (docs/training.md), and
# another temperature or another policy more than this
BF16_TOLERANCE = 0.1


def assert_ratio_of_one(largest: float, mean: float, iteration: int, precision: str) -> None:
    """What is updated must be what drew the completions. largest, mean: how far ratios are from 1."""
    if precision == "bf16" and not mean <= BF16_TOLERANCE:
        raise Diverged(
            "invariant_ratio",
            f"on the first minibatch of iteration {iteration} ratios are {mean:.2e} from 1 in the "
            f"mean (> {BF16_TOLERANCE}): the policy that is updated is not the one that drew the "
            "completions",
        )
    if precision == "fp32" and not largest <= TOLERANCE:
        raise Diverged(
            "invariant_ratio",
            f"on the first minibatch of iteration {iteration} a ratio is {largest:.2e} from "
            f"1 (> {TOLERANCE}): the policy that is updated is not the one that drew the "
            "completions",
        )


def assert_zero_kl(rollouts: Rollouts, precision: str) -> None:
    """Before the first update the policy must say what the reference says."""
    mask = rollouts.completion_mask
    difference = (rollouts.log_probs - rollouts.reference).abs()[mask]
    mean, largest = float(difference.mean()), float(difference.max())
    if precision == "bf16" and not mean <= BF16_TOLERANCE:
        raise Diverged(
            "invariant_kl",
            f"before the first update policy and reference differ by {mean:.2e} "
            f"(> {BF16_TOLERANCE}) in the mean log-probability, though they are one model",
        )
    if precision == "fp32" and not largest <= TOLERANCE:
        raise Diverged(
            "invariant_kl",
            f"before the first update policy and reference differ by {largest:.2e} "
            f"(> {TOLERANCE}) in a log-probability, though they are one model",
        )


def assert_company(
    scorer: Scorer, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
) -> None:
    """A score must not depend on padding or on the rest of the batch.

    Asked of reward models; a function or a service may well compare completions.
    """
    if not isinstance(scorer, (RewardModelScorer, EnsembleScorer)):
        return
    difference = scorer.company_difference(prompts[:8], completions[:8])
    if not difference <= TOLERANCE:
        raise Diverged(
            "invariant_score",
            f"a score changes by {difference:.2e} (> {TOLERANCE}, relative) with padding or "
            "company: the reward model's masks or positions are wrong",
        )
