"""Rows as other programs write them become ours, and a broken one says what is broken."""

from pathlib import Path
from typing import Any

import pytest

from annotation.corpus.incoming.choice import choose
from annotation.corpus.incoming.detection import detect
from annotation.corpus.incoming.files import FileKind
from annotation.corpus.incoming.plan import Plan
from annotation.corpus.rows import RowError
from tests.annotation.corpus.files import write

Row = dict[str, Any]
TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]


def ours(row: Row, format: str, kind: str, columns: Any = None) -> Row:
    return Plan(FileKind("jsonl"), format, kind, columns or {}, source="file").row(dict(row))


GOOD = [
    # OpenAI messages
    (
        {"messages": TALK},
        ("messages", "demonstrations"),
        {"prompt": "Hi", "completion": "Hello!"},
    ),
    (
        {"messages": [{"role": "developer", "content": "Be brief."}, *TALK], "id": 7},
        ("messages", "demonstrations"),
        {
            "prompt": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
            ],
            "completion": "Hello!",
            "id": "7",
            "source": "file",
        },
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
        ("messages", "prompts"),
        {"prompt": "Hi"},
    ),
    # ShareGPT
    (
        {
            "conversations": [
                {"from": "human", "value": "你好"},
                {"from": "gpt", "value": "你好！"},
            ],
            "system": "简短",
        },
        ("sharegpt", "demonstrations"),
        {
            "prompt": [
                {"role": "system", "content": "简短"},
                {"role": "user", "content": "你好"},
            ],
            "completion": "你好！",
        },
    ),
    (
        {
            "conversations": [{"from": "human", "value": "Q"}],
            "chosen": {"from": "gpt", "value": "good"},
            "rejected": {"from": "gpt", "value": "bad"},
        },
        ("sharegpt", "rankings"),
        {"prompt": "Q", "completions": ["good", "bad"], "ranking": [[0], [1]]},
    ),
    # Alpaca
    (
        {"instruction": "Translate.", "input": "猫", "output": "cat"},
        ("alpaca", "demonstrations"),
        {"prompt": "Translate.\n猫", "completion": "cat"},
    ),
    (
        {"instruction": "And dogs?", "input": "", "output": "", "history": [["Cats?", "Yes."]]},
        ("alpaca", "prompts"),
        {
            "prompt": [
                {"role": "user", "content": "Cats?"},
                {"role": "assistant", "content": "Yes."},
                {"role": "user", "content": "And dogs?"},
            ]
        },
    ),
    # pairs
    (
        {"prompt": "Sky?", "chosen": "Blue.", "rejected": "Green.", "margin": 2},
        ("pairs", "rankings"),
        {
            "prompt": "Sky?",
            "completions": ["Blue.", "Green."],
            "ranking": [[0], [1]],
            "meta": {"margin": 2},
        },
    ),
    (
        {
            "prompt": "Hi",
            "chosen": TALK,
            "rejected": [TALK[0], {"role": "assistant", "content": "What?"}],
        },
        ("pairs", "rankings"),
        {"prompt": "Hi", "completions": ["Hello!", "What?"], "ranking": [[0], [1]]},
    ),
    (
        {"chosen": TALK, "rejected": [TALK[0], {"role": "assistant", "content": ""}]},
        ("pairs", "rankings"),
        {"prompt": "Hi", "completions": ["Hello!", ""], "ranking": [[0], [1]]},
    ),
    (
        {
            "system": "Be kind.",
            "history": [["a", "b"]],
            "question": "c",
            "response_chosen": "d",
            "response_rejected": "e",
        },
        ("pairs", "rankings"),
        {
            "prompt": [
                {"role": "system", "content": "Be kind."},
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "b"},
                {"role": "user", "content": "c"},
            ],
            "completions": ["d", "e"],
            "ranking": [[0], [1]],
        },
    ),
    # HH transcripts
    (
        {
            "chosen": "\n\nHuman: Why?\n\nAssistant: Because.\n\nHuman: Sure?\n\nAssistant: Yes.",
            "rejected": "\n\nHuman: Why?\n\nAssistant: Because.\n\nHuman: Sure?\n\nAssistant: No.",
        },
        ("hh", "rankings"),
        {
            "prompt": [
                {"role": "user", "content": "Why?"},
                {"role": "assistant", "content": "Because."},
                {"role": "user", "content": "Sure?"},
            ],
            "completions": ["Yes.", "No."],
            "ranking": [[0], [1]],
        },
    ),
    # ranked lists
    (
        {"prompt": "Q", "responses": ["a", "b", "c", "d"], "scores": [1, 3.5, None, 3.5]},
        ("ranked", "rankings"),
        {
            "prompt": "Q",
            "completions": ["a", "b", "c", "d"],
            "ranking": [[1, 3], [0]],
            "unranked": [2],
            "scores": [1, 3.5, None, 3.5],
        },
    ),
    (
        {"prompt": "Q", "answers": [{"answer": "a", "rank": 2, "model": "x"},
                                    {"answer": "b", "rank": 1, "model": "y"}]},
        ("ranked", "rankings"),
        {"prompt": "Q", "completions": ["a", "b"], "ranking": [[1], [0]], "systems": ["x", "y"]},
    ),
    (
        {"prompt": "Q", "completions": ["a", "b", "c"], "ranking": [2, 0, 1]},
        ("ranked", "rankings"),
        {"prompt": "Q", "completions": ["a", "b", "c"], "ranking": [[2], [0], [1]]},
    ),
    # answers without an order, to be ranked
    (
        {"prompt": "Q", "completions": ["a", "b"], "topic": "x"},
        ("rows", "completions"),
        {"prompt": "Q", "completions": ["a", "b"], "topic": "x"},
    ),
    (
        {"prompt": "Q", "completions": [{"text": "a", "model": "x"}, {"text": "b", "model": "y"}]},
        ("ranked", "completions"),
        {"prompt": "Q", "completions": ["a", "b"], "systems": ["x", "y"]},
    ),
    (
        {"question": "Q", "responses": ["a", "b", "c"], "id": 4},
        ("ranked", "completions"),
        {"prompt": "Q", "completions": ["a", "b", "c"], "id": "4", "source": "file"},
    ),
    # ours
    (
        {"prompt": "Q", "completions": ["a", "b"], "ranking": [[0, 1]], "scores": [1, 1]},
        ("rows", "rankings"),
        {"prompt": "Q", "completions": ["a", "b"], "ranking": [[0, 1]], "scores": [1, 1]},
    ),
    ({"prompt": "Q", "reference": "A"}, ("rows", "prompts"), {"prompt": "Q", "reference": "A"}),
]  # fmt: skip


