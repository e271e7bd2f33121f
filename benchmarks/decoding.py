"""Tokens per second of our decode loop beside transformers' `generate`.

    python -m benchmarks.decoding [--threads 2] [--rounds 7]
    python -m benchmarks.decoding --device cuda --precision bf16 --width 1024 --layers 24

A random Llama samples K completions of each prompt at temperature 1; any token of a share of the
vocabulary stops a completion, so lengths vary (geometric) up to the limit. Both count the tokens up
to and with the stop. `generate` computes K copies of each prompt and pads until the last row stops; our loop
computes the prompt once and drops rows that are done. Taking turns, medians; losing cases included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rewardmodel.config import DecodingConfig, PretrainConfig
from rewardmodel.decoding import decode
from rewardmodel.models import Policy
from rewardmodel.pretrain import train_tokenizer
from rewardmodel.training import autocast

# K, prompts, prompt tokens, limit, mean tokens until a stop (0: never)
CASES = [
    (1, 32, 64, 64, 16),
    (1, 32, 64, 64, 0),
    (4, 16, 64, 64, 16),
    (4, 16, 512, 64, 16),
    (4, 16, 64, 64, 0),
    (9, 8, 512, 64, 32),
]


def new_policy(vocabulary: int, width: int, layers: int) -> Policy:
    """A random Llama."""
    codec = train_tokenizer([f"word{n}" for n in range(500)], PretrainConfig(vocabulary_size=400))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=width * 8 // 3 // 8 * 8,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        num_key_value_heads=width // 64,
        max_position_embeddings=2048,
    )
    return Policy(LlamaForCausalLM(config), codec).eval()


def measure(policy: Policy, case: tuple[int, ...], rounds: int, precision: str) -> dict[str, Any]:
    """Tokens per second of both."""
    k, count, prompt_tokens, limit, until_stop = case
    vocabulary = policy.language_model.config.vocab_size
    policy.stop_ids = frozenset(range(vocabulary // until_stop)) if until_stop else frozenset([0])
    generator = torch.Generator().manual_seed(1)
    prompts = torch.randint(
        vocabulary // 2, vocabulary, (count, prompt_tokens), generator=generator
    ).tolist()
    plan = DecodingConfig(samples_per_prompt=k, max_new_tokens=limit)
    device = policy.device
    stops = torch.tensor(sorted(policy.stop_ids), device=device)

    def ours(turn: int) -> int:
        keys = [str(n) for n in range(count)]
        found = decode(policy, prompts, plan, seed=turn, keys=keys)
        return sum(len(completion.ids) for group in found for completion in group)

    @torch.no_grad()
    def theirs(turn: int) -> int:
        torch.manual_seed(turn)
        ids = torch.tensor(prompts, device=device)
        output = policy.language_model.generate(  # type: ignore[operator]
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            top_k=0,
            max_new_tokens=limit,
            num_return_sequences=k,
            eos_token_id=stops.tolist(),
            pad_token_id=policy.codec.fill_id,
        )[:, prompt_tokens:]
        stopped = torch.isin(output, stops).long()
        before = stopped.cumsum(dim=1) - stopped == 0
        return int(before.sum())

    rates: dict[str, list[float]] = {"ours": [], "generate": []}
    for turn in range(rounds + 1):
        for name, way in (("ours", ours), ("generate", theirs)):
            began = time.perf_counter()
            with autocast(precision, device):
                tokens = way(turn)
            if turn:
                rates[name].append(tokens / (time.perf_counter() - began))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    return {
        "K": k,
        "prompts": count,
        "P": prompt_tokens,
        "limit": limit,
        "until_stop": until_stop,
        **middle,
        "ratio": middle["ours"] / middle["generate"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--only", type=int, default=len(CASES), help="how many of the cases")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    policy = new_policy(arguments.vocabulary, arguments.width, arguments.layers).to(
        arguments.device
    )
    print(
        f"d={arguments.width} L={arguments.layers} V={arguments.vocabulary} {arguments.device} "
        f"{arguments.precision} "
        f"threads={arguments.threads} load={os.getloadavg()[0]:.1f}"
    )
    print("  K prompts    P limit  mean until stop    ours tok/s  generate tok/s  ratio")
    results = []
    for case in CASES[: arguments.only]:
        found = measure(policy, case, arguments.rounds, arguments.precision)
        results.append(found)
        print(
            f"{found['K']:3d} {found['prompts']:7d} {found['P']:4d} {found['limit']:5d} "
            f"{found['until_stop'] or 'never':>16} {found['ours']:13.0f} {found['generate']:15.0f} "
            f"{found['ratio']:6.2f}",
            flush=True,
        )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
