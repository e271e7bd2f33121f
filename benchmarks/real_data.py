"""Reward models and PPO on public data, from a pretrained policy of 260,032 weights.

    python -m benchmarks.real_data table  --shared ../shared --work DIR [--only SOURCE]
    python -m benchmarks.real_data reward --shared ../shared --work DIR
    python -m benchmarks.real_data ppo    --shared ../shared --work DIR

`table` trains a reward model on each of six sources by itself, from that policy and from one that
is pretrained here, and prints held-out accuracy beside the length baseline and people. `reward`
trains on human rankings of three sources together, split by prompt, and prints the same overall
and for each source. `ppo` learns a reward model and an independent
judge from labelled film reviews (positive above negative, disjoint reviews), trains the policy
against the first, and prints both models' scores before and after at the measured KL.
The data is read where it lies; nothing of it is kept outside DIR. Every step is a run directory;
one that is complete is not repeated.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.real_runs import read_rows, run, to_ranking
from benchmarks.real_table import compare
from rewardmodel.rankings import Message, Ranking, write_snapshot

app = typer.Typer(add_completion=False, help=__doc__)
Shared = Annotated[Path, typer.Option(help="Folder with models/ and data/.", file_okay=False)]
Work = Annotated[Path, typer.Option(help="Where the run directories go.", file_okay=False)]

SOURCES = {
    "hh_harmless_test": "hh_harmless_test/pairs.jsonl.gz",
    "autoj_pairs": "autoj_pairs/pairs.jsonl.gz",
    "oasst_en": "oasst_en/rankings.jsonl.gz",
}
PROMPT_WORDS = 4


def show(name: str, figure: dict[str, float]) -> None:
    print(f"  {name:32s} {figure['value']:7.3f}  [{figure['low']:.3f}, {figure['high']:.3f}]")


def show_agreement(title: str, figures: dict[str, Any]) -> None:
    print(f"{title}: {figures['pairs']} held-out pairs, {figures['interval']}")
    show("accuracy", figures["accuracy"])
    show("length-only baseline", figures["length_baseline"])
    show("accuracy minus baseline", figures["accuracy_minus_length"])
    print(
        f"  per prompt {figures['accuracy_per_prompt']:.3f}, top-1 {figures['top_1']:.3f}, "
        f"tau-b {figures['kendall_tau_b']:.3f}, NLL {figures['nll']:.3f}, ECE {figures['ece']:.3f}"
    )


@app.command()
def table(
    shared: Shared = Path("../shared"),
    work: Work = Path("real-data"),
    only: Annotated[
        list[str] | None, typer.Option(help="One of the six sources; may be given often.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="stories260K or pretrained; may be given often.")
    ] = None,
    tokens: Annotated[int, typer.Option(help="Tokens that each training reads.", min=1)] = 120_000,
    held_out: Annotated[int, typer.Option(help="Most rankings looked at once.", min=20)] = 300,
) -> None:
    """Train on each of six sources by itself, from two policies; print and write the table."""
    compare(shared, work, only or [], policy or [], tokens, held_out)


@app.command()
def reward(shared: Shared = Path("../shared"), work: Work = Path("real-data")) -> None:
    """Train a reward model on human rankings and measure it on held-out prompts."""
    policy = shared / "models" / "stories260K"
    rankings = {
        name: [to_ranking(row) for row in read_rows(shared / "data" / path)]
        for name, path in SOURCES.items()
    }
    write_snapshot(work / "all", [one for found in rankings.values() for one in found])
    lengths = {"max_prompt_tokens": 96, "max_completion_tokens": 128, "too_long": "cut"}
    report = run(
        work / "reward",
        "reward",
        {"policy": policy, "snapshot": work / "all"},
        prompts_per_step=32,
        epochs=1,
        evaluate_every_steps=50,
        **lengths,
    )
    print(
        f"{report['training_rankings']} rankings, {report['training_pairs']} pairs, "
        f"{report['updates']} updates at {report['learning_rate']:.1e}, {report['seconds']:.0f} s"
    )
    show_agreement("all", report["validation"])
    for name, found in rankings.items():
        write_snapshot(work / name, found)
        measured = run(
            work / f"evaluate-{name}",
            "evaluate",
            {"reward_model": work / "reward" / "model", "snapshot": work / name},
            **lengths,
        )
        show_agreement(name, measured["reward_model"])


def review_rankings(
    rows: list[dict[str, Any]], split: str, chance: random.Random
) -> Iterator[Ranking]:
    """Groups of 4 to 6 reviews, the positive ones tied above the negative ones.

    A review begins with a space, as a continuation of the (empty) prompt does.
    """
    sides: dict[int, list[str]] = {0: [], 1: []}
    for row in rows:
        sides[row["label"]].append(" " + row["text"])
    for side in sides.values():
        chance.shuffle(side)
    number = 0
    while True:
        count = chance.randint(4, 6)
        good = chance.randint(1, count - 1)
        if len(sides[1]) < good or len(sides[0]) < count - good:
            return
        texts = [sides[1].pop() for _ in range(good)] + [
            sides[0].pop() for _ in range(count - good)
        ]
        yield Ranking(
            id=f"reviews-{split}-{number}",
            prompt=(Message("user", ""),),
            completions=tuple(texts),
            tiers=(tuple(range(good)), tuple(range(good, count))),
            lang="en",
            split="validation" if split == "validation" else "train",
            source="sst2",
        )
        number += 1


@app.command()
def ppo(
    shared: Shared = Path("../shared"),
    work: Work = Path("real-data"),
    iterations: int = 60,
    kl_coefficient: float = 0.05,
) -> None:
    """Make a story teller write kinder film reviews, and ask an independent judge."""
    policy = shared / "models" / "stories260K"
    rows = list(read_rows(shared / "data" / "sentiment" / "en_sst2.jsonl.gz"))
    chance = random.Random(0)
    chance.shuffle(rows)
    held_out = [row for row in rows if row["split"] != "train"]
    training = [row for row in rows if row["split"] == "train"]
    halves = {"scorer": training[0::2], "judge": training[1::2]}
    for name, half in halves.items():
        snapshot = work / f"reviews-{name}"
        groups = [*review_rankings(half, "train", chance)]
        groups += review_rankings(held_out, "validation", chance)
        write_snapshot(snapshot, groups)
        report = run(
            work / name,
            "reward",
            {"policy": policy, "snapshot": snapshot},
            prompts_per_step=16,
            epochs=4,
            seed=1 if name == "scorer" else 2,
            normalize="shift_and_scale",
            learning_rate=2e-3,
        )
        print(f"{report['training_rankings']} rankings, {report['seconds']:.0f} s")
        show_agreement(name, report["validation"])

    beginnings = sorted({" ".join(row["text"].split()[:PROMPT_WORDS]) for row in held_out})
    prompts = work / "beginnings.jsonl"
    prompts.write_text(
        "".join(json.dumps({"id": str(n), "prompt": t}) + "\n" for n, t in enumerate(beginnings))
    )
    report = run(
        work / "ppo",
        "ppo",
        {"policy": policy, "reward_model": work / "scorer" / "model", "prompts": prompts},
        iterations=iterations,
        rollouts_per_iteration=128,
        minibatch_size=32,
        max_new_tokens=24,
        kl_coefficient=kl_coefficient,
        missing_stop_penalty=0,
        evaluation_prompts=256,
        value_only_iterations=3,
        overlapping_prompts="drop",  # two reviews may begin with the same words
    )
    figures = report["evaluation"]
    print(f"PPO: {report['updates']} updates, {report['seconds']:.0f} s, ended {report['ended']}")
    print(f"  KL to the start: {figures['kl_after']:.2f} nats per completion")
    for name in ("score_before", "score_after", "gain", "win_rate"):
        show(name, figures[name])
    judged = run(
        work / "judged",
        "evaluate",
        {
            "policy": work / "ppo" / "model",
            "baseline_policy": policy,
            "reward_model": work / "judge" / "model",
            "prompts": prompts,
        },
        max_new_tokens=24,
        seed=7,
    )["policy"]
    print(f"The independent judge, on {judged['prompts']} prompts:")
    show("score before", judged["baseline"]["score"])
    show("score after", judged["score"])
    show("gain", judged["against_baseline"]["gain"])
    show("win_rate", judged["against_baseline"]["win_rate"])
    for line in (work / "ppo" / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "sample" and event["step"] in (0, report["updates"]):
            print(
                f"  [{event['step']}] {event['score']:+.2f} {event['prompt']}|{event['completion']}"
            )


if __name__ == "__main__":
    app()
