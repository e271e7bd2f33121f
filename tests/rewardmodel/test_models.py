"""Reward models and policies on disk, and the invariance of what they say."""

from __future__ import annotations

import errno
import json
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    pipeline,
)

from rewardmodel.adapters import adapter_layers, adapters_off, add_adapters
from rewardmodel.batches import pad_prompts, pad_right, split_by_tokens
from rewardmodel.config import SftConfig
from rewardmodel.errors import Diverged, Refused
from rewardmodel.losses import completion_log_probs
from rewardmodel.models import (
    Policy,
    RewardModel,
    load_policy,
    load_reward_model,
    new_reward_model,
    verify_saved_policy,
    verify_saved_reward_model,
)
from rewardmodel.rankings import Message
from rewardmodel.text import TextCodec, load_codec, require_same_tokens
from tests.rewardmodel.conftest import CPU, ask, tiny_policy

ROWS = [[5, 9, 30, 2], [7, 8, 40, 41, 42, 60, 61, 2], [6, 2]]


@pytest.fixture
def reward_model(policy_folder: Path) -> RewardModel:
    return new_reward_model(policy_folder, CPU, seed=3)


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """Learned positions (they make wrong position ids visible), and no padding token."""
    torch.manual_seed(0)
    codec = tiny_policy().codec
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=codec.tokenizer.backend_tokenizer, eos_token="<|end|>"
    )
    config = GPT2Config(
        vocab_size=len(codec.tokenizer),
        n_positions=64,
        n_embd=32,
        n_layer=2,
        n_head=2,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.eos_token_id,
    )
    language_model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():  # make positions matter
        language_model.transformer.wpe.weight.mul_(20)
    return Policy(language_model, TextCodec(tokenizer))


@pytest.mark.parametrize("extra", [0, 1, 9])
def test_a_score_depends_on_neither_padding_nor_company(
    reward_model: RewardModel, extra: int
) -> None:
    with torch.no_grad():
        together = reward_model(pad_right(ROWS, 0, CPU, extra=extra))
        alone = torch.cat([reward_model(pad_right([row], 0, CPU)) for row in ROWS])
    assert together.tolist() == pytest.approx(alone.tolist(), abs=1e-5)
    assert len(set(together.tolist())) == 3


def test_what_fills_the_padding_does_not_matter(reward_model: RewardModel) -> None:
    with torch.no_grad():
        scores = [reward_model(pad_right(ROWS, fill, CPU)).tolist() for fill in (0, 2, 77)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)
    assert scores[0] == pytest.approx(scores[2], abs=1e-6)


@pytest.mark.parametrize("extra", [0, 3, 20])
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_log_probs_do_not_depend_on_left_padding(
    policy: Policy, gpt2: Policy, family: str, extra: int
) -> None:
    chosen = policy if family == "llama" else gpt2
    prompts, completions = [[5, 9], [7, 8, 40, 41, 42]], [[30, 31, 2], [60]]
    batch = pad_prompts(prompts, 0, CPU, completions, extra=extra)
    with torch.no_grad():
        found, _ = completion_log_probs(chosen.completion_logits(batch), batch.completion_ids, 1.0)
        for number, (prompt, completion) in enumerate(zip(prompts, completions, strict=True)):
            logits = chosen.language_model(torch.tensor([prompt + completion])).logits[0]
            plain = logits.log_softmax(-1)[len(prompt) - 1 : -1]
            expected = [float(plain[n, token]) for n, token in enumerate(completion)]
            assert found[number, : len(completion)].tolist() == pytest.approx(expected, abs=1e-5)


def test_padding_sends_no_gradient_and_no_nan(reward_model: RewardModel) -> None:
    reward_model(pad_right(ROWS, 0, CPU, extra=5)).sum().backward()
    gradients = [p.grad for p in reward_model.parameters() if p.grad is not None]
    assert gradients
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
    embedding = reward_model.classifier.get_input_embeddings().weight.grad
    assert float(embedding[0].abs().sum()) == 0.0


def test_a_saved_reward_model_scores_alike_in_plain_transformers(
    reward_model: RewardModel, tmp_path: Path
) -> None:
    reward_model.normalize_by(torch.tensor([1.0, 2.0, 6.0]), unit_spread=True)
    reward_model.save(tmp_path)
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    batch = pad_right(ROWS, loaded.config.pad_token_id, CPU)
    with torch.no_grad():
        raw = loaded(input_ids=batch.ids, attention_mask=batch.mask.long()).logits[:, 0]
        ours = reward_model(batch)
    normalized = (raw - loaded.config.score_shift) / loaded.config.score_scale
    assert normalized.tolist() == pytest.approx(ours.tolist(), abs=1e-5)
    with torch.no_grad():
        again = load_reward_model(tmp_path, CPU)(batch)
    assert again.tolist() == pytest.approx(ours.tolist(), abs=1e-6)
    assert verify_saved_reward_model(tmp_path, reward_model, ROWS) < 1e-5


