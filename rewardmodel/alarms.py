"""Alarms of a policy run: what its figures look like when it goes wrong. Pure; no torch.

A rule reads the figures of the iterations so far and the looks at the held-out prompts, and says
whether the newest ones are beyond a bound, since which step, and with which numbers. The bounds are
settings (`config.alarms`), each with its reason. What goes wrong, and how it shows: Gao, Schulman &
Hilton 2022 (scores rise while the true reward falls), Ziegler et al. 2019 and Stiennon et al. 2020
(length, KL), Huang et al. 2024 ("The N+ Implementation Details of RLHF with PPO": value function).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rewardmodel.config.alarms import AlarmConfig

TINY = 1e-6  # of a spread of scores: fp32 leaves about this where all are one


class Row(NamedTuple):
    """The figures of one iteration, or of one look; `step`: updates done by then."""

    step: int
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of an alarm: `seen` with its figures, why it matters, what to do."""

    seen: str
    why: str
    advice: str


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
        "take a smaller learning_rate, fewer inner_epochs or a longer warm-up",
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
        "reward models tend to like length for its own sake, and people do not",
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
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that a person should know of a run; `stops`: the run ends over it."""

    code: str
    stops: bool
    since: int
    step: int
    figures: Mapping[str, float | str]

    @property
    def seen(self) -> str:
        """What was seen, with its numbers."""
        return WORDS[self.code].seen.format(**self.figures)

    @property
    def message(self) -> str:
        """All of it, for a terminal."""
        words = WORDS[self.code]
        return f"since step {self.since} {self.seen}: {words.why}. What to do: {words.advice}."

    def to_json(self) -> dict[str, Any]:
        """As it stands in the event log and in the report."""
        return {
            "code": self.code,
            "stops": self.stops,
            "since": self.since,
            "step": self.step,
            "figures": dict(self.figures),
            "message": self.message,
        }


def after_iteration(rows: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """What the newest iteration gives reason for; `rows`: all iterations, the newest last."""
    if bounds.alarms == "off" or not rows:
        return
    yield from _diverging(rows, bounds)
    width, low = bounds.alarm_window, None
    if len(rows) >= width and all(r.figures.get("score_std", 1.0) <= TINY for r in rows[-width:]):
        low = _alarm("no_spread", rows[-width:], then=rows[0].figures["score_std"], now=0.0)
        yield low
    if len(rows) < 2 * width:
        return
    first, last = rows[:width], rows[-width:]
    for code, name, beyond in (
        ("stop_rate", "stop_rate", lambda now, then: now < then - bounds.alarm_stop_rate_drop),
        ("length", "tokens_mean", lambda now, then: _unlike(now, then, bounds.alarm_length_ratio)),
        ("no_spread", "score_std", lambda now, then: now < then * bounds.alarm_spread_share),
        ("entropy", "entropy", lambda now, then: now < then * bounds.alarm_entropy_share),
    ):
        if not _all_have(first, name) or not _all_have(last, name) or (low and code == low.code):
            continue
        then = _mean(first, name)
        if all(beyond(row.figures[name], then) for row in last):
            yield _alarm(code, last, then=then, now=_mean(last, name))
    name, bound = "explained_variance", bounds.alarm_explained_variance
    if _all_have(last, name) and all(row.figures[name] < bound for row in last):
        yield _alarm(name, last, now=_mean(last, name), bound=bound)


def _diverging(rows: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """Two iterations in a row: what is as far gone as this does not wait for a window."""
    if len(rows) < 2:
        return
    width = bounds.alarm_window
    limits = {"approx_kl": bounds.alarm_step_kl}
    for name in ("value_loss", "pretraining_loss"):
        if len(rows) >= width + 2 and _all_have(rows[:width], name):
            base = _mean(rows[:width], name)
            if name == "value_loss":
                base = max(base, rows[0].figures.get("score_std", 0.0) ** 2)
            if base > 0:
                limits[name] = bounds.alarm_loss_ratio * base
    for name, limit in limits.items():
        last = rows[-2:]
        if _all_have(last, name) and all(row.figures[name] > limit for row in last):
            value = last[-1].figures[name]
            yield _alarm(
                "diverging",
                last,
                stops=bounds.alarms == "stop",
                name=name,
                value=value,
                bound=limit,
            )
            return


def after_look(rows: Sequence[Row], looks: Sequence[Row], bounds: AlarmConfig) -> Iterator[Alarm]:
    """Whether scores in training rise while those on the held-out prompts fall.

    looks: figures evaluation_score and evaluation_std; the first is the policy before training, whose
    score in training is that of the first iteration's completions.
    """
    if bounds.alarms == "off" or len(looks) < 3 or not rows:
        return
    best = max(looks[:-2], key=lambda look: look.figures["evaluation_score"])
    then, last = _in_training(rows, best.step, bounds.alarm_window), looks[-2:]
    drop = bounds.alarm_held_out_drop * looks[0].figures["evaluation_std"]
    held = best.figures["evaluation_score"]
    if drop <= 0:
        return
    for look in last:
        fell = held - look.figures["evaluation_score"] > drop
        if not fell or _in_training(rows, look.step, bounds.alarm_window) <= then:
            return
    yield _alarm(
        "over_optimised",
        last,
        stops=bounds.alarms == "stop",
        train_then=then,
        train_now=_in_training(rows, last[-1].step, bounds.alarm_window),
        held_then=held,
        held_now=last[-1].figures["evaluation_score"],
    )


def best_look(looks: Sequence[Row], ceiling: float) -> int | None:
    """Step of the look with the best held-out score below the KL ceiling, the earlier of equals."""
    below = [look for look in looks if look.figures.get("evaluation_kl", 0.0) <= ceiling]
    best = max(below, key=lambda look: look.figures["evaluation_score"], default=None)
    return None if best is None else best.step


def _in_training(rows: Sequence[Row], step: int, width: int) -> float:
    """Mean score of the completions that policies up to this step drew in training."""
    until = [row for row in rows if row.step <= step][-width:] or rows[:1]
    return _mean(until, "score_mean")


def _alarm(code: str, last: Sequence[Row], *, stops: bool = False, **figures: float | str) -> Alarm:
    return Alarm(code, stops, last[0].step, last[-1].step, figures)


def _all_have(rows: Sequence[Row], name: str) -> bool:
    return all(name in row.figures for row in rows)


def _mean(rows: Sequence[Row], name: str) -> float:
    return sum(row.figures[name] for row in rows) / len(rows)


def _unlike(now: float, then: float, ratio: float) -> bool:
    return now > then * ratio or now < then / ratio
