"""The data card for people: README.md, with the front matter that Hugging Face's `datasets` reads."""

from __future__ import annotations

import json
import re
from typing import Any

Row = dict[str, Any]
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
WHAT = {
    "rankings": "Whole judgments: tiers with ties, in the form that Tiebreak imports.",
    "pairs": "TRL preference rows, conversational: `prompt`, `chosen`, `rejected`. For reward models and DPO.",
    "pairs_plain": "The same pairs as plain texts.",
    "consensus": "One probable order per item, with intervals; a view of the rankings, not what people said.",
    "demonstrations": "Ideal answers as `messages`, for supervised fine-tuning.",
}


def readme(card: Row) -> str:
    """The whole file."""
    return "\n".join([*_front(card), "", *_body(card)]) + "\n"


def _front(card: Row) -> list[str]:
    rows = max((each["rows"] for each in card["files"].values()), default=0)
    lines = ["---", f"pretty_name: {_quoted(card['project']['name'])}"]
    if licence := card["options"]["licence"]:
        # the Hub knows identifiers such as cc-by-4.0; any other terms go by their name
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]*", licence):
            lines.append(f"license: {_quoted(licence.lower())}")
        else:
            lines += ["license: other", f"license_name: {_quoted(licence)}"]
    lines += ["language:", *(f"- {_quoted(name)}" for name in card["counts"]["languages"])]
    size = next((name for limit, name in SIZES if rows < limit), "n>1M")
    lines += ["tags:", "- preference", "- tiebreak", "size_categories:", f"- {size}", "configs:"]
    kind = card["options"]["files"][0]
    for part in card["options"]["parts"]:
        files = [f"{part}/{split}.{kind}" for split in ("train", "validation")]
        present = [name for name in files if name in card["files"]]
        if present:
            lines += [f"- config_name: {part}", "  data_files:"]
            for name in present:
                split = name.partition("/")[2].partition(".")[0]
                lines += [f"  - split: {split}", f"    path: {name}"]
    return [*lines, "---"]


def _body(card: Row) -> list[str]:
    counts, snapshot = card["counts"], card["snapshot"]
    lines = [f"# {card['project']['name']}", ""]
    if card["project"]["description"]:
        lines += [card["project"]["description"], ""]
    lines += [
        f"Judgments of people, frozen at {snapshot['cut_off']} (snapshot SHA-256 `{snapshot['sha256']}`).",
        f"Licence: {card['options']['licence'] or 'not stated'}.",
        "",
        "## Files",
        "",
        *_table(
            ("file", "rows", "SHA-256"),
            [(name, each["rows"], f"`{each['sha256']}`") for name, each in card["files"].items()],
        ),
        "",
        *(f"- `{part}`: {WHAT[part]}" for part in card["options"]["parts"]),
        "",
        _ties(card["options"]),
        "",
        "## Counts",
        "",
        *_table(
            ("what", "number"),
            [(name.replace("_", " "), n) for name, n in counts.items() if isinstance(n, int)],
        ),
        "",
        *_table(("language", "judgments"), list(counts["languages"].items())),
        "",
        *_table(("completions", "rankings"), list(counts["completions_per_ranking"].items())),
        "",
        *_table(("mode", "rankings"), list(counts["modes"].items())),
        "",
        "## Agreement",
        "",
        _agreement(card["agreement"]),
        "",
        *_exclusions(card["exclusions"]),
        "",
        *_quality(card["quality"]),
        *_origin(card),
        *_consensus(card),
        *_guidelines(card["guidelines"]),
        "## People",
        "",
        "Labelers appear under pseudonyms that stay the same within the project and say nothing about them.",
        "",
        "## Checking this card",
        "",
        "`python -m rewardmodel check-export DIR` computes the files, counts and agreement anew from the files.",
    ]
    return lines


def _ties(options: Row) -> str:
    if options["ties"] == "half":
        return "In pairs a tie stands twice, once each way, with half the `weight`."
    return "Pairs leave ties out."


def _agreement(found: Row) -> str:
    if found["share"] is None:
        return "No two people judged the same item; agreement is not known."
    low, high = found["interval"]
    return (
        f"Two labelers of an item agree on {found['share']:.1%} of the {found['pairs']:,} pairs that both "
        f"ordered strictly (95 % interval {low:.1%} to {high:.1%}, {found['items']:,} items)."
    )


