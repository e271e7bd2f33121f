"""The part of a trial that a server answers: its texts as they come, and what it says of its tokens.

A server tells a token's probability and the likeliest others, not what the filters of the plan did to
them; where it tells nothing of tokens, there are no steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from annotation.corpus.texts import prompt_hash
from annotation.registry.models import ModelVersion
from annotation.runs.models import Trial
from workers.served.answers import Answer, NoAnswer, Said
from workers.served.policies import PEOPLE_WAIT_S, ask
from workers.served.waiting import as_refused, complete_all
from workers.translate import storable

Part = dict[str, Any]


def play_served(
    version: ModelVersion,
    trial: Trial,
    plan: dict[str, Any],
    *,
    halt: Callable[[], None],
    tell: Callable[[Part], None],
) -> Part:
    """What the server answered. `tell` is given the part as far as it is there, now and then.

    `halt` is called in threads that wait: it must touch no database.
    """
    began = time.monotonic()

    def part(texts: list[str], there: list[Answer | None]) -> Part:
        rows = [
            _unended(text) if answer is None else _completion(answer)
            for text, answer in zip(texts, there, strict=True)
        ]
        seconds = time.monotonic() - began
        return {
            "policy": str(version.pk),
            "seconds": seconds,
            "is_served": True,
            "completions": rows,
        }

    with ask(version, patience_s=PEOPLE_WAIT_S, halt=halt) as asked:
        try:
            answers = complete_all(
                asked,
                plan,
                trial.messages,
                key=prompt_hash(trial.messages),
                on_growth=lambda texts, there: tell(part(texts, there)),
            )
        except NoAnswer as error:
            raise as_refused(asked, error) from None
    return part([one.text for one in answers], list(answers))


def _unended(text: str) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "tokens": None,
        "finish_reason": None,
        "log_prob": None,
        "scores": [],
        "steps": [],
    }
    return {"text": storable(text), **empty}


def _completion(answer: Answer) -> dict[str, Any]:
    places = answer.places
    return {
        "text": storable(answer.text),
        "tokens": answer.tokens,
        "finish_reason": answer.finish_reason,
        "log_prob": None if places is None else sum(place.log_prob for place in places),
        "scores": [],
        "steps": [_step(place) for place in places or ()],
    }


def _step(place: Said) -> dict[str, Any]:
    names = [token for token, _ in place.likeliest]
    others = [one for one in place.likeliest if one[0] != place.token]
    return {
        "chosen": _candidate(place.token, place.probability),
        "rank": names.index(place.token) + 1 if place.token in names else None,
        "others": [_candidate(*other) for other in others],
        "entropy_bits": None,
        "kept": None,
        "cut": None,
    }


def _candidate(token: str, probability: float) -> dict[str, Any]:
    told = {"text": storable(token), "probability": round(probability, 6)}
    return {**told, "after": None, "fate": None}
