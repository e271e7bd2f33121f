"""Log-probabilities from hidden states: the same numbers as from all logits, with less memory."""

from __future__ import annotations

import gc
import math

import pytest
import torch
from torch import Tensor, nn

from rewardmodel import unembedding
from rewardmodel.batches import pad_prompts
from rewardmodel.decoding import sequence_log_probs
from rewardmodel.losses import completion_log_probs
from rewardmodel.models import Policy
from rewardmodel.prefix import lay_out
from rewardmodel.unembedding import token_figures
from tests.rewardmodel.conftest import CPU, tiny_policy
from tests.rewardmodel.test_prefix import Tokens

PROMPTS = [[5, 6, 7, 8], [9], [10, 11]]
COMPLETIONS = [[[4, 4, 20], [30]], [[21, 22], [23, 24, 25, 26], [27]], [[1, 2], [3]]]
GROUPS = [Tokens(p, c) for p, c in zip(PROMPTS, COMPLETIONS, strict=True)]


def test_hand_worked_figures() -> None:
    """Logits (0, ln 3) at T=1: probabilities 1/4, 3/4; at T=1/2 they are (0, 2 ln 3): 1/10, 9/10."""
    head = nn.Linear(1, 2, bias=False)
    head.weight.data = torch.tensor([[0.0], [math.log(3)]])
    hidden, ids = torch.ones(2, 1), torch.tensor([0, 1])
    found = token_figures(head, hidden, ids, temperature=1.0)
    assert found.log_probs.tolist() == pytest.approx([math.log(0.25), math.log(0.75)])
    assert found.entropy.tolist() == pytest.approx([0.562335, 0.562335], abs=1e-5)
    colder = token_figures(head, hidden, ids, temperature=0.5)
    assert colder.log_probs.tolist() == pytest.approx([math.log(0.1), math.log(0.9)])


def test_recomputing_the_logits_changes_neither_value_nor_gradient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch.manual_seed(0)
    head, ids = nn.Linear(8, 50, bias=False), torch.randint(50, (37,))
    states = torch.randn(37, 8)
    found = []
    for kept in (10**9, 0):
        monkeypatch.setattr(unembedding, "PROBABILITIES_KEPT", kept)
        monkeypatch.setattr(unembedding, "PROBABILITIES_AT_ONCE", 10**9 if kept else 200)
        hidden = states.clone().requires_grad_()
        head.zero_grad()
        figures = token_figures(head, hidden, ids, 0.7)
        (figures.log_probs.sum() + 0.3 * figures.entropy.sum()).backward()
        assert hidden.grad is not None
        assert head.weight.grad is not None
        found.append((*figures, hidden.grad, head.weight.grad.clone()))
    for kept_tensor, recomputed in zip(*found, strict=True):
        assert torch.allclose(kept_tensor, recomputed, atol=1e-5)


def test_beyond_the_bound_no_logits_are_held_until_the_backward_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head, width = nn.Linear(8, 5003, bias=False), 5003  # a width that nothing else has
    hidden = torch.randn(40, 8, requires_grad=True)

    def held() -> int:
        gc.collect()
        live = [one for one in gc.get_objects() if type(one) is Tensor and one.dim() == 2]
        return sum(one.shape[0] for one in live if one.shape[1] == width)

    monkeypatch.setattr(unembedding, "PROBABILITIES_KEPT", 0)
    monkeypatch.setattr(unembedding, "PROBABILITIES_AT_ONCE", 10 * width)
    figures = token_figures(head, hidden, torch.arange(40), 1.0)
    assert held() == 0
    figures.log_probs.sum().backward()
    assert hidden.grad is not None


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_the_written_out_gradient_is_the_true_one(bias: bool, temperature: float) -> None:
    """Against automatic differentiation of the definition, in double precision."""
    torch.manual_seed(1)
    head, ids = nn.Linear(6, 30, bias=bias), torch.randint(30, (11,))
    states, weights = torch.randn(11, 6), torch.randn(2, 11)
    head.weight.data *= 5  # sharp enough that some probabilities are tiny
    found = []
    for exact in (False, True):
        network = nn.Linear(6, 30, bias=bias)
        network.load_state_dict(head.state_dict())
        hidden = states.clone().requires_grad_()
        if exact:
            network = network.double()
            hidden = states.double().requires_grad_()
            log_softmax = torch.log_softmax(network(hidden) / temperature, dim=-1)
            log_probs = log_softmax.gather(1, ids[:, None]).squeeze(1)
            entropy = -(log_softmax.exp() * log_softmax).sum(dim=1)
        else:
            log_probs, entropy = token_figures(network, hidden, ids, temperature)
        (weights[0] * log_probs + weights[1] * entropy).sum().backward()
        tensors = [log_probs, entropy, hidden.grad, *(p.grad for p in network.parameters())]
        found.append([tensor.detach().double() for tensor in tensors if tensor is not None])
    assert len(found[0]) == (5 if bias else 4)
    for ours, true in zip(*found, strict=True):
        assert torch.allclose(ours, true, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_three_ways_to_the_same_log_probabilities(policy: Policy, temperature: float) -> None:
    """All logits; hidden states of padded rows; hidden states with each prompt computed once."""
    prompts = [p for p, group in zip(PROMPTS, COMPLETIONS, strict=True) for _ in group]
    completions = [ids for group in COMPLETIONS for ids in group]
    batch = pad_prompts(prompts, policy.codec.fill_id, CPU, completions)
    mask = batch.completion_mask
    expected, entropy = completion_log_probs(
        policy.completion_logits(batch), batch.completion_ids, temperature
    )
    for found in (
        policy.completion_figures(batch, temperature),
        policy.completion_figures_shared(lay_out(GROUPS, CPU), temperature),
    ):
        assert torch.allclose(found.log_probs, expected * mask, atol=1e-5)
        assert torch.allclose(found.entropy, entropy * mask, atol=1e-5)


def test_gradients_of_the_shared_way_are_those_of_the_plain_one() -> None:
    policy = tiny_policy(seed=3)
    prompts = [p for p, group in zip(PROMPTS, COMPLETIONS, strict=True) for _ in group]
    completions = [ids for group in COMPLETIONS for ids in group]
    batch = pad_prompts(prompts, policy.codec.fill_id, CPU, completions)
    gradients = []
    for way in ("plain", "shared"):
        policy.zero_grad()
        figures = (
            policy.completion_figures(batch, 1.0)
            if way == "plain"
            else policy.completion_figures_shared(lay_out(GROUPS, CPU), 1.0)
        )
        weights = torch.arange(figures.log_probs.numel()).view_as(figures.log_probs) * 0.1
        (figures.log_probs * weights + figures.entropy).sum().backward()
        gradients.append(
            torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])
        )
    plain, shared = gradients
    assert float((shared - plain).norm() / plain.norm()) <= 1e-4


def test_the_first_completion_token_is_predicted_by_the_last_prompt_token(policy: Policy) -> None:
    [alone] = sequence_log_probs(policy, [PROMPTS[0]], [COMPLETIONS[0][0]], 1.0)
    shared = policy.completion_figures_shared(lay_out(GROUPS, CPU), 1.0)
    assert torch.allclose(shared.log_probs[0, :3], alone, atol=1e-5)