def test_a_saved_reward_model_scores_alike_in_a_pipeline_of_transformers(
    reward_model: RewardModel, tmp_path: Path
) -> None:
    """As TRL's documentation scores texts: written out, template and end token included, in batches."""
    reward_model.normalize_by(torch.tensor([1.0, 2.0, 6.0]), unit_spread=True)
    reward_model.save(tmp_path)
    codec = reward_model.codec
    asked = codec.encode_prompt((Message("system", "be brief"), *ask("为什么?")))
    said = ("the cat sat", "你好，世界。", "")
    rows = [[*asked, *codec.encode_completion(text)] for text in said]
    texts = [codec.tokenizer.decode(row) for row in rows]
    assert texts[0] == (
        "<|begin|><|system|>be brief<|end|><|user|>为什么?<|end|><|assistant|>the cat sat<|end|>"
    )
    scorer = pipeline("text-classification", model=str(tmp_path), device="cpu")
    found = scorer(texts, batch_size=3, function_to_apply="none")
    config = scorer.model.config
    theirs = [(one["score"] - config.score_shift) / config.score_scale for one in found]
    ours = reward_model.score_rows(rows, 10_000).tolist()
    assert theirs == pytest.approx(ours, abs=1e-5)
    assert len({round(score, 3) for score in ours}) == 3, "or the batch proves nothing"


def test_a_reward_model_that_was_saved_wrong_is_noticed(
    reward_model: RewardModel, tmp_path: Path
) -> None:
    reward_model.save(tmp_path)
    with torch.no_grad():
        reward_model.classifier.score.weight.mul_(-1)
    with pytest.raises(Diverged, match="differ by"):
        verify_saved_reward_model(tmp_path, reward_model, ROWS)


def test_a_policy_that_was_saved_wrong_is_noticed(policy_folder: Path, tmp_path: Path) -> None:
    policy = load_policy(policy_folder, CPU)
    add_adapters(policy, SftConfig(lora_rank=4), seed=1)
    with torch.no_grad():
        for _, layer in adapter_layers(policy):
            for weight in layer.lora_B.parameters():
                weight.normal_(std=0.5)
    policy.save(tmp_path)
    assert verify_saved_policy(tmp_path, policy, ROWS) < 1e-5
    with (
        adapters_off(policy),
        pytest.raises(Diverged, match="the saved policy's log-probabilities differ by"),
    ):
        verify_saved_policy(tmp_path, policy, ROWS)


def test_normalizing_gives_reference_scores_mean_0_and_spread_1(
    reward_model: RewardModel,
) -> None:
    raw = reward_model.score_rows(ROWS, 10_000)
    reward_model.normalize_by(raw, unit_spread=False)
    shifted = reward_model.score_rows(ROWS, 10_000)
    assert float(shifted.mean()) == pytest.approx(0, abs=1e-6)
    assert float(shifted.std()) == pytest.approx(float(raw.std()), rel=1e-5)
    reward_model.normalize_by(shifted, unit_spread=True)
    scaled = reward_model.score_rows(ROWS, 10_000)
    assert float(scaled.mean()) == pytest.approx(0, abs=1e-6)
    assert float(scaled.std()) == pytest.approx(1, rel=1e-5)


def test_a_reward_model_gets_a_padding_token_that_is_not_its_end_token(
    gpt2: Policy, tmp_path: Path
) -> None:
    gpt2.save(tmp_path / "policy")
    reward_model = new_reward_model(tmp_path / "policy", CPU, seed=0)
    assert reward_model.codec.fill_id != reward_model.codec.end_id
    require_same_tokens(gpt2.codec, reward_model.codec)
    reward_model.save(tmp_path / "model")
    end = reward_model.codec.end_id
    rows = [[5, 9, end], [7, end, 8, 40, end]]
    assert verify_saved_reward_model(tmp_path / "model", reward_model, rows) < 1e-5


def test_a_fresh_head_takes_nothing_of_the_head_it_replaces(
    reward_model: RewardModel, tmp_path: Path
) -> None:
    reward_model.normalize_by(torch.tensor([10.0, 30.0, 50.0]), unit_spread=True)
    reward_model.learn_ties("davidson")
    reward_model.cut = -1.5
    reward_model.save(tmp_path / "earlier")
    fresh = new_reward_model(tmp_path / "earlier", CPU, seed=4)
    assert (fresh.shift, fresh.scale, fresh.cut) == (0.0, 1.0, None)
    assert (fresh.tie_model, fresh.tie) == (None, 0.0)
    fresh.save(tmp_path / "later")
    saved = json.loads((tmp_path / "later" / "config.json").read_text())
    said = {name: value for name, value in saved.items() if name.startswith("score_")}
    assert said == {"score_shift": 0.0, "score_scale": 1.0}


