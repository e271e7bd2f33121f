"""How much faster a reward step is when the prompt is computed once for all its completions.

    python -m benchmarks.shared_prompts [--threads 2] [--rounds 9] [--width 256] [--layers 4]
    python -m benchmarks.shared_prompts --device cuda --precision bf16 --width 1024 --layers 24 --tokens 65536

One forward and backward over whole rankings, three ways on the same random Llama: the
prompt shared, one forward for each completion (rows of like length together: the strongest plain
form), and both beside the ratio that counted multiplications promise. The ways take turns within each
round; medians are printed, losing cases included, and one line of JSON. Pair rows, as pair trainers
make them, cost (K-1) times the plain form: see benchmarks/against_trl.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaModel

from rewardmodel.batches import pad_right, split_by_tokens
from rewardmodel.group_scores import PassSizes
from rewardmodel.prefix import ATTENTION, hidden_states, lay_out, sharing_gain
from rewardmodel.training import autocast

GRID = [(k, p, c) for k in (4, 7, 9) for p in (32, 128, 512) for c in (32, 64, 128)]


@dataclass(frozen=True)
class Tokens:
    """A prompt with its completions."""

    prompt_ids: list[int]
    completion_ids: list[list[int]]


def new_decoder(width: int, layers: int) -> LlamaModel:
    """A random Llama, heads of 64."""
    torch.manual_seed(0)
    decoder = LlamaModel(
        LlamaConfig(
            vocab_size=1024,
            hidden_size=width,
            intermediate_size=width * 8 // 3 // 8 * 8,
            num_hidden_layers=layers,
            num_attention_heads=max(1, width // 64),
            num_key_value_heads=max(1, width // 64),
            max_position_embeddings=2048,
        )
    )
    decoder.set_attn_implementation(ATTENTION)
    decoder.eval()
    return decoder


def shared_step(decoder: LlamaModel, head: nn.Linear, groups: Sequence[Tokens]) -> Tensor:
    """Scores of all completions, prompts once."""
    found: list[Tensor] = []
    part: list[Tokens] = []
    for group in [*groups, None]:
        size = sum(len(g.prompt_ids) + sum(map(len, g.completion_ids)) for g in part)
        if group is None or (part and size >= PassSizes.on(decoder.device).shared):
            batch = lay_out(part, decoder.device)
            found.append(head(hidden_states(decoder, batch)[batch.last_token]).squeeze(-1))
            part = []
        if group is not None:
            part.append(group)
    return torch.cat(found)


def plain_step(decoder: LlamaModel, head: nn.Linear, groups: Sequence[Tokens]) -> Tensor:
    """Scores of all completions, one forward each."""
    rows = [group.prompt_ids + ids for group in groups for ids in group.completion_ids]
    found = []
    for chunk in split_by_tokens([len(row) for row in rows], PassSizes.on(decoder.device).plain):
        batch = pad_right([rows[n] for n in chunk], 0, decoder.device)
        states = decoder(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state
        last = states[torch.arange(len(chunk), device=states.device), batch.last_token()]
        found.append(head(last).squeeze(-1))
    return torch.cat(found)


def seconds(step: Callable[[], Tensor], parameters: Sequence[Tensor], precision: str) -> float:
    """One forward and backward."""
    device = parameters[0].device
    began = time.perf_counter()
    with autocast(precision, device):
        scores = step()
    (scores * torch.linspace(-1, 1, len(scores), device=device)).sum().backward()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    took = time.perf_counter() - began
    for parameter in parameters:
        parameter.grad = None
    return took


def peak_mb(step: Callable[[], object], device: torch.device) -> float:
    """The most memory that a step takes on a CUDA device; 0 elsewhere."""
    if device.type != "cuda":
        return 0.0
    torch.cuda.reset_peak_memory_stats(device)
    step()
    return torch.cuda.max_memory_allocated(device) / 2**20


def measure(
    decoder: LlamaModel, shape: tuple[int, int, int], rounds: int, tokens: int, precision: str
) -> dict[str, Any]:
    """Medians of both ways on one shape; as many rankings as make about `tokens` plain tokens."""
    k, p, c = shape
    generator = torch.Generator().manual_seed(1)

    def draw(length: int) -> list[int]:
        return [int(t) for t in torch.randint(1, 1024, (length,), generator=generator)]

    groups = [
        Tokens(draw(p), [draw(c) for _ in range(k)]) for _ in range(max(1, tokens // (k * (p + c))))
    ]
    head = nn.Linear(decoder.config.hidden_size, 1, bias=False).to(decoder.device)
    parameters = [*decoder.parameters(), *head.parameters()]
    ways = {"shared": shared_step, "plain": plain_step}
    with torch.no_grad(), autocast(precision, decoder.device):
        ours, theirs = (way(decoder, head, groups) for way in ways.values())
        difference = float((ours - theirs).abs().max())
    times: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 2):
        for name, way in ways.items():
            took = seconds(partial(way, decoder, head, groups), parameters, precision)
            if turn >= 2:
                times[name].append(took)
    middle = {name: statistics.median(values) for name, values in times.items()}
    ideal = sharing_gain(groups[0], decoder.config.hidden_size)
    gain = middle["plain"] / middle["shared"]
    memory = {
        f"{name}_mb": peak_mb(
            partial(seconds, partial(way, decoder, head, groups), parameters, precision),
            decoder.device,
        )
        for name, way in ways.items()
    }
    return {
        "K": k,
        "P": p,
        "C": c,
        "rankings": len(groups),
        "plain_ms": 1000 * middle["plain"],
        "shared_ms": 1000 * middle["shared"],
        "gain": gain,
        "ideal": ideal,
        "share_of_ideal": gain / ideal,
        "difference": difference,
        **memory,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=8192, help="plain tokens in a step")
    parser.add_argument("--only", default="", help="shapes, as K,P,C;K,P,C")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    decoder = new_decoder(arguments.width, arguments.layers).to(arguments.device)
    grid = [tuple(map(int, one.split(","))) for one in arguments.only.split(";") if one] or GRID
    print(
        f"d={arguments.width} L={arguments.layers} {arguments.device} {arguments.precision} "
        f"threads={arguments.threads} load={os.getloadavg()[0]:.1f}"
    )
    on_device = "   plain MB  shared MB" if arguments.device == "cuda" else ""
    print(
        "  K    P    C   plain ms  shared ms   gain  ideal  share of ideal  largest difference"
        + on_device
    )
    results = []
    for shape in grid:
        found = measure(
            decoder,
            shape,  # type: ignore[arg-type]
            arguments.rounds,
            arguments.tokens,
            arguments.precision,
        )
        results.append(found)
        print(
            f"{found['K']:3d} {found['P']:4d} {found['C']:4d} {found['plain_ms']:10.1f} "
            f"{found['shared_ms']:10.1f} {found['gain']:6.2f} {found['ideal']:6.2f} "
            f"{found['share_of_ideal']:10.0%} {found['difference']:18.1e}"
            + (f" {found['plain_mb']:14.0f} {found['shared_mb']:10.0f}" if on_device else ""),
            flush=True,
        )
    print(json.dumps({"width": arguments.width, "layers": arguments.layers, "results": results}))


if __name__ == "__main__":
    main()