@pytest.mark.parametrize(("row", "expected", "converted"), GOOD)
def test_a_format_is_recognised_and_its_rows_become_ours(
    tmp_path: Path, row: Row, expected: tuple[str, str], converted: Row
) -> None:
    found = detect(write(tmp_path / "rows.jsonl", [row, row]))
    format, kind = expected
    assert (found.best.format, found.best.kinds[0], found.best.rows) == (format, kind, 2)
    assert ours(row, format, kind) == converted


@pytest.mark.parametrize(
    ("row", "format", "field", "rule"),
    [
        ({"messages": []}, "messages", "messages", "empty"),
        ({"messages": "x"}, "messages", "messages", "wrong_type"),
        ({"messages": [{"role": "user"}]}, "messages", "messages[0].content", "missing"),
        (
            {"messages": [TALK[0], {"role": "judge", "content": "x"}]},
            "messages",
            "messages[1].role",
            "unknown_role",
        ),
        ({"messages": TALK[:1]}, "messages", "completion", "no_answer"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
            "messages",
            "messages[0].content[0]",
            "not_text",
        ),
        (
            {"messages": [TALK[0], {"role": "assistant", "content": "", "tool_calls": [{}]}]},
            "messages",
            "messages[1].tool_calls",
            "tool_calls",
        ),
        ({"messages": TALK[1:]}, "messages", "messages", "no_prompt"),
        (
            {"conversations": [{"from": "human", "value": None}]},
            "sharegpt",
            "conversations[0].value",
            "wrong_type",
        ),
        ({"input": "x", "output": "y"}, "alpaca", "instruction", "missing"),
        (
            {"instruction": "x", "output": "y", "history": [["a"]]},
            "alpaca",
            "history[0]",
            "wrong_type",
        ),
        ({"instruction": "x", "output": ""}, "alpaca", "completion", "no_answer"),
        ({"prompt": "Q", "chosen": "a"}, "pairs", "rejected", "missing"),
        ({"prompt": "Q", "chosen": 3, "rejected": "b"}, "pairs", "chosen", "wrong_type"),
        ({"chosen": "a", "rejected": "b"}, "pairs", "prompt", "missing"),
        (
            {"chosen": [*TALK, *TALK], "rejected": TALK},
            "pairs",
            "chosen",
            "several_turns",
        ),
        (
            {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: c\n\nAssistant: d"},
            "hh",
            "chosen",
            "several_turns",
        ),
        (
            {"prompt": "Q", "responses": ["a", "b"], "scores": [1]},
            "ranked",
            "scores",
            "wrong_length",
        ),
        (
            {"prompt": "Q", "responses": ["a", "b"], "scores": [1, "high"]},
            "ranked",
            "scores[1]",
            "wrong_type",
        ),
        ({"prompt": "Q", "responses": ["a", "b"]}, "ranked", "ranking", "missing"),
    ],
)
def test_a_row_that_does_not_fit_names_its_field_and_the_rule(
    row: Row, format: str, field: str, rule: str
) -> None:
    kind = "rankings" if format in ("pairs", "hh", "ranked") else "demonstrations"
    with pytest.raises(RowError) as refused:
        ours(row, format, kind)
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_a_pair_can_become_a_prompt_or_the_demonstration_of_its_better_answer() -> None:
    pair = {"prompt": "Q", "chosen": "good", "rejected": "bad"}
    assert ours(pair, "pairs", "prompts") == {"prompt": "Q"}
    assert ours(pair, "pairs", "demonstrations") == {"prompt": "Q", "completion": "good"}
    tied = {"prompt": "Q", "responses": ["a", "b"], "scores": [1, 1]}
    with pytest.raises(RowError, match="no answer is better"):
        ours(tied, "ranked", "demonstrations")


def test_a_mapping_says_what_each_column_is(tmp_path: Path) -> None:
    row = {"问题": "天空？", "好": "蓝", "坏": "绿", "标签": "科学，自然", "批次": 3, "备注": "x"}
    columns = {
        "prompt": ["问题"],
        "chosen": ["好"],
        "rejected": ["坏"],
        "tags": ["标签"],
        "meta": ["批次"],
    }
    assert ours(row, "columns", "rankings", columns) == {
        "prompt": "天空？",
        "completions": ["蓝", "绿"],
        "ranking": [[0], [1]],
        "tags": ["科学", "自然"],
        "meta": {"批次": 3},
    }
    found = detect(write(tmp_path / "x.jsonl", [row]))
    assert found.best.format == "columns"
    assert found.guessed == {
        "prompt": ["问题"],
        "tags": ["标签"],
        "meta": ["好", "坏", "批次", "备注"],
    }


def test_what_cannot_be_a_tag_or_a_split_of_ours_is_kept_as_it_is() -> None:
    row = {"prompt": "Q", "chosen": "a", "rejected": "b", "split": "valid", "tags": "x; y"}
    found = ours(row, "pairs", "rankings")
    assert (found["split"], found["tags"]) == ("validation", ["x", "y"])
    found = ours(row | {"split": "test_1", "tags": ["C#"]}, "pairs", "rankings")
    assert found["meta"] == {"split": "test_1", "tags": ["C#"]}


def test_several_columns_are_several_answers_with_ranks_or_scores() -> None:
    row = {"q": "Q", "answer_1": "a", "answer_2": "b", "r1": "2", "r2": "1"}
    columns = {"prompt": ["q"], "completions": ["answer_1", "answer_2"], "ranks": ["r1", "r2"]}
    assert ours(row, "columns", "rankings", columns) == {
        "prompt": "Q",
        "completions": ["a", "b"],
        "ranking": [[1], [0]],
    }
    del columns["ranks"]
    with pytest.raises(RowError, match="nothing says which answer is better"):
        ours(row, "columns", "rankings", columns)
    row["answer_2"] = ""
    assert ours(row, "columns", "completions", columns) == {"prompt": "Q", "completions": ["a"]}


def test_one_prompt_with_several_answers_is_taken_for_answers_to_compare(tmp_path: Path) -> None:
    rows = [{"prompt": "Q", "completion": "a"}, {"prompt": "R", "completion": "a"}]
    found = detect(write(tmp_path / "x.jsonl", [*rows, *rows]))
    assert found.best.kinds == ["demonstrations", "completions"]
    found = detect(write(tmp_path / "x.jsonl", [*rows, {"prompt": "Q", "completion": "b"}]))
    assert found.best.kinds == ["completions", "demonstrations"]
    table = tmp_path / "x.csv"
    table.write_text("question,answer\nQ,a\nQ,b\n")
    assert choose(table, "x.csv", {}).plan.kind == "completions"
    table.write_text("question,answer\nQ,a\nR,b\n")
    assert choose(table, "x.csv", {}).plan.kind == "demonstrations"


def test_most_of_the_first_rows_decide_the_format(tmp_path: Path) -> None:
    pair = {"prompt": "Q", "chosen": "a", "rejected": "b"}
    found = detect(write(tmp_path / "x.jsonl", [{"text": "stray"}, b"broken", pair, pair]))
    assert (found.best.format, found.best.rows, found.looked_at) == ("pairs", 2, 4)


def test_a_prompt_that_begins_with_a_bracket_is_a_text_and_a_chat_in_a_cell_is_a_chat() -> None:
    table = Plan(FileKind("csv"), "rows", "prompts")
    assert table.row({"prompt": "[1] cites?"})["prompt"] == "[1] cites?"
    chat = '[{"role": "user", "content": "Hi"}]'
    assert table.row({"prompt": chat})["prompt"] == [{"role": "user", "content": "Hi"}]
    pair = {"prompt": "{x} is?", "chosen": "[a", "rejected": "b"}
    assert ours(pair, "pairs", "rankings")["completions"] == ["[a", "b"]
    scored = {"prompt": "[a]", "responses": '["x", "y"]', "scores": "[1, 2]"}
    assert ours(scored, "ranked", "rankings")["ranking"] == [[1], [0]]
