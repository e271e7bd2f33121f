"""What must be true in every run that draws completions and updates on them, asserted in each.

The ratio is 1 on the first minibatch of an iteration, the KL is 0 before the first update where
the policy starts at the reference, and a score depends on neither padding nor company.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Diverged
from rewardmodel.rollouts import Rollouts
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer, Scorer

TOLERANCE = 1e-3  # of a log-probability or a relative score; fp32 leaves about 1e-5


def assert_ratio_of_one(largest_error: float, iteration: int) -> None:
    """What is updated must be what drew the completions."""
    if not largest_error <= TOLERANCE:
        raise Diverged(
            "invariant_ratio",
            f"on the first minibatch of iteration {iteration} a ratio is {largest_error:.2e} from "
            f"1 (> {TOLERANCE}): the policy that is updated is not the one that drew the "
            "completions",
        )


def assert_zero_kl(rollouts: Rollouts) -> None:
    """Before the first update the policy must say what the reference says."""
    difference = (rollouts.log_probs - rollouts.reference) * rollouts.completion_mask
    largest = float(difference.abs().max())
    if not largest <= TOLERANCE:
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