def _exclusions(found: Row) -> list[str]:
    total = found["considered"]
    rows = [
        (name.replace("_", " "), n, f"{n / total:.1%}" if total else "–")
        for name, n in found["left_out"].items()
    ]
    return [
        "## What is left out",
        "",
        f"Of {total:,} rankings that fit the filter:",
        "",
        *_table(("why", "rankings", "share"), rows),
    ]


def _quality(found: Row) -> list[str]:
    """What was known of the judgments when they were frozen."""
    dropped = found["exclusions"]
    total = dropped["rankings"]
    groups = [("an open alarm", dropped["alarmed"]), ("either", dropped["either"])]
    if dropped["qualification"]:
        groups.insert(0, ("not qualified", dropped["unqualified"]))
    rows = [
        (
            name,
            each["labelers"],
            each["rankings"],
            f"{each['rankings'] / total:.1%}" if total else "–",
        )
        for name, each in groups
    ]
    control = [
        (name, each["items"], *_share(each))
        for name, each in found["control"].items()
        if each["items"]
    ]
    decided, gone = found["adjudications"], found["deletions"]
    outcomes = ", ".join(
        f"{name.replace('_', ' ')} {n:,}" for name, n in decided["outcomes"].items()
    )
    return [
        "## Quality",
        "",
        *_bias(found["bias"]),
        "",
        "Control items, over the whole project:" if control else "Nobody met a control item.",
        "",
        *_table(("kind", "answered", "as expected", "95 %"), control),
        "",
        "Labelers whom a stricter reader might leave out. Nobody was left out for it:",
        "",
        *_table(("why", "labelers", "rankings", "share"), rows),
        "",
        f"Items of it that review decided: {decided['items']:,}{f' ({outcomes})' if outcomes else ''}.",
        f"People deleted with their judgments, which are not in it: {gone['withdrawn']['people']:,} "
        f"({gone['withdrawn']['rankings']:,} rankings). Deleted by name only, judgments in it under a "
        f"pseudonym: {gone['kept_under_pseudonym']:,}.",
        "",
    ]


def _bias(found: Row | None) -> list[str]:
    if found is None:
        return ["Nobody asked for a quality report before it was frozen: bias is not known."]
    rows = [
        (
            name.replace("_", " "),
            f"{one['points']:+.1f}",
            "{:+.1f} to {:+.1f}".format(*one["interval"]),
        )
        for name, one in found["effects"].items()
    ]
    return [
        f"By how many percentage points an answer wins more often for its place, length (twice as long) or form, "
        f"others alike ({found['judgments']:,} judgments of the project until {found['at']}):",
        "",
        *_table(("what", "points", "95 %"), rows),
    ]


def _share(found: Row) -> tuple[str, str]:
    within = found["interval"]
    return (
        "–" if found["share"] is None else f"{found['share']:.1%}",
        "–" if within is None else f"{within[0]:.1%} to {within[1]:.1%}",
    )


def _origin(card: Row) -> list[str]:
    if "systems" not in card:
        return []
    systems = [(name or "not told", n) for name, n in card["systems"].items()]
    lines = [
        "## Where completions come from",
        "",
        *_table(("system", "completions shown"), systems),
    ]
    for plan in card["sampling_plans"]:
        settings = ", ".join(f"{k} {v}" for k, v in plan.items() if k != "name")
        lines += ["", f"- Sampling plan {plan['name']}: {settings}"]
    return [*lines, ""]


def _consensus(card: Row) -> list[str]:
    if "consensus" not in card:
        return []
    settings = ", ".join(f"{name} {value}" for name, value in sorted(card["consensus"].items()))
    return [
        "## Consensus",
        "",
        f"Computed from all judgments of an item, by their weights: {settings}. `ranking` holds tiers, best first; "
        "completions whose order is less sure share a tier: a tie is said, not broken. `scores` are logits with 95 % "
        "bounds `low` and `high`; `better` is the probability that the row's completion is better than the column's.",
        "",
    ]


def _guidelines(versions: list[Row]) -> list[str]:
    lines = ["## Guidelines", ""]
    for one in versions:
        fence = "`" * max(4, _longest_run(one["text"]) + 1)
        lines += [
            f"Version {one['number']} ({one['judgments']:,} judgments, SHA-256 `{one['sha256']}`):",
            "",
            fence,
            one["text"],
            fence,
            "",
        ]
    return lines if versions else []


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    if not rows:
        return []
    cells = [tuple(f"{c:,}" if isinstance(c, int) else str(c) for c in row) for row in rows]
    lines = [head, tuple("---" for _ in head), *cells]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines]


def _quoted(text: str) -> str:
    """A JSON string is a YAML string."""
    return json.dumps(text, ensure_ascii=False)
