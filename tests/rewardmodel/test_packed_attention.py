"""Without padding or masks, branches get the attention that one forward for each completion gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rewardmodel import packed_attention
from rewardmodel.packed_attention import Ends, Rows, attend
from rewardmodel.prefix import hidden_states, lay_out
from tests.rewardmodel.conftest import CPU
from tests.rewardmodel.test_prefix import (
    FAMILIES,
    Tokens,
    decoder,
    gradients,
    plain_states,
)

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA device and TIEBREAK_TEST_CUDA=1"
)
HEADS, GROUPS, SIZE, SCALE = 4, 2, 8, 0.3
PROMPTS = [3, 1, 5]
COMPLETIONS = [[2, 4], [1], [3, 1, 6]]  # lengths, for each prompt


def each(rows: tuple[Rows, Rows]) -> Iterator[tuple[slice, slice]]:
    """Places of queries and keys of each row."""
    queries, keys = (list(pairwise(one.ends.tolist())) for one in rows)
    for (first, last), (start, end) in zip(queries, keys, strict=True):
        yield slice(first, last), slice(start, end)


def logits(q: Tensor, k: Tensor, causal: bool, scale: float) -> Tensor:
    """(H, Q, K)."""
    keys = k.repeat_interleave(q.shape[1] // k.shape[1], dim=1)
    found = torch.einsum("qhd,khd->hqk", q, keys) * scale
    unseen = torch.ones(found.shape[1:], dtype=torch.bool).triu(1)
    return found.masked_fill(unseen, -torch.inf) if causal else found


def by_definition(
    states: Sequence[Tensor], rows: tuple[Rows, Rows], causal: bool, scaling: float
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """What the kernel is documented to give, row by row."""
    query, key, value = states
    out, sums = torch.zeros_like(query), torch.zeros(query.shape[1], query.shape[0])
    for mine, theirs in each(rows):
        found = logits(query[mine], key[theirs], causal, scaling)
        values = value[theirs].repeat_interleave(query.shape[1] // value.shape[1], dim=1)
        out[mine] = torch.einsum("hqk,khd->qhd", found.softmax(-1), values)
        sums[:, mine] = found.logsumexp(-1).float()
    return out, sums, (torch.zeros(2), torch.zeros(()))


def back_by_definition(
    given: Tensor,
    states: Sequence[Tensor],
    found: tuple[Tensor, Tensor],
    rows: tuple[Rows, Rows],
    chance: Any,
    causal: bool,
    scaling: float,
) -> tuple[Tensor, ...]:
    """Dao et al. 2022, algorithm 4, row by row: probabilities from the log-sum-exp that is given."""
    (query, key, value), (out, sums) = states, found
    share = query.shape[1] // key.shape[1]
    totals = [torch.zeros_like(one) for one in states]
    for mine, theirs in each(rows):
        p = (logits(query[mine], key[theirs], causal, scaling) - sums[:, mine, None]).exp()
        values = value[theirs].repeat_interleave(share, dim=1)
        for_p = torch.einsum("qhd,khd->hqk", given[mine], values)
        level = (given[mine] * out[mine]).sum(-1).T[..., None]
        for_s = p * (for_p - level) * scaling
        keys = key[theirs].repeat_interleave(share, dim=1)
        totals[0][mine] += torch.einsum("hqk,khd->qhd", for_s, keys)
        for n, one in (
            (1, torch.einsum("hqk,qhd->khd", for_s, query[mine])),
            (2, torch.einsum("hqk,qhd->khd", p, given[mine])),
        ):
            totals[n][theirs] += one.unflatten(1, (-1, share)).sum(2)
    return tuple(totals)


def ends(device: torch.device = CPU) -> Ends:
    """Of the rows above."""
    lengths = [length for group in COMPLETIONS for length in group]
    return Ends(
        prompt_tokens=sum(PROMPTS),
        prompts=Rows.of(PROMPTS, device),
        blocks=Rows.of([sum(group) for group in COMPLETIONS], device),
        completions=Rows.of(lengths, device),
    )


def states(size: int = SIZE) -> list[Tensor]:
    """Random queries, keys and values of all tokens, in double precision."""
    generator = torch.Generator().manual_seed(5)
    tokens = sum(PROMPTS) + sum(map(sum, COMPLETIONS))
    return [
        torch.randn(tokens, heads, size, dtype=torch.float64, generator=generator)
        for heads in (HEADS, GROUPS, GROUPS)
    ]


def one_forward_each(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Each prompt by itself, then each completion behind its prompt."""
    prompts = torch.arange(sum(PROMPTS)).split(PROMPTS)
    first = sum(PROMPTS)
    sequences = [(prompt, len(prompt)) for prompt in prompts]
    for prompt, group in zip(prompts, COMPLETIONS, strict=True):
        for length in group:
            own = torch.arange(first, first + length)
            sequences.append((torch.cat([prompt, own]), length))
            first += length
    parts = []
    for places, last in sequences:
        q, k, v = (one[places].transpose(0, 1)[None] for one in (query, key, value))
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=SCALE, enable_gqa=True)
        parts.append(out[0].transpose(0, 1)[-last:])
    return torch.cat(parts)


