"""Each rule of the row format has a line that breaks it, and the rule names the field."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.corpus.ranking_rows import Direct, parse_ranking_row
from annotation.corpus.rows import (
    RowError,
    parse_completion_row,
    parse_demonstration_row,
    parse_prompt_row,
)
from tests.annotation.corpus.files import line_of, ranking

PARSERS = {
    "prompts": parse_prompt_row,
    "completions": parse_completion_row,
    "rankings": parse_ranking_row,
    "demonstrations": parse_demonstration_row,
}


def refusal(kind: str, data: bytes | None) -> tuple[str, str]:
    with pytest.raises(RowError) as caught:
        PARSERS[kind](1, data)
    assert caught.value.message
    return caught.value.field, caught.value.rule


def deep(levels: int) -> bytes:
    return b'{"prompt": "x", "meta": ' + b"[" * levels + b"]" * levels + b"}"


def span(**changes: Any) -> dict[str, Any]:
    """A highlighted passage as an import row tells of it."""
    return {"start": 0, "end": 3, "quote": "abc", "flag": None, "note": ""} | changes


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"{", "bad_json"),
        (b"", "bad_json"),
        (b'{"prompt": "a"} x', "bad_json"),
        (b"{'prompt': 'a'}", "bad_json"),
        (b'{"prompt": NaN}', "nan"),
        (b'{"prompt": "a", "x": [-Infinity]}', "nan"),
        (b'{"prompt": "a", "x": 1e999}', "nan"),
        (b'{"prompt": "a", "prompt": "b"}', "duplicate_key"),
        (b'{"prompt": "a", "meta": {"k": 1, "k": 1}}', "duplicate_key"),
        (b'{"prompt": "\\ud800"}', "lone_surrogate"),
        (b'{"prompt": "a", "\\udfff": 1}', "lone_surrogate"),
        (b'{"prompt": "a\\u0000b"}', "nul"),
        (b'{"prompt": "a", "m": {"\\u0000": 1}}', "nul"),
        (b'{"prompt": "\xff"}', "not_utf8"),
        (b'{"prompt": "\xed\xa0\x80"}', "not_utf8"),
        (deep(17), "too_deep"),
        (deep(100_000), "too_deep"),
        (b'{"prompt": "a", "n": ' + b"9" * 5000 + b"}", "number_too_long"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b'"prompt"', "wrong_type"),
        (None, "too_long"),
    ],
)
def test_a_line_that_is_no_sound_json_object_is_refused(data: bytes | None, rule: str) -> None:
    assert refusal("prompts", data) == ("", rule)
    assert refusal("rankings", data) == ("", rule)


def test_sixteen_levels_are_fine() -> None:
    assert parse_prompt_row(1, deep(15)).extras["meta"]


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ({}, "prompt", "missing"),
        ({"prompt": ""}, "prompt", "empty"),
        ({"prompt": 7}, "prompt", "wrong_type"),
        ({"prompt": None}, "prompt", "wrong_type"),
        ({"prompt": []}, "prompt", "too_few"),
        ({"prompt": ["hello"]}, "prompt[0]", "wrong_type"),
        ({"prompt": [{"role": "user"}]}, "prompt[0].content", "missing"),
        ({"prompt": [{"content": "a"}]}, "prompt[0].role", "missing"),
        ({"prompt": [{"role": "god", "content": "a"}]}, "prompt[0].role", "unknown_role"),
        ({"prompt": [{"role": "user", "content": None}]}, "prompt[0].content", "wrong_type"),
        ({"prompt": [{"role": "user", "content": "a", "x": 1}]}, "prompt[0]", "unknown_field"),
        ({"prompt": [{"role": "user", "content": "a"}] * 1001}, "prompt", "too_many"),
        ({"prompt": "a", "id": 5}, "id", "wrong_type"),
        ({"prompt": "a", "id": "x" * 201}, "id", "too_long"),
        ({"prompt": "a", "source": "x" * 121}, "source", "too_long"),
        ({"prompt": "a", "lang": "x" * 21}, "lang", "too_long"),
        ({"prompt": "a", "lang": None}, "lang", "wrong_type"),
        ({"prompt": "a", "tags": "x"}, "tags", "wrong_type"),
        ({"prompt": "a", "tags": ["x", 1]}, "tags[1]", "wrong_type"),
        ({"prompt": "a", "tags": ["<b>"]}, "tags[0]", "bad_tag"),
        ({"prompt": "a", "tags": ["医" * 41]}, "tags[0]", "too_long"),
        ({"prompt": "a", "tags": ["x"] * 21}, "tags", "too_many"),
        ({"prompt": "a", "split": "test"}, "split", "unknown_split"),
    ],
)
def test_a_malformed_prompt_row_is_refused(row: dict[str, Any], field: str, rule: str) -> None:
    assert refusal("prompts", line_of(row)) == (field, rule)


def test_a_prompt_that_is_neither_is_told_both_forms_it_may_have() -> None:
    with pytest.raises(RowError, match="prompt must be a text or a list of messages"):
        parse_prompt_row(1, b'{"prompt": 7}')


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"prompt": ...}, "prompt", "missing"),
        ({"completions": ...}, "completions", "missing"),
        ({"completions": "abc"}, "completions", "wrong_type"),
        ({"completions": ["a"]}, "completions", "too_few"),
        ({"completions": ["a"] * 257}, "completions", "too_many"),
        ({"completions": ["a", None, "c"]}, "completions[1]", "wrong_type"),
        ({"ranking": ...}, "ranking", "missing"),
        ({"ranking": [0, 1, 2]}, "ranking[0]", "wrong_type"),
        ({"ranking": {"0": [1]}}, "ranking", "wrong_type"),
        ({"ranking": [[0], [], [1, 2]]}, "ranking[1]", "empty_tier"),
        ({"ranking": [[0], [3]]}, "ranking[1][0]", "index_out_of_range"),
        ({"ranking": [[0], [-1]]}, "ranking[1][0]", "index_out_of_range"),
        ({"ranking": [[0], [True]]}, "ranking[1][0]", "wrong_type"),
        ({"ranking": [[0], [1.0]]}, "ranking[1][0]", "wrong_type"),
        ({"ranking": [[0, 1], [2, 1]]}, "ranking[1]", "completion_in_two_tiers"),
        ({"ranking": [[0, 0], [1, 2]]}, "ranking[0]", "completion_in_two_tiers"),
        ({"ranking": [[0], [1]]}, "ranking", "completion_left_out"),
        ({"ranking": [[0], [1], [2], [0]]}, "ranking", "too_many"),
        ({"unranked": [2]}, "unranked", "completion_in_two_places"),
        ({"unranked": [7]}, "unranked[0]", "index_out_of_range"),
        ({"ranking": [[0], [1]], "unranked": "2"}, "unranked", "wrong_type"),
        (
            {"ranking": [[0]], "unranked": [1, 2], "cannot_judge": [2]},
            "cannot_judge",
            "completion_in_two_places",
        ),
        ({"systems": ["x", "y"]}, "systems", "wrong_length"),
        ({"systems": ["x", "y", 3]}, "systems[2]", "wrong_type"),
        ({"labeler": 12}, "labeler", "wrong_type"),
        ({"labeler": "x" * 201}, "labeler", "too_long"),
        ({"unacceptable_below": 3}, "unacceptable_below", "out_of_range"),
        ({"unacceptable_below": "1"}, "unacceptable_below", "wrong_type"),
        ({"direct": [{"better": 0}]}, "direct[0].worse", "missing"),
        ({"direct": [{"better": 0, "worse": 0}]}, "direct[0]", "same_completion"),
        ({"direct": [{"better": 0, "worse": 3}]}, "direct[0].worse", "index_out_of_range"),
        (
            {"direct": [{"better": 0, "worse": 1}, {"better": 1, "worse": 0}]},
            "direct[1]",
            "duplicate_pair",
        ),
        (
            {"direct": [{"better": 0, "worse": 1, "strength": 4}]},
            "direct[0].strength",
            "out_of_range",
        ),
        ({"direct": [{"better": 0, "worse": 1, "why": ""}]}, "direct[0]", "unknown_field"),
        ({"direct": [{"better": 0, "worse": 1, "tie": 1}]}, "direct[0].tie", "wrong_type"),
        ({"grades": [None, None, {"overall": 8}]}, "grades[2].overall", "out_of_range"),
        ({"grades": [None, 3, None]}, "grades[1]", "wrong_type"),
        ({"grades": [{}, None, None]}, "grades[0]", "empty"),
        ({"grades": [{"x" * 41: 3}, None, None]}, "grades[0]", "too_long"),
        ({"grades": [None, None]}, "grades", "wrong_length"),
        ({"spans": [[{"start": 0}], [], []]}, "spans[0][0].end", "missing"),
        ({"spans": [[span(end=2, start=2)], [], []]}, "spans[0][0].end", "out_of_range"),
        ({"spans": [[span(quote="")], [], []]}, "spans[0][0].quote", "empty"),
        ({"spans": [[span(color="red")], [], []]}, "spans[0][0]", "unknown_field"),
        ({"mode": "dice"}, "mode", "unknown_mode"),
        ({"reading": [None, {"visible_ms": 4}, None]}, "reading[1].read_percent", "missing"),
        (
            {"reading": [{"visible_ms": 1, "read_percent": 101}, None, None]},
            "reading[0].read_percent",
            "out_of_range",
        ),
        ({"unread_accepted": 1}, "unread_accepted", "wrong_type"),
        ({"flags": [["x" * 41], [], []]}, "flags[0][0]", "too_long"),
        ({"notes": ["", "", 1]}, "notes[2]", "wrong_type"),
        ({"active_ms": -1}, "active_ms", "out_of_range"),
        ({"active_ms": 2**40}, "active_ms", "out_of_range"),
        ({"presented": [0, 1]}, "presented", "wrong_length"),
        ({"presented": [0, 1, 1]}, "presented", "completion_shown_twice"),
    ],
)
def test_a_malformed_ranking_row_is_refused(changes: dict[str, Any], field: str, rule: str) -> None:
    assert refusal("rankings", line_of(ranking(**changes))) == (field, rule)


@pytest.mark.parametrize(
    ("kind", "row", "field", "rule"),
    [
        ("completions", {"prompt": "a"}, "completion", "missing"),
        ("completions", {"prompt": "a", "text": "b", "completion": "b"}, "completion", "missing"),
        ("completions", {"completion": "a"}, "prompt", "missing"),
        ("completions", {"prompt": "a", "completions": []}, "completions", "too_few"),
        ("completions", {"prompt": "a", "completions": "b"}, "completions", "wrong_type"),
        ("completions", {"prompt": "a", "completions": ["b", 1]}, "completions[1]", "wrong_type"),
        ("completions", {"prompt": "a", "completions": [{}]}, "completions[0]", "missing"),
        (
            "completions",
            {"prompt": "a", "completions": [{"text": "b", "score": 1}]},
            "completions[0]",
            "unknown_field",
        ),
        (
            "completions",
            {"prompt": "a", "completions": ["b"], "systems": ["x", "y"]},
            "systems",
            "wrong_length",
        ),
        (
            "completions",
            {"prompt": "a", "completions": ["b"], "completion": "b"},
            "completion",
            "missing",
        ),
        ("completions", {"prompt": "a", "prompt_id": "b", "text": "c"}, "prompt", "missing"),
        ("completions", {"prompt": "a", "text": None}, "text", "wrong_type"),
        ("completions", {"prompt": "a", "text": "b", "system": "x" * 201}, "system", "too_long"),
        ("demonstrations", {"prompt": "a"}, "completion", "missing"),
        ("demonstrations", {"prompt": "a", "completion": ""}, "completion", "empty"),
        ("demonstrations", {"prompt": "a", "completion": "b", "author": 1}, "author", "wrong_type"),
    ],
)
def test_malformed_completions_and_demonstrations_are_refused(
    kind: str, row: dict[str, Any], field: str, rule: str
) -> None:
    assert refusal(kind, line_of(row)) == (field, rule)


def test_a_ranking_row_is_read_whole() -> None:
    row = parse_ranking_row(
        3,
        line_of(
            ranking(
                ranking=[[1, 0]],
                unranked=[2],
                unacceptable_below=0,
                direct=[{"better": 1, "worse": 0, "strength": 3}],
                grades=[{"overall": 1}, None, {"helpful": 7}],
                mode="best_worst",
                presented=[2, 0, 1],
                scores=[1.5, 2, None],
                judge="human",
            )
        ),
    )
    assert (row.line, row.id, row.source, row.labeler) == (3, "r0", "made", "w1")
    assert row.ranking == [[1, 0]]
    assert row.unranked == [2]
    assert row.direct == [Direct(1, 0, False, 3)]
    assert row.presented == [2, 0, 1]
    assert row.grades == [{"overall": 1}, None, {"helpful": 7}]
    assert (row.mode, row.unread_accepted, row.reading) == ("best_worst", False, [None] * 3)
    assert row.extras == {
        "source": "made",
        "labeler": "w1",
        "judge": "human",
        "scores": [1.5, 2, None],
    }


def test_the_judge_stands_for_a_labeler_who_is_not_named() -> None:
    def labeler(**changes: Any) -> str:
        return parse_ranking_row(1, line_of(ranking(labeler=..., **changes))).labeler

    assert labeler(judge="gpt-4") == "gpt-4"
    assert labeler() == "made"
    assert labeler(source=...) == "import"


def test_both_spellings_of_a_prompt_are_one_prompt() -> None:
    plain = parse_prompt_row(1, b'{"prompt": "Why?"}').prompt
    chat = parse_prompt_row(1, b'{"prompt": [{"content": "Why?", "role": "user"}]}').prompt
    assert plain.hash == chat.hash
    assert plain.messages == chat.messages
    assert (plain.is_plain, chat.is_plain) == (True, False)


# --- whatever comes, a line is a row or a refusal ----------------------------------------------
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["user", "system", "", "\x00", "\ud800", "r0"])
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=4) | st.sampled_from(["role", "content"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
_names = st.sampled_from(
    [
        *("prompt", "completions", "ranking", "unranked", "cannot_judge", "direct", "grades"),
        *("flags", "notes", "note", "presented", "systems", "id", "source", "lang", "labeler"),
        *("judge", "criterion", "completion", "text", "prompt_id", "author", "reference", "meta"),
        *("active_ms", "unacceptable_below", "spans", "mode", "reading", "unread_accepted"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(_names, _values, max_size=5), st.sampled_from(sorted(PARSERS)))
def test_odd_values_anywhere_are_a_row_or_a_refusal(changes: dict[str, Any], kind: str) -> None:
    row = ranking() | {"completion": "x"} | changes
    _row_or_refusal(kind, json.dumps(row).encode("utf-8", "surrogatepass"))


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from(sorted(PARSERS)))
def test_a_line_with_mutated_bytes_is_a_row_or_a_refusal(data: st.DataObject, kind: str) -> None:
    line = bytearray(line_of(ranking(meta={"k": [1, {"x": "é"}]}, completion="x")))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(line) - 1))
        change = data.draw(st.sampled_from(["flip", "cut", "double"]))
        if change == "flip":
            line[at] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del line[at : at + data.draw(st.integers(1, 9))]
        else:
            line[at:at] = line[at : at + data.draw(st.integers(1, 30))]
        if not line:
            break
    _row_or_refusal(kind, bytes(line))


def _row_or_refusal(kind: str, data: bytes) -> None:
    try:
        outcome: Any = PARSERS[kind](1, data)
    except RowError as error:
        outcome = (error.field + error.rule + error.message).encode()
    assert outcome
