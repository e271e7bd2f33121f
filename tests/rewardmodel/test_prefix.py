"""Sharing a prompt changes speed alone: scores and gradients are those of the plain path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import (
    DeepseekV3Config,
    DeepseekV3Model,
    GPT2Config,
    GPT2Model,
    LlamaConfig,
    LlamaModel,
    MistralConfig,
    MistralModel,
    PreTrainedModel,
    Qwen2Config,
    Qwen2Model,
    Qwen3Config,
    Qwen3Model,
)

from rewardmodel import branch_attention
from rewardmodel.config import RewardConfig
from rewardmodel.errors import Refused
from rewardmodel.group_scores import score_groups
from rewardmodel.groups import Group, LengthRule, make_groups
from rewardmodel.models import new_reward_model
from rewardmodel.prefix import (
    ATTENTION,
    groups_to_share,
    hidden_states,
    lay_out,
    sharing_gain,
    why_not_shared,
)
from rewardmodel.reward_update import backward_on
from tests.rewardmodel.conftest import CPU, toy_rankings

ATTEND = branch_attention.attend
SIZES = {
    "vocab_size": 61,
    "hidden_size": 24,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 64,
}


@dataclass(frozen=True)
class Tokens:
    """A prompt with its completions."""

    prompt_ids: list[int]
    completion_ids: list[list[int]]


@cache
def decoder(family: str) -> PreTrainedModel:
    """Two random layers of a family. Attention in GPT-2 and Qwen2 is full, in the others grouped."""
    torch.manual_seed(7)
    made: PreTrainedModel = {
        "llama": lambda: LlamaModel(LlamaConfig(**SIZES, num_key_value_heads=2)),
        "qwen2": lambda: Qwen2Model(Qwen2Config(**SIZES, num_key_value_heads=4)),
        "qwen3": lambda: Qwen3Model(Qwen3Config(**SIZES, num_key_value_heads=1, head_dim=8)),
        "gpt2": lambda: GPT2Model(
            GPT2Config(
                vocab_size=61,
                n_positions=64,
                n_embd=24,
                n_layer=2,
                n_head=4,
                bos_token_id=0,
                eos_token_id=0,
            )
        ),
    }[family]()
    # random initialisation leaves attention almost uniform: sharpen it so that a wrong key shows
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.mul_(4)
    made.set_attn_implementation(ATTENTION)
    return made.eval()


FAMILIES = ("llama", "qwen2", "qwen3", "gpt2")
token = st.integers(1, 60)
groups_of_tokens = st.lists(
    st.builds(
        Tokens,
        prompt_ids=st.lists(token, min_size=1, max_size=20),
        completion_ids=st.lists(st.lists(token, min_size=1, max_size=12), min_size=2, max_size=5),
    ),
    min_size=1,
    max_size=4,
)


def plain_states(network: PreTrainedModel, groups: list[Tokens]) -> list[Tensor]:
    """(length, d) states of each completion from one unpadded forward each."""
    return [
        network(input_ids=torch.tensor([group.prompt_ids + ids])).last_hidden_state[
            0, len(group.prompt_ids) :
        ]
        for group in groups
        for ids in group.completion_ids
    ]


def shared_states(network: PreTrainedModel, groups: list[Tokens]) -> list[Tensor]:
    """The same from one shared pass."""
    batch = lay_out(groups, CPU)
    states = hidden_states(network, batch)
    return [
        states[first : first + length]
        for first, length in zip(batch.first_token.tolist(), batch.lengths.tolist(), strict=True)
    ]


def gradients(network: PreTrainedModel, states: list[Tensor]) -> Tensor:
    """Of a loss that weighs every state and dimension differently."""
    flat = torch.cat(states)
    generator = torch.Generator().manual_seed(3)
    network.zero_grad()
    (flat * torch.randn(flat.shape, generator=generator)).sum().backward()
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None]).clone()


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=25, deadline=None)
@given(groups=groups_of_tokens)
def test_shared_and_plain_give_the_same_states_and_gradients(
    family: str, groups: list[Tokens]
) -> None:
    network = decoder(family)
    plain, shared = plain_states(network, groups), shared_states(network, groups)
    for expected, found in zip(plain, shared, strict=True):
        assert float((found - expected).detach().abs().max()) <= 1e-5 * max(
            1.0, float(expected.detach().abs().max())
        )
    expected, found = gradients(network, plain), gradients(network, shared)
    assert float((found - expected).norm() / expected.norm()) <= 1e-4


long_prompts_and_short_completions = st.integers(2, 4).flatmap(
    lambda branches: st.lists(
        st.builds(
            Tokens,
            prompt_ids=st.lists(token, min_size=16, max_size=40),
            completion_ids=st.lists(
                st.lists(token, min_size=1, max_size=2), min_size=branches, max_size=branches
            ),
        ),
        min_size=1,
        max_size=3,
    )
)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=20, deadline=None)
@given(groups=long_prompts_and_short_completions)
def test_branches_of_long_prompts_read_its_keys_in_place_with_the_same_states_and_gradients(
    family: str, groups: list[Tokens]
) -> None:
    network = decoder(family)
    taken = 0

    def attend(*given: Any) -> Tensor:
        nonlocal taken
        taken += 1
        return ATTEND(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(branch_attention, "attend", attend)
        shared = shared_states(network, groups)
    assert taken == 2, "once in each layer"
    plain = plain_states(network, groups)
    for one, other in zip(shared, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    ours, theirs = gradients(network, shared), gradients(network, plain)
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


def test_values_narrower_than_queries_are_shared_with_the_same_states_and_gradients() -> None:
    torch.manual_seed(7)
    latent = {"q_lora_rank": 8, "kv_lora_rank": 8, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4}
    network = DeepseekV3Model(
        DeepseekV3Config(
            **SIZES, **latent, v_head_dim=8, num_key_value_heads=4, first_k_dense_replace=2
        )
    )
    network.set_attn_implementation(ATTENTION)
    groups = [Tokens(list(range(1, 31)), [[5], [6], [7, 8]])]
    plain, shared = plain_states(network.eval(), groups), shared_states(network, groups)
    for one, other in zip(shared, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)
    ours, theirs = gradients(network, shared), gradients(network, plain)
    assert float((ours - theirs).norm() / theirs.norm()) < 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_even_lengths_take_the_unpadded_way_to_the_same_states(family: str) -> None:
    network = decoder(family)
    groups = [Tokens([n + 1, 5, 9, 2], [[3 + n, 4, 7], [9, 9, 1 + n], [8, 2, 2]]) for n in range(3)]
    layout = lay_out(groups, CPU).layout
    assert layout.prompt_places is None
    assert layout.completion_places is None
    assert layout.mask.shape == (1, 1, 3, 7)
    plain, shared = plain_states(network, groups), shared_states(network, groups)
    for expected, found in zip(plain, shared, strict=True):
        assert torch.allclose(found, expected, atol=1e-5, rtol=1e-5)
    expected_gradients, found_gradients = gradients(network, plain), gradients(network, shared)
    assert torch.allclose(found_gradients, expected_gradients, atol=1e-4, rtol=1e-4)


def test_gradient_checkpointing_keeps_the_layout() -> None:
    network = decoder("llama")
    groups = [Tokens([1, 2, 3], [[4, 5], [6]]), Tokens([7], [[8, 9, 10], [11]])]
    expected = gradients(network, shared_states(network, groups))
    network.train()
    network.activation_checkpointing_enable()
    try:
        found = gradients(network, shared_states(network, groups))
    finally:
        network.activation_checkpointing_disable()
        network.eval()
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_completion_sees_neither_its_siblings_nor_other_groups() -> None:
    network = decoder("llama")
    kept = Tokens([1, 2, 3], [[4, 5, 6], [7, 8]])
    alone = shared_states(network, [kept])[0]
    changed = Tokens([1, 2, 3], [[4, 5, 6], [9, 10, 11, 12, 13]])
    others = [changed, Tokens([20, 21, 22, 23, 24], [[30], [31, 32]])]
    assert torch.allclose(shared_states(network, others)[0], alone, atol=1e-6)


def test_a_sliding_window_cannot_share_and_says_so() -> None:
    network = MistralModel(MistralConfig(**SIZES, num_key_value_heads=2, sliding_window=8))
    network.set_attn_implementation(ATTENTION)
    assert "sliding window" in (why_not_shared(network) or "")
    batch = lay_out([Tokens([1, 2], [[3], [4]])], CPU)
    with pytest.raises(Refused, match="sliding window"):
        hidden_states(network, batch)


def test_empty_prompts_and_completions_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one token"):
        lay_out([Tokens([], [[1], [2]])], CPU)
    with pytest.raises(ValueError, match="at least one token"):
        lay_out([Tokens([1], [[1], []])], CPU)


def test_the_predicted_gain_is_the_hand_worked_one() -> None:
    """K=9, P=512, C=64, d=256: 12·256 = 3072 a token, 2 a score.

    plain: 9 · (3072·576 + 576²)             = 18,911,232
    shared: 3072·512 + 512² + 9·(3072·64 + 2·64·576) = 4,268,032
    """
    group = Tokens([1] * 512, [[2] * 64] * 9)
    assert sharing_gain(group, 256) == pytest.approx(18_911_232 / 4_268_032, rel=1e-9)


def test_all_three_ways_train_alike(policy_folder: Path) -> None:
    """A step of the reward stage has the same loss and gradient, shared, plain or by cost."""
    found = []
    for way in ("never", "always", "auto"):
        reward_model = new_reward_model(policy_folder, CPU, seed=0)
        config = RewardConfig(share_prompts=way)
        groups = make_groups(toy_rankings(6), LengthRule(config, reward_model.codec, None))
        figures = backward_on(reward_model, groups, config)
        gradient = torch.cat([p.grad.flatten() for p in reward_model.parameters()])
        found.append((figures["loss"], gradient))
    for loss, gradient in found[1:]:
        assert loss == pytest.approx(found[0][0], abs=1e-6)
        assert torch.allclose(gradient, found[0][1], atol=1e-6)


def test_by_cost_long_prompts_are_shared_and_short_ones_not(policy_folder: Path) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=0)

    def group(prompt: int, completion: int) -> Group:
        ids = [[5] * completion, [6] * completion]
        return Group("", [4] * prompt, ids, [1, 1], [], [0, 1], 1.0)

    groups = [group(60, 10), group(2, 40), group(20, 20)]  # gains of 1.76, 0.98 and 1.27
    width = int(reward_model.classifier.config.hidden_size)
    assert groups_to_share(groups, width, None, "auto", CPU) == {0, 2}
    assert groups_to_share(groups, width, None, "auto", torch.device("cuda")) == {0}
    assert groups_to_share(groups, width, None, "always", CPU) == {0, 1, 2}
    assert groups_to_share(groups, width, "a window", "auto", CPU) == set()
    with pytest.raises(Refused, match="a window"):
        groups_to_share(groups, width, "a window", "always", CPU)
    scores = score_groups(reward_model, groups, "auto")
    assert torch.allclose(scores, score_groups(reward_model, groups, "never"), atol=1e-5)
