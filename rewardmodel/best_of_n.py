"""The best_of_n stage: n completions a prompt, scored; the best become demonstrations.

The chosen completions are written as a snapshot, so the sft stage learns from them directly
(rejection-sampling fine-tuning). The report holds the best-of-n curve: what the best of 1, 2, … n
completions scores, and how far that policy is from the one that drew them; of the first prompts the
events hold what was chosen beside an ordinary draw, for a person to read. Works prompt by prompt and
goes on where it stopped, like the sample stage.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from rewardmodel.config import BestOfNConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.drawn_with import refuse_other_draws
from rewardmodel.errors import Refused
from rewardmodel.groups import prompt_key
from rewardmodel.known_prompts import apart_from_known, known_too_well
from rewardmodel.left_out import write_left_out
from rewardmodel.metrics import BOOTSTRAP, clustered_ratio
from rewardmodel.models import Policy, load_policy, load_reward_model
from rewardmodel.rankings import Demonstration, Ranking, Split, read_jsonl, write_snapshot
from rewardmodel.rollouts import RewardModelScorer
from rewardmodel.rundir import Run
from rewardmodel.sample import (
    COMPLETIONS,
    EncodedPrompt,
    draw_rest,
    encode_prompts,
    read_prompts,
    refuse_no_room,
)
from rewardmodel.text import require_same_tokens
from rewardmodel.training import stable_seed, start_device

CHOSEN = "chosen"
SHOWN_PROMPTS = 100  # whose best completion is told in an event; all are in completions.jsonl
# settings that choose among completions or measure them: they may change when a run goes on
AFTER_DRAWING = frozenset(
    {
        *("keep_per_prompt", "least_score", "only_stopped", "validation_fraction"),
        *("write_rankings", "bootstrap_samples"),
    }
)
CURVE = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


def expected_best(scores: Sequence[float], k: int) -> float:
    """Expected best score of k completions, from n >= k drawn of one prompt; without bias.

    The mean of the best over all subsets of size k. Of the C(n, k) subsets, C(i-1, k-1) have the
    i-th smallest score as their best (Nakano et al. 2021, appendix I, gives the same estimator).
    """
    n = len(scores)
    if not 1 <= k <= n:
        raise ValueError(f"k {k} must be in 1..{n}")
    subsets = math.comb(n, k)
    return sum(
        math.comb(place - 1, k - 1) / subsets * score
        for place, score in enumerate(sorted(scores), start=1)
        if place >= k
    )


def kl_bound(n: int) -> float:
    """ln n - (n-1)/n nats: best-of-n is at most this far from the policy (Stiennon et al. 2020,
    appendix G.3; a bound, and exact where no two completions score alike: Beirami et al. 2024)."""
    return math.log(n) - (n - 1) / n


def best_of_n_curve(
    scores: Sequence[Sequence[float]],
    samples: int,
    seed: int,
    prompts: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """Expected best score of 1 … n over all prompts, with intervals over prompts, and KL bounds.

    prompts: the text of each, where several rows may have one.
    """
    largest = min(len(row) for row in scores)
    ones = [1.0] * len(scores)
    return [
        {
            "n": k,
            "score": clustered_ratio(
                [expected_best(row, k) for row in scores], ones, samples, seed, clusters=prompts
            ).to_json(),
            "kl_bound": kl_bound(k),
        }
        for k in sorted({*(k for k in CURVE if k < largest), largest})
    ]


def ranks(scores: Sequence[float]) -> list[int]:
    """Rank of each completion of a prompt: 1 is best, equal scores share a rank."""
    return [1 + sum(other > score for other in scores) for score in scores]


def scored_lines(
    policy: Policy,
    prompt: EncodedPrompt,
    completions: Sequence[SampledCompletion],
    scores: Sequence[float],
) -> Iterator[str]:
    """The lines of completions.jsonl for one prompt: those of the sample stage, score and rank."""
    for index, (completion, score, rank) in enumerate(
        zip(completions, scores, ranks(scores), strict=True)
    ):
        row = {
            "prompt_id": prompt.row.id,
            "sample_index": index,
            "text": policy.codec.decode_completion(prompt.ids, completion.ids),
            "finish_reason": completion.finish_reason,
            "token_count": len(completion.ids),
            "score": score,
            "rank": rank,
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"


def run_best_of_n(run: Run, config: BestOfNConfig) -> dict[str, Any]:
    """The best_of_n stage."""
    run.refuse_unknown_inputs(("policy", "reward_model", "prompts"))
    rows = read_prompts(run.input("prompts"))
    refuse_other_draws(run, config, run.directory / COMPLETIONS, AFTER_DRAWING)
    refuse_no_room([run.input("policy"), run.input("reward_model")], config.max_new_tokens)
    device = start_device(config)
    policy = load_policy(run.input("policy"), device)
    reward_model = load_reward_model(run.input("reward_model"), device)
    require_same_tokens(policy.codec, reward_model.codec)
    prompts, unused = encode_prompts(
        rows,
        policy,
        max_prompt_tokens=config.max_prompt_tokens,
        max_new_tokens=config.max_new_tokens,
        events=run.events,
        also_read_by=[reward_model],
    )
    fitting = prompts
    folders = [run.input("reward_model")]
    prompts = apart_from_known(fitting, folders, config.overlapping_prompts, run.events)
    unused += known_too_well(fitting, prompts)
    if not prompts:
        raise Refused("data_refused", "every prompt was used to train or choose the reward model")
    run.events.data_read("prompts", used=len(prompts), given=len(rows))
    write_left_out(run.directory, unused)
    scorer = RewardModelScorer(reward_model, config.microbatch_tokens)

    def lines(prompt: EncodedPrompt, completions: list[SampledCompletion]) -> Iterator[str]:
        scores = scorer([prompt.ids] * len(completions), completions).tolist()
        return scored_lines(policy, prompt, completions, scores)

    draw_rest(run, config, policy, prompts, lines, "best of n")
    return _conclude(run, config, prompts) | {"prompts_left_out": len(unused)}


def _conclude(run: Run, config: BestOfNConfig, prompts: Sequence[EncodedPrompt]) -> dict[str, Any]:
    """Write the chosen completions as a snapshot; the report."""
    found: dict[str, list[dict[str, Any]]] = {}
    for _, row in read_jsonl(run.directory / COMPLETIONS):
        found.setdefault(row["prompt_id"], []).append(row)
    chosen: list[Demonstration] = []
    rankings: list[Ranking] = []
    for number, prompt in enumerate(prompts):
        rows = found[prompt.row.id]
        split = _split(prompt, config)
        chosen += _demonstrations(prompt, rows, split, config)
        if config.write_rankings:
            rankings += _ranking(prompt, rows, split)
        if number < SHOWN_PROMPTS:
            _show(run, prompt, rows)
    sha256 = write_snapshot(run.directory / CHOSEN, rankings, chosen)
    scores = [[row["score"] for row in found[prompt.row.id]] for prompt in prompts]
    asked = [prompt_key(prompt.row.prompt) for prompt in prompts]
    flat = [row for rows in found.values() for row in rows]
    if not chosen:
        run.events.warning(
            "nothing_chosen",
            f"none of {len(flat)} completions may become a demonstration "
            f"(least_score {config.least_score}, only_stopped {config.only_stopped})",
        )
    return {
        "prompts": len(found),
        "completions": len(flat),
        "demonstrations": len(chosen),
        "rankings": len(rankings),
        "snapshot_sha256": sha256,
        "stop_rate": sum(row["finish_reason"] == "stop" for row in flat) / len(flat),
        "tokens_mean": sum(row["token_count"] for row in flat) / len(flat),
        "curve": best_of_n_curve(scores, config.bootstrap_samples, config.seed, asked),
        "interval": f"{BOOTSTRAP} over prompts",
    }


def _show(run: Run, prompt: EncodedPrompt, rows: Sequence[dict[str, Any]]) -> None:
    """The best completion of a prompt beside its first, which any draw might have been."""
    best, first = min(rows, key=lambda row: (row["rank"], row["sample_index"])), rows[0]
    run.events.write(
        "sample",
        step=0,
        prompt_id=prompt.row.id,
        prompt=prompt.row.prompt[-1].content,
        before=first["text"],
        completion=best["text"],
        reference_score=first["score"],
        score=best["score"],
    )


def _split(prompt: EncodedPrompt, config: BestOfNConfig) -> Split:
    """As its file says, or else by the prompt alone: the same prompt always falls on the same side."""
    if prompt.row.split is not None:
        return prompt.row.split
    share = stable_seed("split", prompt_key(prompt.row.prompt)) / 2**63
    return "validation" if share < config.validation_fraction else "train"


def _demonstrations(
    prompt: EncodedPrompt, rows: Sequence[dict[str, Any]], split: Split, config: BestOfNConfig
) -> Iterator[Demonstration]:
    """The best completions of a prompt that may become demonstrations, best first."""
    usable = [
        row
        for row in sorted(rows, key=lambda row: (row["rank"], row["sample_index"]))
        if (row["finish_reason"] == "stop" or not config.only_stopped)
        and (config.least_score is None or row["score"] >= config.least_score)
    ]
    texts = list(dict.fromkeys(row["text"] for row in usable))
    for number, text in enumerate(texts[: config.keep_per_prompt]):
        yield Demonstration(
            id=f"{prompt.row.id}:{number}",
            prompt=prompt.row.prompt,
            completion=text,
            split=split,
            author="best_of_n",
        )


def _ranking(
    prompt: EncodedPrompt, rows: Sequence[dict[str, Any]], split: Split
) -> Iterator[Ranking]:
    """The distinct completions of a prompt in the order of their scores, equal ones tied."""
    by_text = {row["text"]: row for row in reversed(rows)}
    kept = sorted(by_text.values(), key=lambda row: int(row["sample_index"]))
    tiers: dict[int, list[int]] = {}
    for index, row in enumerate(kept):
        tiers.setdefault(row["rank"], []).append(index)
    if len(kept) > 1:
        yield Ranking(
            id=prompt.row.id,
            prompt=prompt.row.prompt,
            completions=tuple(row["text"] for row in kept),
            tiers=tuple(tuple(tiers[rank]) for rank in sorted(tiers)),
            labeler="reward model",
            split=split,
            source="best_of_n",
        )
