"""What `test_sharding` starts twice: gradients of a sharded policy beside those of a whole one.

Prints one line of JSON a case, by the first process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from itertools import product

import rewardmodel.__main__  # noqa: F401  before torch: it sets how torch's threads wait

# isort: split
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from rewardmodel import unembedding
from rewardmodel.adapters import adapters_off, add_adapters
from rewardmodel.config import DpoConfig
from rewardmodel.models import Policy
from rewardmodel.policy_forward import DrawnGroup, completion_figures
from rewardmodel.prefix import Sharing
from rewardmodel.processes import Processes, join
from rewardmodel.sharding import gathered, idle_pass, run_pass, whole
from rewardmodel.training import apply_update, checkpoint_activations, new_optimizer
from tests.rewardmodel.conftest import tiny_policy

VOCABULARY = 301
GROUPS = [DrawnGroup([1, 2, 3, 4 + n], [[5, 6, 7], [8, 9 + n]]) for n in range(6)]
Groups = Sequence[DrawnGroup]


def new_policy(family: str, rank: int, recompute: bool) -> Policy:
    """Tied embeddings and learned positions, or rotary ones with biases and an own output layer."""
    torch.manual_seed(0)
    if family == "gpt2":
        shape = GPT2Config(n_embd=32, n_layer=2, n_head=2, vocab_size=VOCABULARY, n_positions=64)
        policy = Policy(GPT2LMHeadModel(shape).eval(), tiny_policy().codec).eval()
    else:
        policy = Policy(
            Qwen2ForCausalLM(
                Qwen2Config(
                    hidden_size=32,
                    intermediate_size=48,
                    num_hidden_layers=2,
                    num_attention_heads=4,
                    num_key_value_heads=2,
                    vocab_size=VOCABULARY,
                    tie_word_embeddings=False,
                )
            ).eval(),
            tiny_policy().codec,
        ).eval()
    add_adapters(policy, DpoConfig(lora_rank=rank), seed=1)
    if recompute:
        checkpoint_activations(policy)
    return policy


def loss(policy: Policy, groups: Groups, sharing: Sharing) -> Tensor:
    """Something that every log-probability and every entropy takes part in."""
    figures = completion_figures(policy, groups, 0.7, sharing)
    return figures.log_probs.sum() + 0.3 * figures.entropy.sum()


def gradients(policy: Policy) -> dict[str, Tensor]:
    """Whole gradients by name."""
    return {n: whole(w.grad) for n, w in policy.named_parameters() if w.grad is not None}


def sharded_backward(
    policy: Policy, mine: Sequence[Groups], sharing: Sharing, processes: Processes
) -> None:
    """The first process has two passes to make, the second one."""
    for part in processes.in_step(mine):
        if part is None:
            idle_pass(policy)
        else:
            run_pass(policy, partial(loss, policy, part, sharing)).backward()


def compare(family: str, sharing: Sharing, rank: int, processes: Processes) -> list[float]:
    """Largest relative difference of a gradient: at first, and after an update."""
    recompute = rank == 0
    unembedding.PROBABILITIES_KEPT = 100 if recompute else 1 << 26  # else logits are kept
    unembedding.PROBABILITIES_AT_ONCE = 3 * VOCABULARY
    plain, sharded = (new_policy(family, rank, recompute) for _ in range(2))
    processes.shard(sharded)
    optimizers = [new_optimizer(policy, DpoConfig()) for policy in (plain, sharded)]
    mine = [GROUPS[:2], GROUPS[2:4]] if processes.is_first else [GROUPS[4:]]
    found = []
    for _ in range(2):
        for part in (GROUPS[:4], GROUPS[4:]):
            loss(plain, part, sharing).backward()
        sharded_backward(sharded, mine, sharing, processes)
        expected, ours = gradients(plain), gradients(sharded)
        assert expected.keys() == ours.keys()
        scale = max(float(gradient.abs().max()) for gradient in expected.values())
        worst = max(float((ours[n] - expected[n]).abs().max()) for n in expected)
        found.append(worst / scale)
        with gathered(sharded), torch.no_grad(), adapters_off(sharded):
            for _ in range(3 * processes.is_first):  # the second process does not measure
                loss(sharded, GROUPS, sharing)
        for policy, optimizer in zip((plain, sharded), optimizers, strict=True):
            apply_update(policy, optimizer, 1e-3, DpoConfig())
    return found


def main() -> None:
    processes = join(cpu=True)
    sharings: tuple[Sharing, ...] = ("always", "never")
    for family, sharing, rank in product(("gpt2", "qwen2"), sharings, (0, 2)):
        differences = compare(family, sharing, rank, processes)
        if processes.is_first:
            print(json.dumps([family, sharing, rank, differences]), flush=True)


if __name__ == "__main__":
    main()
