"""What a policy drew is kept as it was written, with the text that labelers are shown."""

import json
from uuid import uuid4

import pytest

from annotation.corpus.models import Prompt
from annotation.corpus.sides import is_held_out
from annotation.runs.models import Run
from tests.annotation.labeling.work import add_prompt, prompt_set
from tests.cast import Cast
from workers.translate import completion_row, prompt_lines

PROMPT = "0196b4a0-0000-7000-8000-000000000001"


def drawn(text: str) -> dict[str, object]:
    return {
        "prompt_id": PROMPT,
        "text": text,
        "sample_index": 3,
        "token_count": 9,
        "finish_reason": "stop",
    }


def test_a_policy_that_names_itself_is_masked_for_labelers_only() -> None:
    row = completion_row(Run(), drawn("I'm Claude-v2, how can I help?"))
    assert row.text == "I'm Claude-v2, how can I help?"
    assert (row.shown_text, row.shown) == ("I'm [name], how can I help?",) * 2


def test_other_texts_are_shown_as_they_were_drawn() -> None:
    row = completion_row(Run(), drawn("Open the window.\x00"))
    assert (row.text, row.shown_text) == ("Open the window.\ufffd", None)
    assert row.shown == row.text


@pytest.mark.django_db
def test_the_best_of_n_of_a_prompt_are_on_the_side_where_an_export_has_it(cast: Cast) -> None:
    asked = [add_prompt(cast.project, f"Why {n}?", name="sft", purpose="sft") for n in range(20)]
    kept = next(one for one in asked if not is_held_out(one.text_hash, 0.3))
    # marked where it stands in another set: an export keeps its text whatever set it is of
    Prompt.objects.create(
        prompt_set=prompt_set(cast.project, name="other", purpose="reward"),
        messages=kept.messages,
        text_hash=kept.text_hash,
        split="validation",
    )

    def lines(kind: str) -> list[dict[str, object]]:
        run = Run.objects.create(
            project=cast.project,
            number=Run.objects.count() + 1,
            kind=kind,
            idempotency_key=uuid4(),
            prompt_set=kept.prompt_set,
            config={"validation_fraction": 0.3},
        )
        return [json.loads(line) for line in prompt_lines(run)]

    sides = {str(row["id"]): row["split"] for row in lines("best_of_n")}
    assert sides == {
        str(one.pk): "validation" if one == kept or is_held_out(one.text_hash, 0.3) else "train"
        for one in asked
    }
    assert set(sides.values()) == {"train", "validation"}
    assert not any("split" in row for row in lines("sft"))
