"""Scorers that read text: a Python function, or a service that is asked over HTTP.

Both see whole groups: a prompt as messages and as text, with all its completions that were drawn
together, so a score may depend on the company. What they answer is checked before it is used.
"""

from __future__ import annotations

import importlib
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, cast

import torch
from torch import Tensor

from rewardmodel.decoding import FinishReason, SampledCompletion
from rewardmodel.errors import Refused, RunError
from rewardmodel.rankings import Message, prompt_to_json
from rewardmodel.sample import EncodedPrompt
from rewardmodel.text import TextCodec

ANSWER_BYTES = 64 * 2**20
FIRST_PAUSE_S = 0.5
LARGEST = torch.finfo(torch.float32).max  # what scores are kept in
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RewardGroup:
    """A prompt with the completions of it that are to be scored."""

    messages: tuple[Message, ...]
    text: str  # of the last message: what was asked
    completions: tuple[str, ...]
    finish_reasons: tuple[FinishReason, ...]
    references: tuple[str, ...] = ()  # what the rows of this prompt bring


AskForScores = Callable[[Sequence[RewardGroup]], object]


class TextScorer:
    """Turns ids into text, asks, and checks the answer: one finite number for each completion."""

    def __init__(
        self, ask: AskForScores, name: str, prompts: Sequence[EncodedPrompt], codec: TextCodec
    ) -> None:
        self.ask, self.name, self.codec = ask, name, codec
        self.messages: Mapping[tuple[int, ...], tuple[Message, ...]] = {
            tuple(prompt.ids): prompt.row.prompt for prompt in prompts
        }
        self.references: dict[tuple[int, ...], tuple[str, ...]] = {}
        for prompt in prompts:
            if (reference := prompt.row.reference) is not None:
                known = self.references.get(tuple(prompt.ids), ())
                self.references[tuple(prompt.ids)] = tuple(dict.fromkeys((*known, reference)))

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int = 1,
    ) -> Tensor:
        groups = self.groups(prompts, completions, group)
        rows = self._checked(groups, self.ask(groups))
        return torch.tensor([score for row in rows for score in row])

    def groups(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int,
    ) -> list[RewardGroup]:
        """`group` completions that follow each other, together; their prompt is that of the first."""
        made = []
        for start in range(0, len(completions), group):
            ids, found = prompts[start], completions[start : start + group]
            messages = self.messages[tuple(ids)]
            made.append(
                RewardGroup(
                    messages=messages,
                    text=messages[-1].content,
                    completions=tuple(self.codec.decode_completion(ids, c.ids) for c in found),
                    finish_reasons=tuple(c.finish_reason for c in found),
                    references=self.references.get(tuple(ids), ()),
                )
            )
        return made

    def _checked(self, groups: Sequence[RewardGroup], answer: object) -> list[list[float]]:
        wanted = [len(group.completions) for group in groups]
        try:
            rows = [[_number(score) for score in row] for row in cast("list[list[Any]]", answer)]
        except (TypeError, ValueError) as error:
            raise self._refused(
                f"a list of numbers for each group, not {_short(answer)}"
            ) from error
        if [len(row) for row in rows] != wanted:
            raise self._refused(
                f"one score for each completion: {len(wanted)} groups with {_short(wanted)} "
                f"completions, not {len(rows)} with {_short([len(row) for row in rows])}"
            )
        for row in rows:
            for score in row:
                if not abs(score) <= LARGEST:
                    raise self._refused(f"finite numbers, not {score}")
        return rows

    def _refused(self, expected: str) -> Refused:
        return Refused("scorer_refused", f"{self.name} must answer with {expected}")


def _number(score: Any) -> float:
    """Raises TypeError for text that spells one: a list of lists may be a list of words by mistake."""
    if isinstance(score, str | bytes):
        raise TypeError("text is no number")
    return float(score)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "..."


def load_function(name: str) -> AskForScores:
    """The function `module:function`, its module found as Python finds modules.

    It gets a list of RewardGroup and gives a list of scores for each. Its module is run: whoever
    may name it may run code, so only a person at the command line may. Raises Refused.
    """
    module_name, _, function_name = name.partition(":")
    if not module_name or not function_name:
        raise Refused("config_refused", f"inputs.reward_function: {name!r} must be module:function")
    try:
        found = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise Refused("config_refused", f"inputs.reward_function: {name!r}: {error}") from error
    if not callable(found):
        raise Refused("config_refused", f"inputs.reward_function: {name!r} is no function")
    return cast(AskForScores, found)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The address that was allowed is the one that is asked."""

    def redirect_request(self, *arguments: Any, **named: Any) -> None:
        return None


class HttpScorer:
    """Posts groups as JSON to an address and reads scores from the answer.

    Request: {"groups": [{"messages": [{"role", "content"}], "text": str, "references": [str],
    "completions": [{"text": str, "finish_reason": "stop" | "length"}]}]}. Answer: {"scores": [[number]]}, a list
    for each group in its order. Neither proxies nor redirects are followed.
    """

    def __init__(self, url: str, timeout_s: float, retries: int) -> None:
        self.url, self.timeout_s, self.retries = url, timeout_s, retries
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)

    def __call__(self, groups: Sequence[RewardGroup]) -> object:
        """What `scores` holds in the answer, unchecked. Raises RunError."""
        body = json.dumps({"groups": [_to_json(group) for group in groups]}).encode()
        answer = self._post(body)
        try:
            return json.loads(answer)["scores"]
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(
                "scorer_refused",
                f'{self.url} must answer with {{"scores": [[...]]}}, not {_short(answer[:200])}',
            ) from error

    def _post(self, body: bytes) -> bytes:
        problem = ""
        for attempt in range(self.retries + 1):
            if attempt:
                time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
            try:
                return self._post_once(body)
            except urllib.error.HTTPError as error:
                if error.code not in TRANSIENT:
                    raise Refused(
                        "scorer_refused", f"{self.url} refused: {error.code} {error.reason}"
                    ) from error
                problem = f"{error.code} {error.reason}"
            except (OSError, HTTPException) as error:  # unreachable, cut off, or too slow
                problem = str(getattr(error, "reason", error)) or type(error).__name__
        raise RunError(
            "scorer_unreachable",
            f"{self.url} did not answer in {self.retries + 1} tries: {problem}",
        )

    def _post_once(self, body: bytes) -> bytes:
        request = urllib.request.Request(  # noqa: S310  the scheme is checked where it comes in
            self.url, data=body, headers={"Content-Type": "application/json"}, method="POST"
        )
        with self._opener.open(request, timeout=self.timeout_s) as response:
            answer: bytes = response.read(ANSWER_BYTES + 1)
            missing = response.length  # of what Content-Length announced
        if len(answer) > ANSWER_BYTES:
            raise Refused("scorer_refused", f"{self.url} answered more than {ANSWER_BYTES} bytes")
        if missing:  # read in one go, a short answer raises nothing
            raise ConnectionError(f"cut off {missing} bytes before the end of its answer")
        return answer


def _to_json(group: RewardGroup) -> dict[str, Any]:
    completions = zip(group.completions, group.finish_reasons, strict=True)
    return {
        "messages": prompt_to_json(group.messages),
        "text": group.text,
        "references": list(group.references),
        "completions": [{"text": text, "finish_reason": reason} for text, reason in completions],
    }
