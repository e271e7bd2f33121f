"""What is said of each alarm in words: what was seen, why it matters, what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of an alarm: `seen` with its figures, why it matters, what to do."""

    seen: str
    why: str
    advice: str

    def sentence(self, since: object, seen: str) -> str:
        """All of it; advice may end in a question."""
        end = "" if self.advice.endswith("?") else "."
        return f"since step {since} {seen}: {self.why}. What to do: {self.advice}{end}"


WORDS = {
    "kl_ceiling": Words(
        "the policy is {kl:.1f} nats per completion away from its reference; the ceiling is {bound:g}",
        "so far away the reward model has never been asked, and its scores mean little",
        "take a larger kl_coefficient or a smaller learning_rate, or fewer iterations",
    ),
    "non_finite": Words(
        "a loss became infinite or no number",
        "weights that were updated on it would be lost",
        "take a smaller learning_rate or max_gradient_norm; look at the largest scores",
    ),
    "diverging": Words(
        "{name} is {value:.4g}; at most {bound:.4g} was expected",
        "updates of this size throw away what earlier ones learnt",
        "take a smaller learning_rate or a longer warm-up; fewer inner_epochs in a policy run",
    ),
    "over_optimised": Words(
        "scores in training rose from {train_then:.3f} to {train_now:.3f} while those on held-out "
        "prompts fell from {held_then:.3f} to {held_now:.3f}",
        "the policy learns what the reward model mistakes for good, not what is good",
        "take the policy of before; collect rankings of the new completions for the reward model, or "
        "take a larger kl_coefficient",
    ),
    "stop_rate": Words(
        "{now:.0%} of the completions end by themselves; at first {then:.0%} did",
        "completions that are cut off are no answers, whatever they score",
        "take a larger missing_stop_penalty or max_new_tokens",
    ),
    "length": Words(
        "completions have {now:.1f} tokens; at first they had {then:.1f}",
        "reward models tend to like a length for its own sake, long ones mostly, and people do not",
        "read the samples; compare scores at equal length in an evaluation of the reward model",
    ),
    "no_spread": Words(
        "scores differ by {now:.2g} (standard deviation); at first by {then:.2g}",
        "where all completions score alike there is nothing to learn from",
        "read the samples: is it one answer to everything? look at score_clip and the reward model",
    ),
    "entropy": Words(
        "the policy is undecided by {now:.3f} nats per token; at first by {then:.3f}",
        "it says the same again and again, and no longer finds anything better",
        "take a larger kl_coefficient or entropy_coefficient, or a smaller learning_rate",
    ),
    "explained_variance": Words(
        "the values explain {now:.2f} of the variance of the returns; at least {bound:g} was expected",
        "advantages are then mostly noise, and the policy follows it",
        "take more value_only_iterations, a larger value_learning_rate, or rloo, which needs no values",
    ),
    "gradient_norm": Words(
        "the gradient norm is {now:.3g}; at first it was {then:.3g}",
        "max_gradient_norm holds the updates small, but a few examples alone now say where they go",
        "look for damaged or very long texts; take a smaller learning_rate or a longer warm-up",
    ),
    "no_gradient": Words(
        "the gradient has been zero for {updates:.0f} updates",
        "nothing is learnt",
        "look at the data: is there anything to tell one completion from another by?",
    ),
    "held_out_worse": Words(
        "the held-out loss is {now:.3f}; a model that has learnt nothing here gives {then:.3f}",
        "what is learnt makes it worse on texts that it has not seen",
        "take a smaller learning_rate or fewer epochs; is the held-out data of another kind?",
    ),
    "overfitting": Words(
        "the held-out loss rose from {held_then:.3f} to {held_now:.3f} while that in training fell "
        "from {train_then:.3f} to {train_now:.3f}",
        "the examples are learnt by heart, not what they have in common",
        "take fewer epochs or more data; sft and reward can also keep the best weights (keep: best)",
    ),
    "at_chance": Words(
        "after {epochs:.0f} epochs the preferred completion scores higher in {now:.1%} of the "
        "training pairs; at least {bound:.1%} was expected",
        "a coin orders them as well",
        "compare with the agreement between labelers; small models want a larger learning_rate",
    ),
}
