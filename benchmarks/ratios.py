"""How far bf16 takes two passes over one completion apart: what drew it, and what an update says of it.

    python -m benchmarks.ratios [--policy DIR ...] [--samples 4] [--tokens 48]

Completions are drawn token by token, then asked about in one pass under the same autocast, and again in
batches of other rows. Without --policy: a random Llama of 2 and of 12 layers, the latter with logits as
sharp as those of a trained network. One line of JSON for each policy, precision and way of asking.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import rewardmodel.__main__  # noqa: F401  before torch: it sets how torch's threads wait

# isort: split
import torch
from torch import Tensor

from rewardmodel.config import DecodingConfig, PretrainConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.models import Policy, load_policy
from rewardmodel.policy_forward import completion_figures, in_groups
from rewardmodel.pretrain import new_language_model, train_tokenizer
from rewardmodel.training import autocast, weight_count

CPU = torch.device("cpu")
PROMPTS = 12
SHARP = 6.0  # what the output layer of the deep network is multiplied by


def random_policies() -> Iterator[tuple[str, Policy]]:
    """Name and network."""
    for width, layers, heads, sharpness in ((32, 2, 2, 1.0), (512, 12, 8, SHARP)):
        config = PretrainConfig(
            vocabulary_size=300, hidden_size=width, layers=layers, heads=heads, context_tokens=256
        )
        codec = train_tokenizer(["the cat sat on the mat", "a dog ran after it"], config)
        policy = Policy(new_language_model(codec, config), codec).eval()
        with torch.no_grad():
            policy.language_model.get_output_embeddings().weight.mul_(sharpness)
        yield f"random, {layers} layers", policy


def said(
    policy: Policy, prompts: Sequence[Sequence[int]], drawn: Sequence[SampledCompletion], rows: int
) -> Tensor:
    """Log-probability of every token, end to end, from passes over `rows` completions."""
    found = []
    for start in range(0, len(drawn), rows):
        part = [one.ids for one in drawn[start : start + rows]]
        groups = in_groups(prompts[start : start + rows], part, 1)
        figures = completion_figures(policy, groups, 1.0, "never").log_probs
        found += [row[: len(ids)] for row, ids in zip(figures, part, strict=True)]
    return torch.cat(found)


@torch.no_grad()
def measure(policy: Policy, precision: str, samples: int, tokens: int) -> Iterator[dict[str, Any]]:
    """Errors of the ratio: drawing against one pass, and one pass against passes over fewer rows."""
    generator = torch.Generator().manual_seed(0)
    vocabulary = int(policy.language_model.config.vocab_size)
    prompts = [
        torch.randint(5, vocabulary, (8 + 2 * n,), generator=generator).tolist()
        for n in range(PROMPTS)
    ]
    plan = DecodingConfig(samples_per_prompt=samples, max_new_tokens=tokens)
    with autocast(precision, CPU):
        keys = [str(n) for n in range(PROMPTS)]
        drawn = [one for row in decode(policy, prompts, plan, seed=1, keys=keys) for one in row]
        asked = [prompt for prompt in prompts for _ in range(samples)]
        whole, apart = (said(policy, asked, drawn, rows) for rows in (len(drawn), samples))
    recorded = torch.tensor([value for one in drawn for value in one.log_probs])
    for name, log_ratio in (
        ("drawn, one pass", whole - recorded),
        ("one pass, parts", apart - whole),
    ):
        error = (log_ratio.exp() - 1).abs()
        yield {
            "between": name,
            "tokens": len(error),
            "ratio_error_mean": float(error.mean()),
            "ratio_error_largest": float(error.max()),
            "log_ratio_mean": float(log_ratio.mean()),
            "log_ratio_std": float(log_ratio.std()),
            "beyond_0.2": float((error > 0.2).float().mean()),
        }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--policy", type=Path, nargs="*", default=[])
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=48)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    given = [(folder.name, load_policy(folder, CPU)) for folder in asked.policy]
    for name, policy in given or random_policies():
        for precision in ("fp32", "bf16"):
            for found in measure(policy, precision, asked.samples, asked.tokens):
                row = {"policy": name, "weights": weight_count(policy), "precision": precision}
                print(json.dumps(row | found), flush=True)


if __name__ == "__main__":
    main()
