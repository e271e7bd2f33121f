"""Whoever reads Chinese is answered in Chinese: every sentence of a refusal has its translation."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from annotation.lib import json
from annotation.lib.translating import CATALOGUE, in_chinese, in_readers_language
from annotation.runs.kinds import allowed_in_words, schemas
from tests.cast import Cast, client_for

SOURCES = Path(__file__).parents[2] / "annotation"
# What is raised, and where its words stand in the call; None: in every value of the first argument.
WORDS = {"Refused": 1, "Conflict": 1, "Missing": 0, "__init__": 1, "NotFound": 0}
WORDS |= {"PermissionDenied": 0, "AuthenticationFailed": 0}


def test_every_refusal_has_its_chinese_words() -> None:
    """Found in the code itself: a new sentence without a translation fails here by name."""
    catalogue = json.loads(CATALOGUE.read_bytes())
    said = {words for path in SOURCES.rglob("*.py") for words in _refusals(path)}

    assert len(said) > 150
    assert sorted(said - set(catalogue)) == []


def test_a_translation_keeps_every_value() -> None:
    catalogue = json.loads(CATALOGUE.read_bytes())

    assert [key for key, words in catalogue.items() if key.count("{}") != words.count("{}")] == []


def test_values_stand_in_the_translation_as_they_stood_in_the_sentence() -> None:
    assert in_chinese("Choose 2 to 9.") == "请在 2 到 9 之间选择。"
    assert in_chinese("There is a group 'a {} b' already.") == "已有名为 'a {} b' 的分组。"
    assert in_chinese("This report is dismissed already.") == "该举报已是已驳回状态。"
    assert in_chinese("Nobody translated this.") == "Nobody translated this."
    with translation.override("en"):
        assert in_readers_language("Choose 2 to 9.") == "Choose 2 to 9."


def test_the_range_of_every_setting_is_told_in_chinese() -> None:
    ranges = {
        allowed_in_words(field)
        for schema in schemas().values()
        for field in schema["properties"].values()
    }
    told = {one: in_chinese(f"x: 1 is not allowed; allowed: {one}") for one in ranges}

    begun = "x：不允许 1；允许的取值："
    assert told["a whole number >= 1 and <= 8"] == begun + "整数 >= 1 且 <= 8"
    assert told["a number > 0 and <= 1000 or empty"] == begun + "数字 > 0 且 <= 1000，或留空"
    assert told["true or false"] == begun + "true 或 false"
    assert in_chinese("x: 1 is not allowed; allowed: one of a, b") == begun + "其中之一：a, b"
    assert [one for one, words in told.items() if words.endswith("：" + one)] == []
    # what a person wrote is nobody's range
    assert in_chinese("x: 1 is not allowed; allowed: this or that") == begun + "this or that"


@pytest.mark.django_db
def test_an_admin_who_reads_chinese_is_refused_in_chinese(cast: Cast) -> None:
    url = f"/api/v1/projects/{cast.project.pk}/groups"
    admin = client_for(cast.admin)
    first = admin.post(url, {"name": "医学"}, format="json")
    again = admin.post(url, {"name": "医学"}, format="json", headers={"accept-language": "zh-hans"})
    blank = admin.post(url, {"name": ""}, format="json", headers={"accept-language": "zh-hans"})

    assert first.status_code == 201
    assert again.json()["title"] == "已有名为 '医学' 的分组。"
    assert blank.json()["title"] == "请求不符合规则，详见各项错误。"
    assert blank.json()["errors"][0]["message"] == "该字段不能为空。"


def _refusals(path: Path) -> Iterator[str]:
    if "migrations" in path.parts or "local" in path.parts:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name == "ValidationError":
            yield from _leaves(node.args[0]) if node.args else ()
        elif name == "Invalid":
            yield from (
                words
                for one in node.args
                if isinstance(one, ast.Tuple) and len(one.elts) == 3
                for words in _sentences(one.elts[2])
            )
        elif name in WORDS and len(node.args) > WORDS[name]:
            if name == "__init__" and not isinstance(node.args[0], ast.Constant):
                continue
            yield from _sentences(node.args[WORDS[name]])


def _leaves(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Dict):
        for value in node.values:
            yield from _leaves(value)
    elif isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield from _leaves(element)
    elif isinstance(node, ast.DictComp):
        yield from _leaves(node.value)
    else:
        yield from _sentences(node)


def _sentences(node: ast.expr) -> Iterator[str]:
    """What the expression says, `{}` for its values; nothing where it is a name."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from _sentences(node.body)
        yield from _sentences(node.orelse)
