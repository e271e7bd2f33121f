"""report.html: the figures of a reward model as one page that needs nothing from elsewhere.

Styles and plots are in the page, there is no script, and every text from data is escaped. Reads
the figures that stand in report.json; computes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rewardmodel.report_plots import Estimate, reliability_plot, share_plot

REPORT_HTML = "report.html"
LISTED = 100  # rows of what was left out that the page shows; the file has them all
Figures = Mapping[str, Any]

KIND_TITLES = {
    "rank_gap": ("By distance in the ranking", "Tiers between the two; neighbours are hardest."),
    "length_gap": (
        "By length",
        "Whether it follows quality or only length; much: more than twice.",
    ),
    "labeler": ("By labeler", "Agreement with each labeler's own rankings."),
    "language": ("By language", ""),
    "round": ("By round", "Turn of the loop that the completions were sampled in."),
    "source": ("By source", "Data set that the rankings, or their prompts, came from."),
}

STYLE = """
:root{color-scheme:light dark;--ink:#1c2530;--soft:#5c6875;--line:#d9dfe5;--page:#fff;
--card:#f5f7f9;--accent:#1f6f8b;--coin:#b4552d}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa6b2;--line:#36404a;
--page:#15191e;--card:#1e242b;--accent:#6db8d3;--coin:#e0905f}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
main{max-width:820px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:28px;line-height:1.2;margin:0 0 6px}h2{font-size:19px;margin:44px 0 6px}
p{margin:6px 0;max-width:68ch}.soft{color:var(--soft)}code{font-size:.88em}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:26px 0}
.tile{background:var(--card);border-radius:10px;padding:14px 16px}
.tile b{display:block;font-size:25px;line-height:1.25;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13.5px;display:block}
svg{width:100%;height:auto;margin:10px 0 0;font:13px system-ui,sans-serif}svg.square{max-width:390px}
.grid{stroke:var(--line)}.coin{stroke:var(--coin);stroke-dasharray:4 4}
.tick{fill:var(--soft);text-anchor:middle;font-size:12px}.tick.end{text-anchor:end}
.label{fill:var(--ink);text-anchor:end}.label.strong{font-weight:650}.note{fill:var(--soft)}
.whisker{stroke:var(--soft);stroke-width:2;stroke-linecap:round}.dot{fill:var(--soft)}
.whisker.strong{stroke:var(--accent)}.dot.strong{fill:var(--accent)}
.curve{fill:none;stroke:var(--accent);stroke-width:1.5}
table{border-collapse:collapse;width:100%;font-size:14px;margin-top:12px}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
summary{cursor:pointer;color:var(--accent)}
td.id{font-family:ui-monospace,monospace;font-size:12.5px;overflow-wrap:anywhere}
"""


def write_report(
    directory: Path, title: str, figures: Figures, left_out: Sequence[Figures]
) -> None:
    """Write report.html into a run directory. `figures` as from `evaluate_reward`."""
    page = report_page(title, figures, left_out)
    (directory / REPORT_HTML).write_text(page, encoding="utf-8", errors="replace")


def report_page(title: str, figures: Figures, left_out: Sequence[Figures]) -> str:
    """The page as text."""
    if figures.get("pairs"):
        sections = [
            _tiles(figures),
            _baselines(figures),
            _calibration(figures),
            _ties(figures),
            *(_by_kind(figures, kind) for kind in KIND_TITLES),
            _ensemble(figures),
        ]
    else:
        sections = ["<p>No pair of completions was ranked apart: there is nothing to measure.</p>"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        + "".join([_heading(title, figures), *sections, _left_out(left_out), _method(figures)])
        + "</main></body></html>\n"
    )


def _heading(title: str, figures: Figures) -> str:
    said = (
        f"{figures.get('pairs', 0):,} pairs from {figures.get('rankings', 0):,} rankings of "
        f"{figures.get('prompts', 0):,} prompts"
    )
    split = figures.get("split")
    if split:
        said += f", {split} split"
    learnt = ""
    if count := figures.get("prompts_trained_on"):
        learnt = (
            f"<p>{count:,} of these prompts were used to train the reward model: what it scores "
            "there says little about new prompts.</p>"
        )
    return f'<h1>{escape(title)}</h1><p class="soft">{escape(said)}</p>{learnt}'


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"


def _range(estimate: Figures) -> str:
    return f"{_percent(estimate['low'])} to {_percent(estimate['high'])}"


def _tiles(figures: Figures) -> str:
    tau, top = figures["kendall_tau_b"], figures["top_1"]
    macro = figures["accuracy_macro"]
    tiles = [
        (_percent(figures["accuracy"]["value"]), "of pairs right", _range(figures["accuracy"])),
        (_percent(macro["value"]), "mean over prompts", _range(macro)),
        (_percent(top if top == top else None), "best one found", "its best is in the best tier"),
        (_number(tau, 3), "Kendall tau-b", "1 same order, 0 none, -1 reversed"),
        (_number(figures["nll"], 3), "negative log-likelihood", "0.693 is a coin"),
        (_number(figures["brier"], 3), "Brier score", "0.25 is a coin, 0 is certain and right"),
        (_number(figures["ece"], 3), "calibration error", "mean gap of said and observed"),
    ]
    cards = "".join(
        f'<div class="tile"><b>{escape(value)}</b>{escape(name)}<span>{escape(note)}</span></div>'
        for value, name, note in tiles
    )
    return f'<div class="tiles">{cards}</div>'


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None or value != value else f"{value:.{digits}f}"


def _estimate(label: str, entry: Figures | None, *, strong: bool = False) -> Estimate:
    if entry is None or entry.get("value") is None or entry["value"] != entry["value"]:
        return Estimate(label, None)
    note = f"({entry['pairs']:,} pairs)" if "pairs" in entry else ""
    return Estimate(label, entry["value"], entry.get("low"), entry.get("high"), note, strong)


def _baselines(figures: Figures) -> str:
    rows = [
        _estimate("this reward model", figures["accuracy"], strong=True),
        _estimate("people among themselves", figures.get("human_agreement")),
        _estimate("the longer text wins", figures.get("length_baseline")),
        _estimate("the shorter text wins", figures.get("shorter_baseline")),
    ]
    said = [
        "People among themselves: how often two who ranked the same completions put a pair in the "
        "same order. Nothing can be expected to beat it by much."
    ]
    baseline = figures.get("baseline_reward_model")
    if baseline:
        rows.insert(1, _estimate("the baseline reward model", baseline["accuracy"]))
        change = baseline["difference"]
        said.append(
            f"Against the baseline reward model: {100 * change['value']:+.1f} points "
            f"({100 * change['low']:+.1f} to {100 * change['high']:+.1f}) on the same pairs."
        )
    text = "".join(f"<p>{escape(line)}</p>" for line in said)
    return f"<h2>Beside what it must beat</h2>{share_plot(rows, 'Accuracy and baselines')}{text}"


def _calibration(figures: Figures) -> str:
    return (
        "<h2>Does it mean what it says?</h2>"
        "<p>Pairs grouped by the probability that the reward model gives to the first completion, "
        "and how often that one was judged better. Below the diagonal it is too sure.</p>"
        + reliability_plot(figures["reliability"])
    )


def _ties(figures: Figures) -> str:
    found = figures.get("ties")
    if not found or not found["pairs"]:
        return ""
    kinds = (
        ("strict", figures["pairs"], 1 - found["share"], found["mean_difference_strict"]),
        ("tied", found["pairs"], found["share"], found["mean_difference"]),
    )
    rows = "".join(
        f"<tr><td>{name}</td><td>{count:,}</td><td>{_percent(share)}</td>"
        f"<td>{_number(difference, 3)}</td></tr>"
        for name, count, share, difference in kinds
    )
    return (
        "<h2>Ties beside strict pairs</h2>"
        "<p>Where people saw no difference, scores should differ little. A tied pair is closer than "
        f"a strict one {_percent(found['told_from_strict'])} of the time (50% is a coin).</p>"
        "<table><tr><th>pairs</th><th>how many</th><th>share</th>"
        f"<th>mean difference (log-odds)</th></tr>{rows}</table>"
    )


def _by_kind(figures: Figures, kind: str) -> str:
    parts = figures["by"][kind]
    if len(parts) < 2:
        return ""
    title, note = KIND_TITLES[kind]
    rows = [_estimate(name, entry) for name, entry in parts.items()]
    said = f"<p>{escape(note)}</p>" if note else ""
    return f"<h2>{escape(title)}</h2>{said}{share_plot(rows, title)}"


def _ensemble(figures: Figures) -> str:
    found = figures.get("ensemble")
    if not found:
        return ""
    rows = [_estimate("mean of all", figures["accuracy"], strong=True)]
    rows += [
        _estimate(f"member {number}", entry)
        for number, entry in enumerate(found["member_accuracy"], start=1)
    ]
    rows.append(_estimate("where all agree", found["unanimous"]))
    rows.append(_estimate("where they do not", found["split"]))
    return (
        "<h2>The members of the ensemble</h2>"
        f"<p>Scores of one completion differ by {found['disagreement']:.3f} between members "
        "(standard deviation, mean over completions).</p>" + share_plot(rows, "Ensemble")
    )


def _left_out(entries: Sequence[Figures]) -> str:
    if not entries:
        return "<h2>Left out</h2><p>Nothing: every row was used whole.</p>"
    counts = Counter(entry["what"] for entry in entries)
    said = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items()))
    rows = "".join(
        f'<tr><td class="id">{escape(str(entry["id"]))}</td><td>{escape(entry["what"])}</td>'
        f"<td>{escape(entry['reason'])}</td></tr>"
        for entry in entries[:LISTED]
    )
    more = ""
    if len(entries) > LISTED:
        more = f"<p>The first {LISTED} of {len(entries):,}; left_out.jsonl lists all.</p>"
    return (
        f"<h2>Left out or cut</h2><p>{escape(said)}.</p><details><summary>Row by row</summary>{more}"
        f"<table><tr><th>row</th><th>what</th><th>why</th></tr>{rows}</table></details>"
    )


def _method(figures: Figures) -> str:
    lines = [
        f"Intervals: {figures.get('interval', 'none')}. Pairs of equal score count half.",
        "Tied pairs are left out of every share of pairs that are right. Labelers stand under their pseudonyms.",
    ]
    if figures.get("snapshot_sha256"):
        lines.append(f"Snapshot SHA-256 {figures['snapshot_sha256']}.")
    text = "".join(f'<p class="soft">{escape(line)}</p>' for line in lines)
    return f"<h2>How this was measured</h2>{text}"
