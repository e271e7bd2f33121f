"""What a policy drew is kept as it was written, with the text that labelers are shown."""

from annotation.runs.models import Run
from workers.translate import completion_row

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
