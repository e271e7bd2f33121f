"""The report of the closed rounds: one HTML file that needs nothing else, and a table on screen."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from workers.demo.figures import Estimate, gain, mean_over_prompts
from workers.demo.plots import Bar, Line, interval_plot, line_plot
from workers.demo.rounds import Policy, RoundResult

SHOWN_PROMPTS = 6
VERSIONS = ("torch", "transformers", "django", "celery")

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #6b7280; --line: #d4d7dd; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9aa2ad; --line: #3a4048; --page: #14171a; }
}
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 64rem; color: var(--ink);
  background: var(--page); font: 16px/1.55 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.4rem; font-size: 1.2rem; }
p.verdict { padding: .7rem 1rem; border-left: 4px solid #15803d; background: #15803d18; }
p.verdict.no { border-color: #b91c1c; background: #b91c1c18; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
svg .title { font-size: 13px; font-weight: 600; fill: var(--ink); }
svg .grid { stroke: var(--line); } .soft { color: var(--soft); } .score { white-space: nowrap; }
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the loop did what it promises, round by round."""

    gains: tuple[Estimate, ...]  # of each round's policy over the policy the round began with
    overall: Estimate  # of the last policy over the first
    lineage: bool  # each later round began with the policy of the one before

    @property
    def passed(self) -> bool:
        """The last policy is better than the first, and so is every round's than its start."""
        return self.lineage and self.overall.above_zero and all(g.above_zero for g in self.gains)

    def in_words(self) -> str:
        """One sentence for people."""
        rounds = "; ".join(f"round {n}: {g}" for n, g in enumerate(self.gains, 1))
        begin = "The loop learnt" if self.passed else "The loop did NOT do what it promises"
        return (
            f"{begin}: the hidden score rose by {self.overall} from the first policy to the last "
            f"({rounds}; 95 % bootstrap intervals over held-out prompts)."
        )


def judge(rounds: Sequence[RoundResult], seed: int) -> Verdict:
    """The verdict over all rounds."""
    return Verdict(
        gains=tuple(gain(one.start.scores, one.end.scores, seed) for one in rounds),
        overall=gain(rounds[0].start.scores, rounds[-1].end.scores, seed),
        lineage=all(
            later.start.version["id"] == earlier.end.version["id"]
            for earlier, later in zip(rounds, rounds[1:], strict=False)
        ),
    )


def policies_of(rounds: Sequence[RoundResult]) -> list[Policy]:
    """Every measured policy, in the order they came about."""
    found = [rounds[0].start]
    for one in rounds:
        found += [policy for policy in (one.sft, one.end) if policy is not None]
    return found


def reward_figures(one: RoundResult) -> list[tuple[str, Estimate | None]]:
    """Of the round's reward model on held-out rankings, with what to compare it to."""
    validation = one.runs["reward"]["report"].get("validation", {})
    return [
        ("reward model", _estimate(validation.get("accuracy"))),
        ("length alone", _estimate(validation.get("length_baseline"))),
        ("labelers among themselves", _estimate(validation.get("human_agreement"))),
    ]


def _estimate(found: Any) -> Estimate | None:
    if not found or found.get("value") is None:
        return None
    value = found["value"]
    return Estimate(value, found.get("low", value), found.get("high", value))


# --- on screen ----------------------------------------------------------------------------------


def print_table(rounds: Sequence[RoundResult], verdict: Verdict, console: Console) -> None:
    """The figures of the rounds."""
    table = Table(title="Closed rounds", title_justify="left")
    for name in ("", *(f"round {one.number}" for one in rounds)):
        table.add_column(name)
    for label, cells in table_rows(rounds, verdict):
        table.add_row(label, *cells)
    console.print(table)
    console.print(verdict.in_words(), style="green" if verdict.passed else "red")


def table_rows(rounds: Sequence[RoundResult], verdict: Verdict) -> Iterator[tuple[str, list[str]]]:
    """Rows of the table: what, and its value in each round."""
    seed = 0
    yield "rankings (demonstrations)", [f"{r.rankings} ({r.demonstrations})" for r in rounds]
    names = [name for name, _ in reward_figures(rounds[0])]
    for number, name in enumerate(names):
        found = [reward_figures(one)[number][1] for one in rounds]
        yield f"right about held-out pairs: {name}", [str(one or "–") for one in found]
    yield "hidden score before", [str(mean_over_prompts(r.start.scores, seed)) for r in rounds]
    yield (
        "… after fine-tuning",
        [str(mean_over_prompts(r.sft.scores, seed)) if r.sft else "–" for r in rounds],
    )
    yield "… after PPO", [str(mean_over_prompts(r.end.scores, seed)) for r in rounds]
    yield "gain of the round", [str(one) for one in verdict.gains]
    yield "KL to where PPO began, nats", [_last(one, "kl") for one in rounds]
    yield "seconds", [f"{sum(one.seconds.values()):.0f}" for one in rounds]


