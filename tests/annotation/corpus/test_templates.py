"""Prompts made of a template and rows of values."""

from typing import Any

import pytest

from annotation.corpus.models import Prompt
from tests.annotation.corpus.console import Console
from tests.cast import Cast

pytestmark = pytest.mark.django_db
WORDING: dict[str, Any] = {
    "name": "capital",
    "system": "You know {{topic}}.",
    "examples": [{"input": "Capital of Peru?", "output": "Lima"}],
    "body": "Capital of {{国家}}? Braces: \\{{x}}",
}


@pytest.fixture
def console(cast: Cast) -> Console:
    return Console(cast)


class Desk:
    """A template and the set that it fills."""

    def __init__(self, console: Console, purpose: str = "reward", **wording: Any) -> None:
        self.console = console
        self.prompt_set = console.make_set(purpose, f"made for {purpose}")
        self.template = self.save(**wording)

    def save(self, status: int = 200, **wording: Any) -> Any:
        path = self.console.of_project("prompt-templates")
        return self.console.send("post", path, WORDING | wording, status)

    def fill(self, table: str, form: str = "csv", act: str = "prompts", status: int = 200) -> Any:
        body = {
            "version": self.template["versions"][0]["id"],
            "prompt_set": self.prompt_set,
            "table": table,
            "form": form,
        }
        path = f"prompt-templates/{self.template['id']}/{act}"
        return self.console.send("post", path, body, status)


def numbers(outcome: Any) -> list[int]:
    return [outcome[name] for name in ("rows", "new", "repeated", "already", "refused")]


def test_rows_become_prompts_that_remember_where_they_come_from(console: Console) -> None:
    desk = Desk(console)
    assert desk.template["versions"][0]["variables"] == ["topic", "国家"]
    table = "topic,国家,note\nmaps,France,x\nmaps,{{topic}},y\nmaps,France,z\n"
    seen = desk.fill(table, act="preview")
    assert numbers(seen) == [3, 2, 1, 0, 0]
    assert seen["unused"] == ["note"]
    assert seen["prompts"][0]["messages"] == [
        {"role": "system", "content": "You know maps."},
        {"role": "user", "content": "Capital of Peru?"},
        {"role": "assistant", "content": "Lima"},
        {"role": "user", "content": "Capital of France? Braces: {{x}}"},
    ]
    # a value that looks like a variable stays text
    assert seen["prompts"][1]["messages"][-1]["content"].startswith("Capital of {{topic}}?")
    assert Prompt.objects.count() == 0
    assert numbers(desk.fill(table)) == [3, 2, 1, 0, 0]
    assert numbers(desk.fill(table)) == [3, 0, 1, 2, 0]
    first = Prompt.objects.order_by("pk")[0]
    assert first.meta["template"] == {
        "id": desk.template["id"],
        "name": "capital",
        "version": 1,
        "values": {"topic": "maps", "国家": "France"},
    }


def test_a_bad_row_names_row_and_variable_and_the_rest_goes_on(console: Console) -> None:
    desk = Desk(console)
    lines = (
        '{"topic": "maps", "国家": "Chad"}\n{"topic": "maps"}\n'
        '{"topic": ["x"], "国家": ""}\n{"topic": 7, "国家": "Mali"}'
    )
    made = desk.fill(lines, "jsonl")
    assert numbers(made) == [4, 2, 0, 0, 2]
    assert [(one["row"], one["variable"], one["rule"]) for one in made["issues"]] == [
        (2, "国家", "missing"),
        (3, "topic", "wrong_type"),
        (3, "国家", "missing"),
    ]
    assert "row 2" in made["issues"][0]["message"]


@pytest.mark.parametrize(
    ("table", "form", "rule"),
    [
        ("", "csv", "blank"),
        ("topic\n", "csv", "empty"),
        ("topic,topic\n1,2", "csv", "column_twice"),
        ("topic\n1,2", "csv", "too_many_cells"),
        ('topic\n"open', "csv", "bad_csv"),
        ("[1]", "jsonl", "wrong_type"),
        ("{", "jsonl", "bad_json"),
    ],
)
def test_a_broken_table_is_refused(console: Console, table: str, form: str, rule: str) -> None:
    refused = Desk(console).fill(table, form, status=400)
    assert refused["errors"][0]["field"] == "table"
    assert refused["errors"][0]["rule"] in (rule, "syntax", "not_json")


def test_a_template_has_versions_and_open_braces_are_refused(console: Console) -> None:
    desk = Desk(console)
    same = desk.save()
    assert [one["number"] for one in same["versions"]] == [1]
    assert [one["number"] for one in desk.save(body="{{topic}}!")["versions"]] == [2, 1]
    for part, wording in {
        "body": {"body": "Hello {{ name"},
        "system": {"system": "{{1}}"},
        "examples[0].output": {"examples": [{"input": "a", "output": "{{}}"}]},
    }.items():
        refused = desk.save(400, **wording)
        assert [one["field"] for one in refused["errors"]] == [part]


def test_rows_come_from_a_prompt_set_and_one_side_stays_one_side(console: Console) -> None:
    desk = Desk(console, "rl", system="", examples=[], body="Translate: {{prompt}}")
    source = console.make_set("evaluation", "source")
    console.add(source, "Hello", "Good night")
    ranked = console.make_set("reward", "ranked")
    console.add(ranked, "Translate: Hello")
    body = {
        "version": desk.template["versions"][0]["id"],
        "prompt_set": desk.prompt_set,
        "source": source,
    }
    path = f"prompt-templates/{desk.template['id']}/prompts"
    made = console.send("post", path, body)
    assert numbers(made) == [2, 1, 0, 0, 1]
    assert [(one["row"], one["rule"]) for one in made["issues"]] == [(1, "prompt_on_one_side_only")]
    assert console.found(desk.prompt_set) == ["Translate: Good night"]
