"""Networks that do more than the usual: what they say themselves is what is used and trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import (
    FalconH1Config,
    FalconH1ForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GptOssConfig,
    GptOssForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MiniMaxConfig,
    MiniMaxForCausalLM,
    NemotronConfig,
    NemotronForCausalLM,
    NemotronHConfig,
    NemotronHForCausalLM,
    PreTrainedModel,
    Qwen3_5ForCausalLM,
    Qwen3_5TextConfig,
    RecurrentGemmaConfig,
    RecurrentGemmaForCausalLM,
    RwkvConfig,
    RwkvForCausalLM,
    xLSTMConfig,
    xLSTMForCausalLM,
)

from rewardmodel.batches import pad_prompts
from rewardmodel.check_model import look
from rewardmodel.config import DecodingConfig, RewardConfig
from rewardmodel.decoding import decode, sequence_log_probs
from rewardmodel.distribution import walk
from rewardmodel.errors import Refused
from rewardmodel.groups import LengthRule, make_groups
from rewardmodel.models import Policy, load_policy, new_reward_model
from rewardmodel.policy_forward import DrawnGroup, completion_figures
from rewardmodel.prefix import ATTENTION
from rewardmodel.reward_update import backward_on
from tests.rewardmodel.conftest import CPU, tiny_policy, toy_rankings

SIZES: dict[str, Any] = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
PROMPT, COMPLETION = [5, 6, 7, 8], [9, 10, 30]


def gemma2() -> PreTrainedModel:
    """Attention and logits with a soft cap."""
    return Gemma2ForCausalLM(Gemma2Config(**SIZES, attn_logit_softcapping=2.0, sliding_window=64))


def gpt_oss() -> PreTrainedModel:
    """Attention with sinks, high enough that leaving them out shows."""
    config = GptOssConfig(**SIZES, num_local_experts=2, num_experts_per_tok=1, sliding_window=64)
    made = GptOssForCausalLM(config)
    for layer in made.model.layers:
        layer.self_attn.sinks.data.fill_(2.0)
    return made


def falcon_h1() -> PreTrainedModel:
    """Logits times a number."""
    mamba = {"mamba_d_ssm": 32, "mamba_n_heads": 2, "mamba_d_head": 16, "mamba_d_state": 8}
    return FalconH1ForCausalLM(
        FalconH1Config(**SIZES, **mamba, mamba_n_groups=1, lm_head_multiplier=0.1)
    )


def recurrent_gemma() -> PreTrainedModel:
    """Logits with a soft cap, set under a name of its own."""
    return RecurrentGemmaForCausalLM(
        RecurrentGemmaConfig(
            **SIZES | {"num_hidden_layers": 3},
            logits_soft_cap=2.0,
            lru_width=32,
            attention_window_size=64,
        )
    )


def xlstm() -> PreTrainedModel:
    """Logits with a soft cap, and a forward that knows nothing of `logits_to_keep`."""
    return xLSTMForCausalLM(
        xLSTMConfig(
            vocab_size=300,
            hidden_size=32,
            num_hidden_layers=2,
            num_heads=2,
            output_logit_soft_cap=2.0,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


def nemotron() -> PreTrainedModel:
    """Takes the name of any attention, and does its own all the same."""
    return NemotronForCausalLM(NemotronConfig(**SIZES))


def nemotron_h() -> PreTrainedModel:
    """A state-space layer, a layer with attention, and one of experts."""
    sizes = {name: size for name, size in SIZES.items() if name != "num_hidden_layers"}
    mamba = {"mamba_num_heads": 4, "mamba_head_dim": 16, "ssm_state_size": 8, "n_groups": 1}
    experts = {"n_routed_experts": 2, "num_experts_per_tok": 1, "moe_intermediate_size": 16}
    return NemotronHForCausalLM(
        NemotronHConfig(
            **sizes,
            **mamba,
            **experts,
            moe_shared_expert_intermediate_size=16,
            n_group=1,
            topk_group=1,
            layers_block_type=["mamba", "attention", "moe"],
        )
    )


def llama() -> PreTrainedModel:
    """Nothing out of the ordinary."""
    return LlamaForCausalLM(LlamaConfig(**SIZES))


def sharpened(make: Callable[[], PreTrainedModel]) -> PreTrainedModel:
    """Random weights large enough that attention is uneven and logits are far apart."""
    torch.manual_seed(5)
    made = make().eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.mul_(8)
    return made


@torch.no_grad()
def own_log_probs(language_model: PreTrainedModel) -> Tensor:
    """(C,) of the completion, by transformers alone."""
    ids = torch.tensor([PROMPT + COMPLETION])
    logits = language_model(input_ids=ids, use_cache=False).logits[0].float()
    return logits.log_softmax(-1)[len(PROMPT) - 1 : -1].gather(
        1, torch.tensor(COMPLETION)[:, None]
    )[:, 0]


@pytest.mark.parametrize("make", [llama, gemma2, gpt_oss, falcon_h1, recurrent_gemma, xlstm])
def test_log_probabilities_are_those_of_the_network_itself(
    make: Callable[[], PreTrainedModel],
) -> None:
    language_model = sharpened(make)
    expected = own_log_probs(language_model)
    policy = Policy(language_model, tiny_policy().codec)
    batch = pad_prompts([PROMPT], 0, CPU, [COMPLETION])
    with torch.no_grad():
        figures = policy.completion_figures(batch, 1.0)
    assert torch.allclose(figures.log_probs[0], expected, atol=1e-4)
    [drawn] = sequence_log_probs(policy, [PROMPT], [COMPLETION], 1.0)
    assert torch.allclose(drawn, expected, atol=1e-4)


@pytest.mark.parametrize("make", [gemma2, gpt_oss])
def test_attention_of_its_own_kind_is_kept_and_a_step_of_reward_training_works(
    make: Callable[[], PreTrainedModel], tmp_path: Path
) -> None:
    Policy(sharpened(make), tiny_policy().codec).save(tmp_path)
    policy = load_policy(tmp_path, CPU)
    assert policy.language_model.config._attn_implementation == "eager"
    reward_model = new_reward_model(tmp_path, CPU, seed=0)
    assert "attention" in (reward_model.why_not_shared or "")
    config = RewardConfig()
    groups = make_groups(toy_rankings(2), LengthRule(config, reward_model.codec, None))
    backward_on(reward_model, groups, config)
    head = reward_model.classifier.score.weight.grad
    assert float(head.abs().sum()) > 0


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (nemotron, "says something else where prompts are shared"),
        (nemotron_h, "attention of its own kind"),
    ],
)
def test_families_that_cannot_share_prompts_are_trained_without_and_say_why(
    make: Callable[[], PreTrainedModel], reason: str
) -> None:
    language_model = sharpened(make)
    policy = Policy(language_model, tiny_policy().codec)
    assert reason in (policy.why_not_shared or "")
    assert policy.decoder.config._attn_implementation != ATTENTION
    # so long that sharing would pay
    group = DrawnGroup(PROMPT * 10, [COMPLETION, [11, 12]])
    figures = completion_figures(policy, [group], 1.0, "auto")
    figures.log_probs.sum().backward()
    apart = completion_figures(policy, [group], 1.0, "never")
    assert torch.equal(figures.log_probs, apart.log_probs)
    with pytest.raises(Refused, match=f"share_prompts: 'always' is impossible: .*{reason}"):
        completion_figures(policy, [group], 1.0, "always")


def test_a_reward_model_of_a_family_that_cannot_share_is_trained_without(tmp_path: Path) -> None:
    Policy(sharpened(nemotron), tiny_policy().codec).save(tmp_path)
    reward_model = new_reward_model(tmp_path, CPU, seed=0)
    config = RewardConfig()
    groups = make_groups(toy_rankings(2), LengthRule(config, reward_model.codec, None))
    backward_on(reward_model, groups, config)
    assert float(reward_model.classifier.score.weight.grad.abs().sum()) > 0


@pytest.mark.parametrize(
    ("make", "plain"), [(llama, True), (recurrent_gemma, False), (xlstm, False), (gemma2, False)]
)
def test_a_cap_far_above_todays_logits_is_seen_already(
    make: Callable[[], PreTrainedModel], plain: bool
) -> None:
    codec = tiny_policy().codec
    torch.manual_seed(5)
    language_model = make()  # logits near 0, and its own training mode
    for name in ("logits_soft_cap", "output_logit_soft_cap", "final_logit_softcapping"):
        if hasattr(language_model.config, name):
            setattr(language_model.config, name, 50.0)
    language_model.train()
    before = torch.get_rng_state()
    policy = Policy(language_model, codec)
    assert (policy.plain_head is not None) == plain
    assert torch.equal(torch.get_rng_state(), before)
    assert all(module.training for module in language_model.modules())


def qwen3_5() -> PreTrainedModel:
    """A linear layer below one with attention."""
    linear = {f"linear_num_{part}_heads": heads for part, heads in (("value", 4), ("key", 2))}
    dims = {"linear_key_head_dim": 8, "linear_value_head_dim": 8}
    kinds = ["linear_attention", "full_attention"]
    return Qwen3_5ForCausalLM(Qwen3_5TextConfig(**SIZES, **linear, **dims, layer_types=kinds))


def lfm2() -> PreTrainedModel:
    """A short convolution below a layer with attention."""
    sizes = {name: size for name, size in SIZES.items() if name != "head_dim"}
    return Lfm2ForCausalLM(Lfm2Config(**sizes, layer_types=["conv", "full_attention"]))


def mamba() -> PreTrainedModel:
    """States alone, without any attention."""
    return MambaForCausalLM(MambaConfig(vocab_size=300, hidden_size=32, num_hidden_layers=2))


@pytest.mark.parametrize("make", [qwen3_5, lfm2, mamba, falcon_h1])
def test_networks_with_a_memory_of_their_own_draw_what_they_say(
    make: Callable[[], PreTrainedModel],
) -> None:
    policy = Policy(sharpened(make), tiny_policy().codec)
    plan = DecodingConfig(samples_per_prompt=2, max_new_tokens=12)
    prompts = [[5, 6, 7, 8, 9], [5]]
    drawn = decode(policy, prompts, plan, seed=3, keys=["long", "short"])
    for prompt, completions in zip(prompts, drawn, strict=True):
        for one in completions:
            ids = torch.tensor([[*prompt, *one.ids]])
            with torch.no_grad():
                said = policy.language_model(ids, use_cache=False).logits[0].log_softmax(-1)
            alone = said[len(prompt) - 1 : -1].gather(-1, ids[0, len(prompt) :, None]).squeeze(-1)
            assert alone.tolist() == pytest.approx(one.log_probs, abs=1e-3)


def test_a_network_that_would_forget_what_it_read_is_refused_in_words() -> None:
    sizes = {"vocab_size": 300, "hidden_size": 32, "num_hidden_layers": 2}
    policy = Policy(RwkvForCausalLM(RwkvConfig(**sizes)).eval(), tiny_policy().codec)
    plan = DecodingConfig(samples_per_prompt=2, max_new_tokens=4)
    with pytest.raises(Refused, match="RwkvForCausalLM keeps what it has read in a way of its own"):
        decode(policy, [PROMPT], plan, seed=0, keys=["p"])
    with pytest.raises(Refused, match="keeps what it has read in a way of its own"):
        list(walk(policy, PROMPT, plan))


def test_a_policy_that_cannot_be_drawn_from_is_refused_before_it_is_used(tmp_path: Path) -> None:
    kinds = ["linear_attention", "full_attention"]
    config = MiniMaxConfig(**SIZES, num_local_experts=2, num_experts_per_tok=1, layer_types=kinds)
    codec = tiny_policy().codec
    Policy(MiniMaxForCausalLM(config).eval(), codec).save(tmp_path / "minimax")
    Policy(lfm2().eval(), codec).save(tmp_path / "lfm2")
    look(tmp_path / "lfm2", "policy")
    with pytest.raises(Refused, match="type 'minimax' cannot be used here: .*cache of its own"):
        look(tmp_path / "minimax", "policy")


def test_an_architecture_that_fails_when_it_is_used_is_named(tmp_path: Path) -> None:
    tokenizer = tiny_policy().codec.tokenizer
    sizes = {"hidden_size": 32, "embedding_dim": 32, "num_blocks": 2, "num_heads": 2}
    config = xLSTMConfig(vocab_size=len(tokenizer), num_hidden_layers=2, **sizes)
    for part in (xLSTMForCausalLM(config), tokenizer):
        part.save_pretrained(tmp_path / "xlstm")
    with pytest.raises(Refused, match="models of the type 'xlstm' cannot be used here: "):
        look(tmp_path / "xlstm", "policy")