def _last(one: RoundResult, name: str) -> str:
    found = [row["value"] for row in one.metrics["ppo"] if row["name"] == name]
    return f"{found[-1]:.1f}" if found else "–"


# --- as a page ----------------------------------------------------------------------------------


def write_html(
    folder: Path,
    rounds: Sequence[RoundResult],
    verdict: Verdict,
    *,
    title: str,
    seed: int,
    seconds: float,
) -> Path:
    """Write `index.html` into the folder; its path."""
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="verdict{"" if verdict.passed else " no"}">{escape(verdict.in_words())}</p>',
        "<p>Simulated labelers with a hidden preference ranked completions through the HTTP API; "
        "the reward model learnt from their rankings alone, and PPO from the reward model alone. "
        "The hidden score is that preference, without the labelers' noise, on prompts that nothing "
        "was trained on.</p>",
        _plots(rounds, seed),
        _figures_table(rounds, verdict),
        _samples(rounds),
        _durations(rounds, seconds),
        _made_with(seed),
    ]
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>"
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


def _plots(rounds: Sequence[RoundResult], seed: int) -> str:
    bars = []
    for policy in policies_of(rounds):
        found = mean_over_prompts(policy.scores, seed)
        bars.append(Bar(policy.name, found.value, found.low, found.high))
    plots = [interval_plot("Hidden score on held-out prompts", bars, "policy")]
    for one in rounds:
        ppo = _by_name(one.metrics["ppo"])
        plots += [
            line_plot(
                f"Round {one.number}: score and reward of rollouts",
                [
                    Line("score", ppo.get("score_mean", [])),
                    Line("score − KL penalty", ppo.get("reward_mean", [])),
                ],
                "updates",
            ),
            line_plot(
                f"Round {one.number}: KL to where PPO began, nats per completion",
                [Line("KL", ppo.get("kl", []))],
                "updates",
            ),
            _accuracy_plot(one),
        ]
    return f'<h2>Curves</h2><div class="plots">{"".join(plots)}</div>'


def _accuracy_plot(one: RoundResult) -> str:
    bars = [
        Bar(name, found.value, found.low, found.high)
        for name, found in reward_figures(one)
        if found is not None
    ]
    return interval_plot(f"Round {one.number}: pairs decided right", bars, "held-out rankings")


def _by_name(rows: Sequence[dict[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row["name"], []).append((row["step"], row["value"]))
    return found


def _figures_table(rounds: Sequence[RoundResult], verdict: Verdict) -> str:
    head = "".join(f"<th>round {one.number}</th>" for one in rounds)
    rows = "".join(
        f"<tr><td>{escape(label)}</td>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for label, cells in table_rows(rounds, verdict)
    )
    return f"<h2>Figures</h2><table><tr><th></th>{head}</tr>{rows}</table>"


def _samples(rounds: Sequence[RoundResult]) -> str:
    first, last = rounds[0].start, rounds[-1].end
    chosen = sorted(first.texts.keys() & last.texts.keys())[
        :: max(1, len(first.texts) // SHOWN_PROMPTS)
    ]
    rows = "".join(
        f"<tr><td>{escape(prompt)}</td>{_sample(first, prompt)}{_sample(last, prompt)}</tr>"
        for prompt in chosen[:SHOWN_PROMPTS]
    )
    return (
        "<h2>Answers before and after</h2><p class='soft'>The first sample of each, unselected, "
        "with its hidden score.</p>"
        f"<table><tr><th>prompt</th><th>before</th><th>after</th></tr>{rows}</table>"
    )


def _sample(policy: Policy, prompt: str) -> str:
    text, score = policy.texts[prompt][0], policy.scores[prompt][0]
    return f'<td>{escape(text)} <span class="soft score">({score:.1f})</span></td>'


def _durations(rounds: Sequence[RoundResult], seconds: float) -> str:
    rows = "".join(
        f"<tr><td>round {one.number}</td><td>{escape(name)}</td><td>{spent:.1f} s</td></tr>"
        for one in rounds
        for name, spent in one.seconds.items()
    )
    return (
        f"<h2>Durations</h2><p>{seconds:.0f} s in all, the pretraining of the first policy and the "
        f"start of the installation included.</p><table>{rows}</table>"
    )


def _made_with(seed: int) -> str:
    parts = [f"seed {seed}", f"Python {platform.python_version()}", platform.machine()]
    parts += [f"{name} {version(name)}" for name in VERSIONS]
    return f'<p class="soft">{escape(" · ".join(parts))}</p>'
