"""Six public sources, two policies: does a reward model beat "the longer text wins"?

Every source is split in three by the first message of its prompts, so that no conversation stands
on two sides: one part trains, one chooses when to stop, one is looked at once. The second
policy is pretrained here, on the texts of the training parts of all six. Knows no pair arithmetic.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
import typer
from safetensors.torch import load_file

from benchmarks.real_runs import MANIFEST, events, hash_byte, read_rows, run, to_ranking
from rewardmodel.config import RewardConfig
from rewardmodel.groups import LengthRule, make_groups, trainable
from rewardmodel.models import load_reward_model
from rewardmodel.prefix import groups_to_share
from rewardmodel.rankings import Ranking, prompt_to_json, read_snapshot, write_snapshot
from rewardmodel.text import TextCodec, load_codec
from rewardmodel.training import load_module_tensors, stable_seed

SOURCES = {
    "hh_harmless_test": "pairs",
    "autoj_pairs": "pairs",
    "oasst_en": "rankings",
    "oasst_zh": "rankings",
    "wmt12_rnk": "to_en",
    "summeval": "rankings",
}
POLICIES = ("stories260K", "pretrained")
MOST_EPOCHS, LOOKS = 4, 3  # the second part is looked at so often, and the best look is kept
CHOOSING = 80  # rankings of the second part that are used
TEST, CHOICE = 64, 96  # of 256: a quarter is looked at once, an eighth chooses
FEWEST_PROMPT_TOKENS = 64
KEPT = (
    "weights",
    "training_rankings",
    "training_pairs",
    "learning_rate",
    "updates",
    "seconds",
)
PRETRAINING: dict[str, Any] = {
    "vocabulary_size": 4096,
    "context_tokens": 1024,
    "block_tokens": 512,
    "batch_size": 4,
    "steps": 400,
}


def part_of(ranking: Ranking) -> str:
    """train, choice or test, by the first message."""
    byte = hash_byte(ranking.prompt[:1])
    return "test" if byte < TEST else "choice" if byte < CHOICE else "train"


def with_sorted_completions(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its completions in the order of their texts.

    Two people who judged one item saw it in different orders; sorted, their rankings compare.
    """
    texts = row["completions"]
    order = sorted(range(len(texts)), key=lambda index: (texts[index], index))
    place = {index: number for number, index in enumerate(order)}
    return {
        **row,
        "completions": [texts[index] for index in order],
        "ranking": [[place[index] for index in tier] for tier in row["ranking"]],
    }


def parts(shared: Path, source: str) -> dict[str, list[Ranking]]:
    """The rankings of a source by part; choice and test are validation splits of a snapshot."""
    found: dict[str, list[Ranking]] = {"train": [], "choice": [], "test": []}
    for row in read_rows(shared / "data" / source / f"{SOURCES[source]}.jsonl.gz"):
        part = part_of(ranking := to_ranking(with_sorted_completions(row), "train"))
        found[part].append(ranking if part == "train" else _held_out(ranking))
    return found


def _held_out(ranking: Ranking) -> Ranking:
    fields = {name: getattr(ranking, name) for name in Ranking.__slots__}
    return Ranking(**{**fields, "split": "validation"})


def whole_prompts(rankings: Sequence[Ranking], most: int) -> list[Ranking]:
    """The first rankings by the hash of their prompt: all or nothing of what judges shared."""
    chosen = sorted(rankings, key=lambda one: (stable_seed(one.prompt), one.id))[:most]
    after = chosen[-1].prompt if len(chosen) < len(rankings) else None
    return [one for one in chosen if one.prompt != after]


def pretrain(shared: Path, work: Path) -> dict[str, Any]:
    """A policy of 1.3 million weights from the training parts: prompts with their best answer."""
    texts = work / "texts.jsonl"
    if not texts.exists():
        work.mkdir(parents=True, exist_ok=True)
        training = (one for name in SOURCES for one in parts(shared, name)["train"] if one.tiers)
        lines = [_document(one) for one in training]
        texts.write_text("".join(dict.fromkeys(lines)), encoding="utf-8")
    return run(work / "pretrained", "pretrain", {"texts": texts}, **PRETRAINING)


