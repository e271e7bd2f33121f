"""Losses of reward models beyond the plain pairs: ties with a probability, lists, and the cut.

Pure functions of scores, a (B, K) tensor of one ranking a row; no device, no settings. As with
`losses.group_pairwise_loss`, each ranking's loss is a mean over its own comparisons, so a long
ranking does not outvote a short one, and a function returns the weighted sum over rankings.
Hand-worked numbers stand in the tests.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

TIE_MODELS = ("rao_kupper", "davidson")


def tie_log_odds(kind: str, parameter: Tensor) -> Tensor:
    """The readable form of the one learnt number t of a tie model; a scalar.

    rao_kupper: the threshold eta = softplus(t) > 0 that a difference must pass to be told.
    davidson: log nu = t, the log-odds of a tie against the geometric mean of both wins.
    At t = 0 win, tie and loss of two equal scores have one third each, under either model.
    """
    return F.softplus(parameter) if kind == "rao_kupper" else parameter


def outcome_log_probs(differences: Tensor, parameter: Tensor, kind: str) -> tuple[Tensor, Tensor]:
    """log P(first wins) and log P(tie) of pairs whose scores differ by `differences`; any shape.

    rao_kupper (Rao & Kupper 1967), eta from `tie_log_odds`:
        P(win) = sigmoid(d - eta), P(tie) = 1 - P(win) - P(loss)
               = (exp(2 eta) - 1) sigmoid(d - eta) sigmoid(-d - eta)
    davidson (Davidson 1970), nu = exp(t):
        P(win) = e^(d/2) / (e^(d/2) + e^(-d/2) + nu), P(tie) = nu / (the same)
    """
    level = tie_log_odds(kind, parameter)
    if kind == "rao_kupper":
        win = F.logsigmoid(differences - level)
        loss = F.logsigmoid(-differences - level)
        return win, torch.log(torch.expm1(2 * level)) + win + loss
    half = differences / 2
    total = torch.logaddexp(torch.logaddexp(half, -half), level)
    return half - total, level - total


def win_log_odds(differences: Tensor, parameter: Tensor, kind: str) -> Tensor:
    """log P(first wins) - log P(second wins) of pairs whose scores differ by `differences`; any shape.

    Its sigmoid is the chance that the first wins where it is no tie. davidson: d itself, since both
    wins share a denominator. rao_kupper: log sigmoid(d - eta) - log sigmoid(-d - eta), which is
    larger than d: a difference that was told in spite of the threshold is told rightly more often.
    """
    win, _ = outcome_log_probs(differences, parameter, kind)
    loss, _ = outcome_log_probs(-differences, parameter, kind)
    return win - loss


def tie_aware_loss(
    scores: Tensor,
    preference: Tensor,
    tied: Tensor,
    margins: Tensor,
    weights: Tensor,
    parameter: Tensor,
    kind: str,
) -> tuple[Tensor, Tensor]:
    """Mean over the pairs of a ranking of -log P(what was judged), ties included.

    scores (B, K); preference (B, K, K) weight of "i beats j"; tied (B, K, K) True once for each
    tied pair; margins (B, K, K) added to what a win needs; weights (B,); parameter: the t of
    `tie_log_odds`. Returns (loss_sum, weight_sum) as `group_pairwise_loss` does.
    """
    difference = scores[:, :, None] - scores[:, None, :]
    win, _ = outcome_log_probs(difference - margins, parameter, kind)
    _, tie = outcome_log_probs(difference, parameter, kind)
    terms = -(win * preference + tie * tied)
    pair_count = preference.sum(dim=(1, 2)) + tied.sum(dim=(1, 2))
    counts = pair_count > 0
    per_ranking = terms.sum(dim=(1, 2)) / pair_count.clamp(min=1e-9)
    return (per_ranking * weights * counts).sum(), (weights * counts).sum()


def plackett_luce_loss(
    scores: Tensor, tiers: Tensor, texts: Tensor, weights: Tensor, *, ties_compete: bool
) -> tuple[Tensor, Tensor]:
    """Plackett-Luce: the ranking as a row of choices of the best among those left.

    scores (B, K); tiers (B, K) tier of each completion, 0 the best, -1 where it is unranked or
    padding (left out); texts (B, K) a number for each text, the same for identical ones;
    weights (B,). A completion of tier t costs -log of its share of exp(score) among itself and all
    that come after it; a choice with nothing after it costs nothing. Other completions with its own
    text are never among its alternatives, as they are no pair of the pair loss: one text cannot beat
    itself. What comes after a completion of a tie of m is
      ties_compete=False: the lower tiers alone, so that tied completions are never compared;
      ties_compete=True: Efron's average over their orders (Efron 1977): the l-th choice of the
      tie, l = 0..m-1, is made among everything left less l/m of the tie, and each completion
      costs the mean over l. This pulls tied completions together.
    The loss is the sum of costs over the number of choices with an alternative; of two
    completions, one above the other, it is the pair loss. Returns (loss_sum, weight_sum) as `group_pairwise_loss` does.
    """
    ranked = tiers >= 0
    both = ranked[:, :, None] & ranked[:, None, :]
    differs = texts[:, :, None] != texts[:, None, :]
    lower = both & (tiers[:, None, :] > tiers[:, :, None]) & differs
    followed = lower.any(dim=2)
    below = _log_sum(scores, lower)
    if ties_compete:
        itself = torch.eye(scores.shape[1], dtype=torch.bool, device=scores.device)
        tie = both & (tiers[:, :, None] == tiers[:, None, :]) & (differs | itself)
        size = tie.sum(dim=2).clamp(min=1)
        place = torch.arange(scores.shape[1], device=scores.device)
        left = 1 - place / size[:, :, None]  # (B, K, l); nothing from l = m on
        taken = left > 0
        choices = torch.logaddexp(
            below[:, :, None], _log_sum(scores, tie)[:, :, None] + torch.where(taken, left, 1).log()
        )
        chosen = torch.where(taken, choices, 0.0).sum(dim=2) / size
        costs = followed | (size > 1)
        number = torch.where(followed, 1.0, (size - 1) / size).sum(dim=1)
    else:
        chosen = torch.logaddexp(below, scores)
        costs = followed
        number = followed.sum(dim=1)
    terms = torch.where(costs, chosen - scores, 0.0)
    counts = costs.any(dim=1)
    per_ranking = terms.sum(dim=1) / number.clamp(min=1)
    return (per_ranking * weights * counts).sum(), (weights * counts).sum()


def _log_sum(scores: Tensor, chosen: Tensor) -> Tensor:
    """(B, K) log of the summed exp(score) of the chosen (B, K, K) columns; very low where none."""
    spread = scores[:, None, :].expand(chosen.shape).masked_fill(~chosen, -1e9)
    return torch.logsumexp(spread, dim=2)


def cut_loss(scores: Tensor, acceptable: Tensor, weights: Tensor) -> Tensor:
    """The "nothing below this is acceptable" cut as an absolute statement.

    scores (B, K); acceptable (B, K): 1 above the cut, -1 below it, 0 where nothing was said;
    weights (B,). Per ranking the mean of softplus(-score) over acceptable completions and
    softplus(score) over unacceptable ones: the negative log-likelihood of the judgment where the
    sigmoid of the score is the probability of being acceptable. Returns the weighted sum over
    rankings. Pairs say nothing about where 0 is; this does.
    """
    said = acceptable != 0
    terms = torch.where(said, F.softplus(-scores * acceptable), 0.0)
    per_ranking = terms.sum(dim=1) / said.sum(dim=1).clamp(min=1)
    return (per_ranking * weights).sum()


def probability_of_tie(parameter: float, kind: str) -> float:
    """P(tie) of two equal scores: how the learnt number is reported."""
    _, tie = outcome_log_probs(torch.zeros(()), torch.tensor(parameter), kind)
    return math.exp(float(tie))
