"""Whether there is anything to choose from is known without reading everything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.runs import candidates
from tests.annotation.labeling.work import add_completion, add_prompt
from tests.cast import Cast

pytestmark = pytest.mark.django_db
PROMPTS = 300


def read_of(plan: dict[str, Any], table: str) -> int:
    """How many rows of a table were read by a plan that has run."""
    rows = 0
    if plan.get("Relation Name") == table:
        dropped = plan.get("Rows Removed by Filter", 0)
        rows = int((plan["Actual Rows"] + dropped) * plan["Actual Loops"])
    return rows + sum(read_of(part, table) for part in plan.get("Plans", ()))


def test_one_prompt_with_two_samples_is_found_without_reading_all_samples(cast: Cast) -> None:
    for number in range(PROMPTS):
        prompt = add_prompt(cast.project, f"question {number}")
        for answer in ("yes", "no"):
            add_completion(prompt, answer)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE corpus_completion, corpus_prompt")
        with CaptureQueriesContext(connection) as asked:
            assert candidates.is_any(prompt.prompt_set, None, only_new=False)
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked[0]['sql']}")
        (plan,) = cursor.fetchone()
    (whole,) = json.loads(plan) if isinstance(plan, str) else plan
    assert read_of(whole["Plan"], "corpus_completion") < 20


def test_the_same_text_twice_is_no_choice(cast: Cast) -> None:
    first, second = add_prompt(cast.project, "one"), add_prompt(cast.project, "two")
    for prompt, answer in ((first, "same"), (first, "same"), (second, "another")):
        add_completion(prompt, answer)
    assert not candidates.is_any(first.prompt_set, None, only_new=False)
    add_completion(first, "different")
    assert candidates.is_any(first.prompt_set, None, only_new=False)
