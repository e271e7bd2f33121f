"""Sampling: the published text, equality with the plain way, and the sampling plans."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, tensor

from rewardmodel.config import DecodingConfig
from rewardmodel.decoding import (
    decode,
    draw_by_inversion,
    processed_log_probs,
    row_uniforms,
    sequence_log_probs,
)
from rewardmodel.models import Policy, load_policy
from tests.rewardmodel.conftest import CPU, ask

PROMPTS = ["the cat", "a dog ran after the cat and", "你"]


def plan(**settings: Any) -> DecodingConfig:
    return DecodingConfig(**{"samples_per_prompt": 1, "max_new_tokens": 12, **settings})


def encode(policy: Policy, texts: list[str]) -> list[list[int]]:
    return [policy.codec.encode_prompt(ask(text)) for text in texts]


def naive_sample(policy: Policy, prompt: list[int], uniforms: Tensor, temperature: float) -> Any:
    """The plain way: the whole sequence through the network for every token, nothing shared."""
    ids, log_probs = list(prompt), []
    for uniform in uniforms:
        with torch.no_grad():
            logits = policy.language_model(torch.tensor([ids])).logits[0, -1]
        probabilities = (logits / temperature).double().softmax(-1)
        token = int((probabilities.cumsum(0) <= uniform).sum())
        ids.append(token)
        log_probs.append(math.log(float(probabilities[token])))
        if token in policy.stop_ids:
            break
    return ids[len(prompt) :], log_probs


def test_greedy_text_of_stories260k_is_the_published_one(shared_folder: Path) -> None:
    folder = shared_folder / "models" / "stories260K"
    golden = json.loads((folder / "golden.json").read_text())
    policy = load_policy(folder, CPU)
    [[completion]] = decode(
        policy,
        [policy.codec.encode_prompt(ask(""))],
        plan(strategy="greedy", max_new_tokens=256),
        seed=0,
        keys=["golden"],
    )
    assert completion.ids[:63] == golden["greedy_token_ids_first_64"][1:]
    text = policy.codec.decode_completion([1], completion.ids)
    published = golden["published_greedy_text"]
    assert text.strip()[: len(published)] == published


def test_log_probs_of_stories260k_are_the_published_ones(shared_folder: Path) -> None:
    folder = shared_folder / "models" / "stories260K"
    policy = load_policy(folder, CPU)
    for scored in json.loads((folder / "golden.json").read_text())["scored"]:
        ids = scored["input_ids"]
        [found] = sequence_log_probs(policy, [ids[:1]], [ids[1:]], temperature=1.0)
        assert found[:5].tolist() == pytest.approx(scored["token_logprobs_first5"], abs=2e-4)
        assert -float(found.mean()) == pytest.approx(scored["mean_nll"], abs=2e-4)


def test_samples_from_one_prompt_pass_equal_plain_full_forward_sampling(policy: Policy) -> None:
    prompts = encode(policy, PROMPTS)
    drawn = decode(
        policy, prompts, plan(samples_per_prompt=3, temperature=0.7), seed=5, keys=PROMPTS
    )
    uniforms = row_uniforms(5, PROMPTS, 3, 12)
    for number, prompt in enumerate(prompts):
        for sample in range(3):
            ids, log_probs = naive_sample(policy, prompt, uniforms[number * 3 + sample], 0.7)
            assert drawn[number][sample].ids == ids
            assert drawn[number][sample].log_probs == pytest.approx(log_probs, abs=1e-4)


def test_a_completion_depends_on_neither_its_batch_nor_what_was_drawn_before(
    policy: Policy,
) -> None:
    prompts = encode(policy, PROMPTS)
    together = decode(policy, prompts, plan(samples_per_prompt=2), seed=1, keys=PROMPTS)
    for number, key in enumerate(PROMPTS):
        [alone] = decode(policy, [prompts[number]], plan(samples_per_prompt=2), seed=1, keys=[key])
        assert [one.ids for one in alone] == [one.ids for one in together[number]]
    [other] = decode(policy, prompts[:1], plan(samples_per_prompt=2), seed=2, keys=PROMPTS[:1])
    assert [one.ids for one in other] != [one.ids for one in together[0]]


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7])
def test_log_probs_while_sampling_equal_those_of_the_update(
    policy: Policy, temperature: float
) -> None:
    prompts = encode(policy, PROMPTS)
    drawn = decode(policy, prompts, plan(temperature=temperature), seed=3, keys=PROMPTS)
    completions = [found[0].ids for found in drawn]
    again = sequence_log_probs(policy, prompts, completions, temperature)
    for found, log_probs in zip(drawn, again, strict=True):
        assert found[0].log_probs == pytest.approx(log_probs.tolist(), abs=1e-4)


def test_rows_that_stop_leave_the_batch_and_keep_their_stop_token(policy: Policy) -> None:
    prompts = encode(policy, [f"prompt {n}" for n in range(6)])
    keys = [str(n) for n in range(6)]
    longer = decode(policy, prompts, plan(max_new_tokens=40), seed=0, keys=keys)
    counts: dict[int, int] = {}
    for [one] in longer:
        for token in set(one.ids[:10]):
            counts[token] = counts.get(token, 0) + 1
    stop = max(counts, key=lambda token: (counts[token], token))
    stopping = Policy(policy.language_model, policy.codec)
    stopping.stop_ids = policy.stop_ids | {stop}
    for [short], [long] in zip(
        decode(stopping, prompts, plan(max_new_tokens=40), seed=0, keys=keys), longer, strict=True
    ):
        stops = [n for n, token in enumerate(long.ids) if token in stopping.stop_ids]
        assert short.ids == (long.ids[: stops[0] + 1] if stops else long.ids)
        assert short.finish_reason == ("stop" if stops else "length")
        assert len(short.log_probs) == len(short.ids)
    assert any(stop in one.ids for [one] in longer)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, {}),
        ({"repetition_penalty": 1.3}, {"repetition_penalty": 1.3}),
        ({"no_repeat_ngram": 2}, {"no_repeat_ngram_size": 2}),
        ({"no_repeat_ngram": 1}, {"no_repeat_ngram_size": 1}),
    ],
)
def test_greedy_plans_equal_those_of_transformers(
    policy: Policy, settings: dict[str, Any], options: dict[str, Any]
) -> None:
    for prompt in encode(policy, PROMPTS):
        [[ours]] = decode(
            policy,
            [prompt],
            plan(strategy="greedy", max_new_tokens=30, **settings),
            seed=0,
            keys=["k"],
        )
        theirs = policy.generate(prompt, max_new_tokens=30, **options)[0]
        assert ours.ids == theirs[: len(ours.ids)]
        assert len(ours.ids) == 30 or ours.ids[-1] in policy.stop_ids


def test_beam_search_finds_likelier_text_than_greedy(policy: Policy) -> None:
    [prompt] = encode(policy, ["the cat"])
    [[greedy]] = decode(policy, [prompt], plan(strategy="greedy"), seed=0, keys=["k"])
    [beams] = decode(
        policy,
        [prompt],
        plan(strategy="beam", num_beams=4, samples_per_prompt=2),
        seed=0,
        keys=["k"],
    )
    assert len(beams) == 2
    assert sum(beams[0].log_probs) >= sum(greedy.log_probs) - 1e-4
    assert sum(beams[0].log_probs) >= sum(beams[1].log_probs) - 1e-4


def test_top_k_keeps_the_k_likeliest() -> None:
    logits = tensor([[1.0, 3.0, 2.0, 0.0]])
    kept = processed_log_probs(logits, [[]], plan(top_k=2)).exp()[0]
    assert kept[[0, 3]].tolist() == [0.0, 0.0]
    # e^3 / (e^3 + e^2) = 1 / (1 + 1/e)
    assert float(kept[1]) == pytest.approx(0.731059, abs=1e-5)


def test_top_p_keeps_the_fewest_that_reach_p() -> None:
    probabilities = tensor([[0.1, 0.5, 0.15, 0.25]])
    kept = processed_log_probs(probabilities.log(), [[]], plan(top_p=0.7)).exp()[0]
    assert kept.tolist() == pytest.approx([0.0, 2 / 3, 0.0, 1 / 3], abs=1e-5)
    alone = processed_log_probs(probabilities.log(), [[]], plan(top_p=0.01)).exp()[0]
    assert alone.tolist() == pytest.approx([0.0, 1.0, 0.0, 0.0], abs=1e-5)


def test_inversion_draws_each_token_over_its_share_of_the_unit_interval() -> None:
    log_probs = tensor([0.25, 0.0, 0.5, 0.25, 0.0]).log().expand(6, 5)
    uniforms = tensor([0.0, 0.24, 0.26, 0.74, 0.76, 1 - 1e-16], dtype=torch.float64)
    assert draw_by_inversion(log_probs, uniforms).tolist() == [0, 0, 2, 2, 3, 3]
