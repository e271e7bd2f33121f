"""The README.md that leaves with a version: what it is, where it comes from, how it is loaded.

With the front matter that the Hugging Face hub reads. Names no person and no address of this server.
"""

from __future__ import annotations

import json
from typing import Any

from annotation.registry.models import ModelVersion
from annotation.runs.version_facts import VersionFacts

FIGURES_SHOWN = 60
_LOADING = {
    "policy": """from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("PATH")
tokenizer = AutoTokenizer.from_pretrained("PATH")""",
    "reward": """from transformers import AutoModelForSequenceClassification, AutoTokenizer

model = AutoModelForSequenceClassification.from_pretrained("PATH")
tokenizer = AutoTokenizer.from_pretrained("PATH")
# The logit is the raw score. score = (raw - config.score_shift) / config.score_scale""",
}


def readme(facts: VersionFacts) -> str:
    """The card in Markdown."""
    version = facts.version
    task = "text-generation" if version.kind == "policy" else "text-classification"
    front = ["---", "library_name: transformers", f"pipeline_tag: {task}", "tags:", "- tiebreak"]
    lines = [
        *[*front, f"- {version.stage}", "---", "", f"# {_line(version.name)}", ""],
        f"{ModelVersion.Kind(version.kind).label} {version.number} of the project "
        f"“{_line(version.project.name)}”. {ModelVersion.Stage(version.stage).label}.",
        *["", "## Where it comes from", "", *_lineage(facts)],
        *["", "## Figures", "", *_figures(version.metrics)],
        *["", "## Loading", "", "```python", _LOADING[version.kind], "```"],
        *["", "## Files", "", f"Digest of the directory: `{version.artifact_id}`", ""],
        *(f"- `{row['path']}` `{row['sha256']}`" for row in facts.files),
    ]
    return "\n".join(lines) + "\n"


def _lineage(facts: VersionFacts) -> list[str]:
    found = []
    if facts.parent:
        found.append(f"- began as {_named(facts.parent)}")
    if facts.snapshot:
        whose = "" if facts.snapshot.is_of_people else " of completions that a reward model chose"
        found.append(
            f"- trained on snapshot {facts.snapshot.number}{whose} "
            f"(SHA-256 `{facts.snapshot.sha256}`)"
        )
    found += [f"- updated against {_named(judge)}" for judge in facts.reward_versions]
    if facts.made_by:
        found.append(f"- made by run {facts.made_by.number} ({facts.made_by.kind})")
    if facts.round:
        found.append(f"- in round {facts.round.number}")
    judgments = sum(mark.judgments for mark in facts.marks)
    if judgments:
        found.append(f"- {judgments} judgments in its data were withdrawn since it was made")
    return found or ["- registered from a directory"]


def _figures(metrics: dict[str, Any]) -> list[str]:
    rows = list(_leaves(metrics, ""))[:FIGURES_SHOWN]
    if not rows:
        return ["None were kept."]
    return ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


def _leaves(value: Any, path: str) -> Any:
    if isinstance(value, dict) and set(value) >= {"value", "low", "high"}:
        yield (
            path,
            f"{_number(value['value'])} ({_number(value['low'])} … {_number(value['high'])})",
        )
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, f"{path}.{_line(str(key))}".lstrip("."))
    elif isinstance(value, bool | int | float):
        yield path, _number(value)


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else json.dumps(value)


def _named(version: ModelVersion) -> str:
    return f"{version.kind} {version.number} ({_line(version.name)})"


def _line(text: str) -> str:
    """Words of people on one line, without the signs that mean something in Markdown."""
    return " ".join(text.split()).translate({ord(sign): None for sign in "`|<>[]"})[:200]
