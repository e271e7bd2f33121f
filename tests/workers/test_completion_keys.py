"""Labelers see the keys of completions: no key says when, and so by whom, a completion was made."""

from __future__ import annotations

import time
from typing import Any

import pytest

from annotation.corpus.models import Completion, SamplingPlan
from annotation.runs.models import Run
from tests.annotation.labeling.work import add_prompt
from tests.cast import Cast
from workers.translate import completion_row

LINE: dict[str, Any] = {"sample_index": 0, "token_count": 2, "finish_reason": "stop"}


@pytest.mark.django_db
def test_answers_of_two_policies_look_equally_old(cast: Cast) -> None:
    prompt = add_prompt(cast.project, "Why is the sky blue?")
    plan = SamplingPlan.objects.create(
        project=cast.project, name="p", strategy="sample", n=1, max_new_tokens=4
    )
    made: list[Completion] = []
    for text in ("Because of the air.", "It is not."):  # a policy each, one after the other
        time.sleep(0.005)
        line = {**LINE, "prompt_id": str(prompt.pk), "text": text}
        made.append(completion_row(Run(kind="sample", plan_id=plan.pk), line))
    milliseconds = {one.pk.int >> 80 for one in made}
    assert milliseconds == {prompt.pk.int >> 80}
    assert made[0].pk != made[1].pk
    assert {one.pk.version for one in made} == {7}