@pytest.mark.parametrize("problem", ["pickle", "code", "headless", "no config"])
def test_an_unsafe_or_incomplete_model_folder_is_refused_in_words(
    policy_folder: Path, tmp_path: Path, problem: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(policy_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    match problem:
        case "pickle":
            (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
            words = "pytorch_model.bin could run code"
        case "code":
            config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
            words = "brings its own code"
        case "headless":
            config["tie_word_embeddings"] = False
            words = "lacks the weights lm_head.weight"
        case _:
            words = "has no config.json"
    (folder / "config.json").write_text(json.dumps(config))
    if problem == "no config":
        (folder / "config.json").unlink()
    with pytest.raises(Refused, match=words):
        load_policy(folder, CPU)


def _half(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def _settings(**changed: Any) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | changed))

    return damage


def _other_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version": "1.0"}')


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_half, "cannot be loaded: its weights are damaged or cut off"),
        (
            _settings(hidden_size=48),
            r"does not fit its weights: model\.embed_tokens\.weight is 269 x 32 in the file and "
            "269 x 48 by config.json",
        ),
        (_settings(hidden_size="wide"), "cannot be loaded: .*hidden_size"),
        (_settings(num_attention_heads=0), "cannot be loaded: "),
        (_settings(model_type="nonesuch"), "cannot be loaded: .*nonesuch"),
        (_other_tokenizer, "no usable tokenizer in the model folder 'model': "),
    ],
)
def test_a_damaged_model_folder_is_refused_with_its_name_and_the_fault(
    policy_folder: Path, tmp_path: Path, damage: Callable[[Path], None], words: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(policy_folder, folder)
    damage(folder)
    for load in (load_policy, lambda path, device: new_reward_model(path, device, seed=0)):
        with pytest.raises(Refused, match=words) as caught:
            load(folder, CPU)
        assert "'model'" in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes."),
        torch.OutOfMemoryError("CUDA out of memory."),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        MemoryError(),
    ],
)
def test_a_machine_that_is_too_small_is_not_blamed_on_the_folder(
    policy_folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*inputs: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr("rewardmodel.models.AutoModelForCausalLM.from_pretrained", fail)
    with pytest.raises(type(error)) as caught:
        load_policy(policy_folder, CPU)
    assert caught.value is error


def test_a_policy_is_no_reward_model(policy_folder: Path) -> None:
    with pytest.raises(Refused, match="is not a reward model"):
        load_reward_model(policy_folder, CPU)


def test_models_of_other_tokenizers_are_refused_together(policy: Policy, gpt2: Policy) -> None:
    other = TextCodec(
        PreTrainedTokenizerFast(
            tokenizer_object=policy.codec.tokenizer.backend_tokenizer, eos_token="z"
        )
    )
    require_same_tokens(gpt2.codec, gpt2.codec)
    with pytest.raises(Refused, match="must share one tokenizer"):
        require_same_tokens(policy.codec, other)


@pytest.mark.parametrize(
    ("name", "value"), [("chat_template", None), ("chat_template", "{{ messages[0].content }}")]
)
def test_models_of_one_vocabulary_that_write_prompts_otherwise_are_refused_together(
    policy_folder: Path, tmp_path: Path, name: str, value: str | None
) -> None:
    other = tmp_path / "otherwise"
    shutil.copytree(policy_folder, other)
    tokenizer = load_codec(other).tokenizer
    setattr(tokenizer, name, value)
    (other / "chat_template.jinja").unlink()
    tokenizer.save_pretrained(other)
    names = re.escape(f"model folders {policy_folder.name!r} and 'otherwise'")
    with pytest.raises(Refused, match=names):
        require_same_tokens(load_codec(policy_folder), load_codec(other))


def test_models_with_and_without_a_begin_token_are_refused_together(
    shared_folder: Path, tmp_path: Path
) -> None:
    stories = shared_folder / "models" / "stories260K"
    tokenizer = load_codec(stories).tokenizer
    tokenizer.bos_token = None
    tokenizer.save_pretrained(tmp_path / "headless")
    with pytest.raises(Refused, match="chat templates or begin tokens differ"):
        require_same_tokens(load_codec(stories), load_codec(tmp_path / "headless"))


def test_parts_of_a_batch_fit_the_budget_and_lose_nobody() -> None:
    lengths = [5, 100, 7, 3, 6, 50, 5]
    parts = list(split_by_tokens(lengths, 20))
    assert sorted(index for part in parts for index in part) == list(range(7))
    for part in parts:
        assert len(part) == 1 or len(part) * max(lengths[index] for index in part) <= 20


def test_models_are_loaded_one_after_another(
    policy_folder: Path, reward_model: RewardModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reward_model.save(tmp_path / "reward")
    at_once, most = 0, 0

    def counting(load: Callable[..., Any]) -> Callable[..., Any]:
        def slowly(*args: Any, **options: Any) -> Any:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            time.sleep(0.2)
            try:
                return load(*args, **options)
            finally:
                at_once -= 1

        return slowly

    for kind in (AutoModelForCausalLM, AutoModelForSequenceClassification):
        monkeypatch.setattr(kind, "from_pretrained", counting(kind.from_pretrained))
    with ThreadPoolExecutor(2) as pool:
        policy = pool.submit(load_policy, policy_folder, CPU)
        scores = pool.submit(load_reward_model, tmp_path / "reward", CPU)
        assert policy.result().stop_ids
        assert scores.result().codec
    assert most == 1