def test_two_parts_of_one_softmax_give_the_whole_and_its_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packed_attention, "run_kernel", by_definition)
    monkeypatch.setattr(packed_attention, "run_kernel_back", back_by_definition)
    ours, theirs = ([one.clone().requires_grad_() for one in states()] for _ in range(2))
    found = attend(ours[0], ours[1], ours[2], ends(), SCALE)
    expected = one_forward_each(*theirs)
    # log-sum-exps are given, and the two outputs weighed, in single precision
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    slope = torch.randn(
        expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    (found * slope).sum().backward()
    (expected * slope).sum().backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad, atol=1e-5, rtol=1e-5)


def test_rows_end_to_end_are_told_by_where_they_end() -> None:
    rows = Rows.of([3, 1, 5], CPU)
    assert rows.ends.tolist() == [0, 3, 4, 9]
    assert rows.ends.dtype == torch.int32
    assert rows.longest == 5
    assert Rows.of([1, 1], CPU).longest == 2


def test_a_cpu_has_no_such_kernels() -> None:
    query = torch.zeros(1, 4, 8, dtype=torch.bfloat16)
    assert not packed_attention.is_possible(query, query)
    assert lay_out([Tokens([1], [[2], [3]])], CPU).layout.ends is None


@needs_cuda
@pytest.mark.parametrize("size", [8, 64, 128])
def test_the_kernels_of_a_device_do_as_defined(size: int) -> None:
    device = torch.device("cuda")
    exact = [one.requires_grad_() for one in states(size)]
    half = [one.detach().to(device, torch.bfloat16).requires_grad_() for one in exact]
    assert packed_attention.is_possible(half[0], half[2])
    found = attend(half[0], half[1], half[2], ends(device), SCALE)
    expected = one_forward_each(*exact)
    slope = torch.randn(
        expected.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    (found * slope.to(device, torch.bfloat16)).sum().backward()
    (expected * slope).sum().backward()
    pairs = [(found, expected), *((a.grad, b.grad) for a, b in zip(half, exact, strict=True))]
    for ours, theirs in pairs:
        assert ours is not None
        assert theirs is not None
        difference = (ours.cpu().double() - theirs).norm() / theirs.norm()
        assert float(difference) < 2e-2, "bf16 keeps eight bits"


@needs_cuda
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_on_a_device_shared_states_and_gradients_are_those_of_one_forward_each(
    family: str, precision: str
) -> None:
    device = torch.device("cuda")
    network = decoder(family)
    groups = [
        Tokens(list(range(1, 20)), [[5, 6, 7], [8], [9, 10, 11, 12]]),
        Tokens([4], [[7, 7], [1]]),
        Tokens(list(range(30, 50)), [[3], [2, 1]]),
    ]
    expected = plain_states(network, groups)
    slopes = gradients(network, expected)
    try:
        network.to(device)
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            batch = lay_out(groups, device)
            states = hidden_states(network, batch).float()
        found = [
            states[first : first + length].cpu()
            for first, length in zip(
                batch.first_token.tolist(), batch.lengths.tolist(), strict=True
            )
        ]
        own = gradients(network, found).cpu()
    finally:
        network.to(CPU)
    near = 1e-4 if precision == "fp32" else 0.1  # weights are sharpened: rounding grows
    ours, theirs = torch.cat(found), torch.cat(expected)
    assert float((ours - theirs).norm() / theirs.norm()) < near
    assert float((own - slopes).norm() / slopes.norm()) < 3 * near
