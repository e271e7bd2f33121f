"""Packing changes speed alone: loss and gradients are those of each demonstration by itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
)

from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.packing import Row, packed_loss, packs, padding_factor, split_rows
from rewardmodel.sft import summed_loss
from tests.rewardmodel.conftest import tiny_policy

SIZES: dict[str, Any] = {
    "vocab_size": 61,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}


@cache
def policy(family: str) -> Policy:
    """Two random layers of a family, attention sharpened so that a wrong key shows."""
    torch.manual_seed(3)
    families: dict[str, Any] = {
        "llama": lambda: LlamaForCausalLM(LlamaConfig(**SIZES, num_key_value_heads=2)),
        "gpt2": lambda: GPT2LMHeadModel(
            GPT2Config(vocab_size=61, n_positions=64, n_embd=24, n_layer=2, n_head=4)
        ),
        "mistral": lambda: MistralForCausalLM(
            MistralConfig(**SIZES, num_key_value_heads=2, sliding_window=8)
        ),
    }
    made: PreTrainedModel = families[family]()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.mul_(3)
    return Policy(made.eval(), tiny_policy().codec)


token = st.integers(1, 60)
rows_of_tokens = st.lists(
    st.tuples(st.lists(token, min_size=1, max_size=20), st.lists(token, min_size=1, max_size=20)),
    min_size=1,
    max_size=6,
)


def loss_and_gradients(
    network: Policy, rows: list[Row], *, packed: bool
) -> tuple[float, torch.Tensor]:
    """The summed loss and all gradients in one vector; unpacked: one forward for each row."""
    network.zero_grad(set_to_none=True)
    total = 0.0
    for part in [rows] if packed else [[row] for row in rows]:
        loss = packed_loss(network, part) if packed else summed_loss(network, part)
        loss.backward()
        total += loss.item()
    gradients = [p.grad.flatten() for p in network.parameters() if p.grad is not None]
    return total, torch.cat(gradients)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@settings(max_examples=15, deadline=None)
@given(rows=rows_of_tokens)
def test_packed_is_as_if_each_stood_alone(family: str, rows: list[Row]) -> None:
    alone, expected = loss_and_gradients(policy(family), rows, packed=False)
    together, found = loss_and_gradients(policy(family), rows, packed=True)
    assert together == pytest.approx(alone, rel=1e-5)
    scale = float(expected.norm())
    assert float((found - expected).norm()) <= 1e-5 * max(1.0, scale)


def test_no_demonstration_sees_another() -> None:
    rows: list[Row] = [([5, 6, 7], [8, 9]), ([10, 11], [12, 13, 14])]
    others: list[Row] = [rows[0], ([40, 41], [42, 43, 44])]
    for family in ("llama", "gpt2"):
        own = summed_loss(policy(family), rows[:1]).item()
        for company in (rows, others):
            rest = summed_loss(policy(family), company[1:]).item()
            together = packed_loss(policy(family), company).item()
            assert together - rest == pytest.approx(own, abs=1e-4)


def test_padding_is_weighed_against_packing() -> None:
    even: list[Row] = [([1] * 4, [2] * 4)] * 3
    uneven: list[Row] = [([1] * 4, [2] * 4), ([1], [2])]
    # 2 rows of 8 places hold 8 + 2 tokens
    assert padding_factor(uneven) == 1.6
    assert padding_factor(even) == 1.0
    llama = policy("llama")
    assert [packs(llama, rows, "auto") for rows in (even, uneven)] == [False, True]
    assert [packs(llama, even, "always"), packs(llama, uneven, "never")] == [True, False]


def test_a_network_that_cannot_pack_says_so() -> None:
    rows: list[Row] = [([1] * 4, [2] * 4), ([1], [2])]
    assert not packs(policy("mistral"), rows, "auto")
    with pytest.raises(Refused, match="packing: 'always' is impossible: .* sliding window"):
        packs(policy("mistral"), rows, "always")


def test_parts_hold_every_row_once_within_the_budget() -> None:
    rows: list[Row] = [([1] * n, [2] * (9 - n)) for n in range(1, 9)] + [([1] * 30, [2])]
    parts = list(split_rows(rows, budget=20))
    assert sorted(n for part in parts for n in part) == list(range(9))
    sizes = [sum(len(rows[n][0]) + len(rows[n][1]) for n in part) for part in parts]
    assert [size for size in sizes if size > 20] == [31]  # too long for any part: alone
    assert len(parts) == 5
