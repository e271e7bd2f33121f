"""The report of the learning experiments: a table on screen, report.json, and one HTML page."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.learning.findings import Claim, Findings, Table

PACKAGES = ("torch", "transformers", "numpy", "scipy")
STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #6b7280; --line: #d4d7dd; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9aa2ad; --line: #3a4048; --page: #14171a; }
}
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 64rem; color: var(--ink);
  background: var(--page); font: 16px/1.55 system-ui, "Noto Sans", sans-serif; }
h1 { font-size: 1.6rem; } h2 { margin-top: 2.4rem; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; }
td, th { padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; font-variant-numeric: tabular-nums; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: var(--soft); }
svg .title { font-size: 13px; font-weight: 600; fill: var(--ink); }
svg .grid { stroke: var(--line); } .soft { color: var(--soft); }
.yes { color: #15803d; } .no { color: #b91c1c; font-weight: 600; }
"""


def versions() -> dict[str, str]:
    """What the figures were made with."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def as_text(found: Sequence[Findings], context: Mapping[str, Any]) -> str:
    """Everything but the plots, as Markdown."""
    parts = [claims_table(found)]
    for one in found:
        parts += [f"### {one.title}", one.about]
        parts += [_markdown(table) for table in one.tables]
    parts.append(" · ".join(f"{name} {value}" for name, value in context.items()))
    return "\n\n".join(parts)


def claims_table(found: Sequence[Findings]) -> str:
    """Claim, what was seen, whether it holds."""
    rows = [
        (claim.text, claim.seen, "yes" if claim.holds else "**no**")
        for one in found
        for claim in one.claims
    ]
    return _markdown(Table(("claim", "seen", "holds"), rows))


def _markdown(table: Table) -> str:
    lines = [table.head, ["---"] * len(table.head), *table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write(folder: Path, found: Sequence[Findings], context: Mapping[str, Any]) -> None:
    """report.json and index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "context": dict(context),
        "versions": versions(),
        "experiments": [
            {
                "title": one.title,
                "about": one.about,
                "claims": [asdict(claim) for claim in one.claims],
                "tables": [asdict(table) for table in one.tables],
                "figures": one.figures,
            }
            for one in found
        ],
    }
    text = json.dumps(_finite(document), indent=1, allow_nan=False)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    (folder / "index.html").write_text(_page(found, context), encoding="utf-8")


def _finite(value: Any) -> Any:
    """What has no finite value is null: JSON knows neither nan nor infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(one) for one in value]
    return value


def _page(found: Sequence[Findings], context: Mapping[str, Any]) -> str:
    claims = "".join(_claim(claim) for one in found for claim in one.claims)
    sections = "".join(
        f"<h2>{escape(one.title)}</h2><p>{escape(one.about)}</p>"
        f"{''.join(_table(table) for table in one.tables)}"
        f'<div class="plots">{"".join(one.plots)}</div>'
        for one in found
    )
    made = " · ".join(f"{name} {value}" for name, value in {**context, **versions()}.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Learning</title><style>{STYLE}</style></head><body><h1>Learning</h1>"
        "<p>Reward models and policies of a small made-up language whose true (gold) reward is known "
        "and hidden from training. Means over seeds with Student's 95 % intervals; differences are "
        "paired by seed.</p><table><tr><th>claim</th><th>seen</th><th>holds</th></tr>"
        f'{claims}</table>{sections}<p class="soft">{escape(made)}</p></body></html>'
    )


def _claim(claim: Claim) -> str:
    said = '<td class="yes">yes</td>' if claim.holds else '<td class="no">no</td>'
    return f"<tr><td>{escape(claim.text)}</td><td>{escape(claim.seen)}</td>{said}</tr>"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<table><tr>{head}</tr>{rows}</table>"
