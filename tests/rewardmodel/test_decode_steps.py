"""A pass that is recorded and played back says what a growing cache says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from transformers import (
    DynamicCache,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    MixtralConfig,
    MixtralForCausalLM,
)

from rewardmodel import decode_steps
from rewardmodel.config import DecodingConfig
from rewardmodel.decode_steps import GrowingSteps, RecordedSteps, has_fixed_passes
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.models import Policy
from rewardmodel.prefix import sharing_attention
from tests.rewardmodel.conftest import TEXTS, ask, tiny_policy

PROMPTS = [*TEXTS, "z", "a dog and a cat and a dog"]


def drawn(policy: Policy, head: nn.Module | None = None, **plan: Any) -> list[SampledCompletion]:
    """Three completions of each prompt; a few letters stop them, each at another time."""
    stopping = Policy(policy.language_model, policy.codec)
    stopping.stop_ids = policy.stop_ids | set(range(20, 40))
    found = decode(
        stopping,
        [policy.codec.encode_prompt(ask(text)) for text in PROMPTS],
        DecodingConfig(**{"samples_per_prompt": 3, "max_new_tokens": 30, **plan}),
        seed=3,
        keys=PROMPTS,
        value_head=head,
    )
    return [one for group in found for one in group]


class Head(nn.Module):
    """Reads the sum of a state."""

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden.sum(-1)


def families() -> dict[str, Policy]:
    """Rotary positions and grouped heads; learned positions."""
    llama = tiny_policy()
    torch.manual_seed(0)
    gpt2 = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=300,
            n_positions=128,
            n_embd=32,
            n_layer=2,
            n_head=2,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
    return {"llama": llama, "gpt2": Policy(sharing_attention(gpt2), llama.codec).eval()}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Batches are decoded in fixed places, and those of two rows and more shrink; their sizes as they shrink."""
    sizes: list[int] = []
    keep = RecordedSteps.keep

    def noted(steps: RecordedSteps, chosen: torch.Tensor) -> None:
        sizes.append(len(chosen))
        keep(steps, chosen)

    monkeypatch.setattr(decode_steps, "can_record", has_fixed_passes)
    monkeypatch.setattr(decode_steps, "WORTH_RECORDING_ANEW", 2)
    monkeypatch.setattr(decode_steps, "ROOM", 7)
    monkeypatch.setattr(RecordedSteps, "keep", noted)
    return sizes


def alike(ours: list[SampledCompletion], theirs: list[SampledCompletion], near: float) -> None:
    """The same tokens, ends, log-probabilities and values."""
    for one, other in zip(ours, theirs, strict=True):
        assert (one.ids, one.finish_reason) == (other.ids, other.finish_reason)
        assert one.log_probs == pytest.approx(other.log_probs, abs=near)
        if other.values is None:
            assert one.values is None
        else:
            assert one.values == pytest.approx(other.values, abs=near)


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize(
    ("plan", "head"),
    [({}, None), ({"repetition_penalty": 1.4, "top_p": 0.9}, None), ({}, Head())],
    ids=["sampled", "penalised", "with values"],
)  # fmt: skip
def test_fixed_places_say_what_a_growing_cache_says(
    request: pytest.FixtureRequest, family: str, plan: dict[str, Any], head: nn.Module | None
) -> None:
    policy = families()[family]
    grown = drawn(policy, head, **plan)
    sizes: list[int] = request.getfixturevalue("recorded")
    alike(drawn(policy, head, **plan), grown, 1e-4)
    assert sizes, "rows left by halves"
    assert max(len(one.ids) for one in grown) > 14, "there was twice no room left"
    assert all(later * 2 <= earlier for earlier, later in zip([18, *sizes], sizes, strict=False))


def test_rows_leave_at_once_on_a_cpu_and_by_halves_where_a_new_size_costs() -> None:
    growing = object.__new__(GrowingSteps)
    growing.mask = torch.zeros(1, 1)
    assert growing.is_time_to_drop(99, 100)
    fixed = object.__new__(RecordedSteps)
    assert not fixed.is_time_to_drop(51, 100)
    assert fixed.is_time_to_drop(50, 100)
    assert not fixed.is_time_to_drop(1, 63), "half of few rows takes as long as all of them"


def test_networks_that_look_at_their_tokens_are_not_recorded(policy: Policy) -> None:
    assert has_fixed_passes(policy)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "vocab_size": 300}
    experts = MixtralForCausalLM(
        MixtralConfig(
            **sizes,
            num_attention_heads=2,
            num_key_value_heads=2,
            num_local_experts=2,
            sliding_window=None,
        )
    )
    assert not has_fixed_passes(Policy(sharing_attention(experts), policy.codec))
    assert not decode_steps.can_record(policy), "a CPU has nothing to play a recording with"


def test_a_window_is_seen_where_a_network_has_eyes_too(policy: Policy) -> None:
    text = {
        **{"vocab_size": 300, "hidden_size": 32, "intermediate_size": 32, "head_dim": 8},
        **{"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2},
        **{"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"]},
    }
    eyes = {
        **{"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1},
        **{"num_attention_heads": 2, "image_size": 16, "patch_size": 8},
    }
    network = Gemma3ForConditionalGeneration(
        Gemma3Config(text_config=text, vision_config=eyes, mm_tokens_per_image=4)
    )
    seeing = Policy(sharing_attention(network), policy.codec).eval()
    assert "sliding window" in (seeing.why_not_shared or "")
    assert not has_fixed_passes(seeing)
    assert not decode_steps._is_plain(DynamicCache(config=network.config))


def test_under_autocast_keys_stand_in_the_type_that_attention_reads(recorded: list[int]) -> None:
    policy = tiny_policy()
    kinds: set[torch.dtype] = set()
    take = decode_steps._PlacedLayer.update

    def noted(layer: Any, *given: Any, **more: Any) -> Any:
        kinds.add(layer.keys.dtype)
        return take(layer, *given, **more)

    with pytest.MonkeyPatch.context() as patch, torch.autocast("cpu", torch.bfloat16):
        patch.setattr(decode_steps._PlacedLayer, "update", noted)
        found = drawn(policy)
        patch.setattr(decode_steps, "can_record", lambda _: False)
        grown = drawn(policy)
    assert kinds == {torch.bfloat16}
    same = sum(one.ids[:5] == other.ids[:5] for one, other in zip(found, grown, strict=True))
    assert same >= 15, "of 18: a draw near an edge may fall to the other side"


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA device and TIEBREAK_TEST_CUDA=1"
)
@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_on_a_device_what_is_played_back_is_what_was_computed(
    monkeypatch: pytest.MonkeyPatch, family: str, precision: str
) -> None:
    policy = families()[family].to("cuda")
    monkeypatch.setattr(decode_steps, "WORTH_RECORDING_ANEW", 4)
    monkeypatch.setattr(decode_steps, "ROOM", 16)
    played: list[bool] = []
    record = RecordedSteps._record

    def noted(steps: RecordedSteps) -> None:
        record(steps)
        played.append(steps.graph is not None)

    monkeypatch.setattr(RecordedSteps, "_record", noted)
    with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
        ours = drawn(policy, Head())
        monkeypatch.setattr(decode_steps, "can_record", lambda _: False)
        theirs = drawn(policy, Head())
    assert len(played) > 1, "recorded anew as rows left"
    assert all(played)
    if precision == "fp32":
        alike(ours, theirs, 1e-3)
    else:
        same = sum(one.ids[:5] == other.ids[:5] for one, other in zip(ours, theirs, strict=True))
        assert same >= 15, "of 18: a draw near an edge may fall to the other side"
