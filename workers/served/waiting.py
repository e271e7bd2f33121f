"""Several completions of one prompt from a server while somebody waits: at once, and watched as they grow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from rewardmodel.errors import Refused
from workers.served.answers import Answer, NoAnswer
from workers.served.asking import Asked, Messages
from workers.served.policies import wish_of

LOOK_S = 0.4
Grown = Callable[[list[str], list[Answer | None]], None]


def complete_all(
    asked: Asked,
    plan: Mapping[str, Any],
    messages: Messages,
    *,
    key: str,
    on_growth: Grown | None = None,
) -> list[Answer]:
    """As many as the plan says. With `on_growth` they are streamed, with probabilities, and it is told the
    texts so far and what has ended, now and then. Raises Refused, NoAnswer or Unavailable.
    """
    samples = int(plan["samples_per_prompt"])
    texts = [""] * samples
    watched = on_growth is not None

    def grow(index: int, text: str) -> None:
        texts[index] = text

    def one(index: int) -> Answer:
        wish = wish_of(asked, plan, messages, key=key, index=index, with_probabilities=watched)
        return asked.complete(wish, partial(grow, index) if watched else None)

    with ThreadPoolExecutor(min(samples, asked.server.concurrency)) as pool:
        futures = [pool.submit(one, index) for index in range(samples)]
        try:
            while on_growth is not None:
                ended, left = wait(futures, timeout=LOOK_S)
                if not left or any(future.exception() for future in ended):
                    break
                there = [future.result() if future in ended else None for future in futures]
                on_growth(list(texts), there)
            return [future.result() for future in futures]
        except BaseException:
            asked.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def as_refused(asked: Asked, error: NoAnswer) -> Refused:
    """For one prompt alone, no answer is a refusal."""
    return Refused(error.rule, f"{asked.server.name}: {error}")