def _document(ranking: Ranking) -> str:
    best = ranking.completions[ranking.tiers[0][0]]
    messages = [*prompt_to_json(ranking.prompt), {"role": "assistant", "content": best}]
    return json.dumps({"messages": messages}, ensure_ascii=False) + "\n"


def lengths(codec: TextCodec, context: int, rankings: Sequence[Ranking]) -> dict[str, Any]:
    """Limits that give completions all of the context they want, and prompts the rest."""
    seen = rankings[:: max(1, len(rankings) // 300)]
    counts = sorted(len(codec.encode_completion(text)) for r in seen for text in r.completions)
    wanted = counts[int(0.95 * (len(counts) - 1))]
    prompt = max(FEWEST_PROMPT_TOKENS, context - wanted)
    return {"max_prompt_tokens": prompt, "max_completion_tokens": context, "too_long": "cut"}


def measure(
    shared: Path, work: Path, name: str, source: str, tokens: int, held_out: int
) -> dict[str, Any]:
    """One row of the table: train, choose among the checkpoints, look at the last part."""
    policy = shared / "models" / name if name == "stories260K" else work / name / "model"
    folder = work / source
    rankings = parts(shared, source)
    codec = load_codec(policy)
    context = json.loads((policy / "config.json").read_text())["max_position_embeddings"]
    limits = lengths(codec, context, rankings["train"])
    learnt, epochs = plan(codec, context, limits, rankings["train"], tokens)
    learning = folder / f"{name}-learning"
    write_snapshot(learning, [*learnt, *rankings["choice"][:CHOOSING]])
    write_snapshot(folder / "test", whole_prompts(rankings["test"], held_out))
    per_step = 32 if epochs * len(learnt) > 600 else 8
    every = -(-epochs * -(-len(learnt) // per_step) // LOOKS)
    trained = run(
        folder / name,
        "reward",
        {"policy": policy, "snapshot": learning},
        epochs=epochs,
        prompts_per_step=per_step,
        evaluate_every_steps=every,
        checkpoint_every_steps=every,  # the newest three are kept
        **limits,
    )
    losses = {
        event["step"]: event["values"]["validation_nll"]
        for event in events(folder / name)
        if "validation_nll" in event.get("values", {})
    }
    chosen = min(losses, key=lambda step: losses[step])
    model = model_after(folder / name, chosen)
    judged = run(
        folder / f"{name}-test",
        "evaluate",
        {"reward_model": model, "snapshot": folder / "test"},
        **limits,
    )
    return {
        "source": source,
        "policy": name,
        "epochs": epochs,
        "chosen_update": chosen,
        "choice_nll": losses,
        **{key: trained[key] for key in KEPT},
        "evaluation_seconds": judged["seconds"],
        **limits,
        **reading(model, learning, limits),
        **judged["reward_model"],
    }


def plan(
    codec: TextCodec,
    context: int,
    limits: dict[str, Any],
    rankings: Sequence[Ranking],
    tokens: int,
) -> tuple[list[Ranking], int]:
    """The rankings to learn from and the epochs, so that a run reads about so many tokens.

    A prompt is counted with each of its completions, as where no prompt is shared.
    """
    rule = LengthRule(RewardConfig(**limits), codec, context)
    groups = trainable(make_groups(rankings, rule), RewardConfig(**limits))
    by_id = {one.id: one for one in rankings}
    found = [by_id[group.id] for group in groups]
    total = sum(len(row) for group in groups for row in group.rows())
    if total > tokens:
        count = len(found) * tokens // total
        return [found[n * len(found) // count] for n in range(count)], 1
    return found, min(MOST_EPOCHS, round(tokens / total))


def model_after(folder: Path, step: int) -> Path:
    """The reward model as it was after so many updates, from the checkpoint of that update."""
    directory = folder / f"model-after-{step}"
    if not directory.exists():
        checkpoint = folder / "checkpoints" / f"step-{step:08d}"
        reward_model = load_reward_model(folder / "model", torch.device("cpu"))
        load_module_tensors(reward_model, load_file(checkpoint / "weights.safetensors"))
        reward_model.save(directory)
    return directory


def reading(model: Path, snapshot: Path, limits: dict[str, Any]) -> dict[str, float]:
    """How the training rankings are read: prompts computed once, texts cut, tokens kept."""
    reward_model = load_reward_model(model, torch.device("cpu"))
    config = RewardConfig(**limits)
    rule = LengthRule(config, reward_model.codec, reward_model.context_tokens)
    training = (r for r in read_snapshot(snapshot).rankings if r.split == "train")
    groups = make_groups(training, rule)
    shared = groups_to_share(
        groups,
        int(reward_model.classifier.config.hidden_size),
        reward_model.why_not_shared,
        config.share_prompts,
        reward_model.device,
    )
    completions = sum(len(group.completion_ids) for group in groups)
    cut = Counter(one["what"] for one in rule.left_out)
    return {
        "prompts_shared": len(shared) / len(groups),
        "prompts_cut": cut["prompts cut"] / len(groups),
        "completions_cut": cut["completions cut"] / completions,
    }


def verdict(row: dict[str, Any]) -> str:
    """What the interval of the difference allows to say."""
    difference = row["accuracy_minus_length"]
    if difference["low"] > 0:
        return "beats length"
    return "loses to length" if difference["high"] < 0 else "not told apart from length"


def _figure(figure: dict[str, float], sign: str = "") -> str:
    low, high = figure["low"], figure["high"]
    return f"{figure['value']:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def as_markdown(rows: Iterable[dict[str, Any]]) -> str:
    """The table, and a second one of how each model was trained.

    The length baseline is "the longer text wins"; below 0.5 "the shorter wins" is the better rule,
    right on 1 minus that. Each row's `by` in table.json has the accuracy by length gap.
    """
    figures = [
        "| source | from | prompts, pairs | accuracy | length baseline | difference | people | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    training = [
        "| source | from | rankings, pairs | epochs | chosen update (NLL of the second part) "
        "| seconds | prompts shared | prompts cut | completions cut | held-out NLL, ECE |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        people = row["human_agreement"]
        agreement = f"{people['value']:.3f} ({people['pairs']} pairs)" if people["pairs"] else "–"
        losses = ", ".join(f"{step}: {nll:.3f}" for step, nll in row["choice_nll"].items())
        head = f"| {row['source']} | {row['policy']} |"
        figures.append(
            f"{head} {row['prompts']}, {row['pairs']} | {_figure(row['accuracy'])} "
            f"| {_figure(row['length_baseline'])} "
            f"| {_figure(row['accuracy_minus_length'], '+')} | {agreement} | {verdict(row)} |"
        )
        training.append(
            f"{head} {row['training_rankings']}, {row['training_pairs']} | {row['epochs']} "
            f"| {row['chosen_update']} ({losses}) | {row['seconds']:.0f} "
            f"| {row['prompts_shared']:.0%} | {row['prompts_cut']:.0%} "
            f"| {row['completions_cut']:.0%} | {row['nll']:.3f}, {row['ece']:.3f} |"
        )
    return "\n".join([*figures, "", *training])


def compare(
    shared: Path,
    work: Path,
    only: Sequence[str],
    policies: Sequence[str],
    tokens: int,
    held_out: int,
) -> None:
    """Measure what is named, or all; print the table of all that is known and write it.

    Rows measured before in the same work folder are kept, so the table may be made in parts.
    """
    for wanted, known in ((only, SOURCES), (policies, POLICIES)):
        if unknown := set(wanted) - set(known):
            raise typer.BadParameter(f"{sorted(unknown)}: known are {', '.join(known)}")
    for name in policies or POLICIES:
        if name == "pretrained":
            pretrain(shared, work)
        for source in only or SOURCES:
            path = work / source / f"{name}.json"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                row = measure(shared, work, name, source, tokens, held_out)
                path.write_text(json.dumps(row, indent=1, ensure_ascii=False) + "\n")
    paths = [work / source / f"{name}.json" for source in SOURCES for name in POLICIES]
    rows = [json.loads(path.read_text()) for path in paths if path.exists()]
    document: dict[str, Any] = {"rows": rows}
    if (work / "pretrained" / MANIFEST).exists():
        document["pretraining"] = made = pretrain(shared, work)
        print(
            f"pretrained: {made['weights']} weights, {made['documents']} documents, "
            f"{made['training_tokens']} tokens, {PRETRAINING['steps']} updates, "
            f"held-out perplexity {made['held_out_perplexity']:.1f}, {made['seconds']:.0f} s\n"
        )
    print(as_markdown(rows))
    (work / "table.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
