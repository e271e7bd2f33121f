"""What a policy would say next, token by token: for teaching how decoding strategies choose.

Each step shows the policy's own distribution, what the filters of a sampling plan leave of it, and
the token that was chosen: drawn as the sample stage would draw it, or given (a text to look at).
Knows policies and plans, no terminal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.convert_slow_tokenizer import bytes_to_unicode

from rewardmodel.config import DecodingConfig
from rewardmodel.decode_steps import refuse_own_memory
from rewardmodel.decoding import draw_by_inversion, processed_log_probs, row_uniforms
from rewardmodel.errors import Refused
from rewardmodel.models import Policy
from rewardmodel.text import UNREADABLE, TextCodec

KEPT = "kept"
# How byte-level vocabularies write each byte in the names of their tokens.
BYTE = re.compile("<0x[0-9A-Fa-f]{2}>")  # as SentencePiece names it
BYTE_OF = {sign: byte for byte, sign in bytes_to_unicode().items()}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One token that could come next."""

    id: int
    text: str
    probability: float  # of the policy itself
    probability_after: float  # after penalty, temperature and filters; 0 if cut
    fate: str  # kept, or what cut it: no_repeat_ngram, top_k, top_p


@dataclass(frozen=True, slots=True)
class Step:
    """One place: the token that stands there and the likeliest others, best first."""

    number: int
    chosen: Candidate
    rank: int  # of the chosen token in the policy's own order; 1: the likeliest
    others: list[Candidate]
    entropy_bits: float  # of the policy itself
    kept: int  # tokens that the filters leave
    probability_cut: float  # what the policy gave to those that they cut

    @property
    def log_prob(self) -> float:
        """Natural log of the token's probability under the policy itself."""
        return math.log(max(self.chosen.probability, 1e-45))

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self)


@torch.no_grad()
def walk(
    policy: Policy,
    prompt_ids: Sequence[int],
    plan: DecodingConfig,
    *,
    seed: int = 0,
    key: str = "",
    given: Sequence[int] | None = None,
    alternatives: int = 5,
) -> Iterator[Step]:
    """Steps until a stop token or max_new_tokens; with `given`, along those ids.

    The same seed and key draw what `decode` draws. Raises Refused for beam search, which chooses
    whole texts, not tokens.
    """
    if plan.strategy == "beam":
        raise Refused("config_refused", "strategy: 'beam' has no token-by-token distribution")
    if given is not None and not given:
        raise Refused("config_refused", "the completion to look at has no token")
    cache = DynamicCache(config=policy.language_model.config)
    uniforms = row_uniforms(seed, [key], 1, plan.max_new_tokens)
    history = list(prompt_ids)
    new = list(prompt_ids)
    for number in range(plan.max_new_tokens if given is None else len(given)):
        output = policy.language_model(
            input_ids=torch.tensor([new], device=policy.device),
            cache=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        refuse_own_memory(policy, cache)
        logits = output.logits[:, -1].float().cpu()
        after = processed_log_probs(logits, [history], plan)
        if given is not None:
            chosen = given[number]
        elif plan.strategy == "greedy":
            chosen = int(after.argmax())
        else:
            chosen = int(draw_by_inversion(after, uniforms[:, number]))
        yield _look(policy.codec, logits, after, history, plan, number, chosen, alternatives)
        history.append(chosen)
        new = [chosen]
        if given is None and chosen in policy.stop_ids:
            return


@torch.no_grad()
def along(
    policy: Policy,
    prompt_ids: Sequence[int],
    completion_ids: Sequence[int],
    plan: DecodingConfig,
    *,
    alternatives: int = 5,
) -> Iterator[Step]:
    """Steps along a completion that is there already, from one pass over it.

    Beam search chooses whole texts; here its steps show the policy's own distribution after the penalty
    and the n-gram ban, as greedy decoding sees it.
    """
    if plan.strategy == "beam":
        plan = plan.model_copy(update={"strategy": "greedy"})
    history = [*prompt_ids, *completion_ids]
    count = len(completion_ids)
    output = policy.language_model(
        input_ids=torch.tensor([history], device=policy.device),
        use_cache=False,
        logits_to_keep=count + 1,
    )
    rows = output.logits[0, :-1].float().cpu()
    for number, chosen in enumerate(completion_ids):
        before = history[: len(prompt_ids) + number]
        logits = rows[number : number + 1]
        after = processed_log_probs(logits, [before], plan)
        yield _look(policy.codec, logits, after, before, plan, number, chosen, alternatives)


def _look(
    codec: TextCodec,
    logits: Tensor,
    after: Tensor,
    history: list[int],
    plan: DecodingConfig,
    number: int,
    chosen: int,
    alternatives: int,
) -> Step:
    own = torch.log_softmax(logits, dim=-1)[0]
    order = own.argsort(descending=True, stable=True).tolist()
    fates = _fates(logits, history, plan)
    finite = own[own > -torch.inf]

    def candidate(token: int) -> Candidate:
        return Candidate(
            id=token,
            text=token_text(codec, history, token),
            probability=float(own[token].exp()),
            probability_after=float(after[0, token].exp()),
            fate=next((name for name, cut in fates if bool(cut[token])), KEPT),
        )

    cut = after[0] == -torch.inf
    return Step(
        number=number + 1,
        chosen=candidate(chosen),
        rank=order.index(chosen) + 1,
        others=[candidate(t) for t in [t for t in order if t != chosen][:alternatives]],
        entropy_bits=float(-(finite.exp() * finite).sum() / math.log(2)),
        kept=int((~cut).sum()),
        probability_cut=float(own[cut].exp().sum()),
    )


def _fates(logits: Tensor, history: list[int], plan: DecodingConfig) -> list[tuple[str, Tensor]]:
    """(name, (V,) cut) of each filter in the order in which they act, each with those before it."""
    stages = {
        "no_repeat_ngram": {"top_k": 0, "top_p": 1.0},
        "top_k": {"top_p": 1.0},
        "top_p": {},
    }
    return [
        (name, processed_log_probs(logits, [history], plan.model_copy(update=off))[0] == -torch.inf)
        for name, off in stages.items()
    ]


def token_text(codec: TextCodec, history: Sequence[int], token: int) -> str:
    """A token as it continues the text; its bytes, as <0xE9>, where it is a part of a character."""
    text = codec.decode_completion(history, [token])
    if text and UNREADABLE not in text:
        return text
    name = str(codec.tokenizer.convert_ids_to_tokens(token))
    if BYTE.fullmatch(name):
        return name
    if text and all(sign in BYTE_OF for sign in name):
        return "".join(f"<0x{BYTE_OF[sign]:02X}>" for sign in name)
    return name  # of a special token


def summary(steps: Sequence[Step]) -> dict[str, float]:
    """Of all chosen tokens: log-probability under the policy itself, and perplexity."""
    total = sum(step.log_prob for step in steps)
    return {
        "tokens": float(len(steps)),
        "log_prob": total,
        "perplexity": math.exp(min(50.0, -total / max(1, len(steps)))),
    }
