"""Whoever reads Chinese is answered in Chinese: every sentence of a refusal has its translation.

The sentences are found in the code itself, so that a new one without a translation fails here by name.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from annotation.lib import json
from annotation.lib.api import Told
from annotation.lib.translating import CATALOGUE, in_chinese, in_readers_language
from annotation.runs import rules
from annotation.runs.kinds import allowed_in_words, schemas
from tests.cast import Cast, client_for

ROOT = Path(__file__).parents[2]
# Whose words go to whoever runs commands or the demonstration, not to a reader of the web.
UNHEARD = {"migrations", "local", "management", "demo"}
# What is raised or called with words for people, and where they stand in the call.
WORDS: dict[str, int | str] = {
    **{"Refused": 1, "Conflict": 1, "TooLarge": 1, "NoSpace": 1, "StrictJSONError": 1},
    **{"Missing": 0, "ArtifactRefused": 0, "StorageFailed": 0, "UploadDamaged": 0, "Unusable": 0},
    **{"NotFound": 0, "PermissionDenied": 0, "AuthenticationFailed": 0, "ValidationError": 0},
    **{"ProblemResponse": 1, "invalid": 1, "refuse": 1, "_failure": 1},
    **{"fail": "message", "release": "message"},
}


def test_every_refusal_has_its_chinese_words() -> None:
    said = {words for function in _functions() for words in _refusals(function)}

    assert len(said) > 400
    assert sorted(said - set(_catalogue())) == []


def test_every_kind_of_refusal_is_listened_to() -> None:
    kinds = [
        node.name
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        if {getattr(base, "id", "") for base in node.bases} & {"Refused", "Conflict", "Missing"}
    ]

    assert set(kinds) - {"Invalid"} <= set(WORDS)  # its problems are found wherever they are made


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise invalid('k', f'k: {k} is odd')", "k: {} is odd"),
        ("refuse('k', 'it is odd')", "{}: it is odd"),
        ("errors.append(('k', 'odd', f'{k} is odd.'))", "{} is odd."),
        ("yield (f'k[{n}]', 'odd', 'It is odd.')", "It is odd."),
        ("return 'odd', 'It is odd.'", "It is odd."),
        ("words = 'It is odd.'\n raise Conflict('odd', words)", "It is odd."),
        ("raise Refused('odd', 'It is odd.' if k else 'It is even.')", "It is even."),
        ("missing['k'] = ['It is odd.']\n raise ValidationError(missing)", "It is odd."),
        ("lifecycle.fail(lease, code='odd', message='It is odd.')", "It is odd."),
    ],
)
def test_a_sentence_is_found_however_it_is_said(code: str, said: str) -> None:
    function = ast.parse(f"def f(k):\n {code}").body[0]
    assert isinstance(function, ast.FunctionDef)

    assert said in set(_refusals(_read(function)))


def test_every_sentence_is_translated_by_its_own_words() -> None:
    """No wider sentence, such as "launch: {}", is taken for it."""
    wrong = {}
    for english, chinese in _catalogue().items():
        told = in_chinese(_filled(english))
        if told != _filled(chinese):
            wrong[english] = told

    assert wrong == {}


def test_every_rule_between_settings_is_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    never = {name: (words, lambda *_: False) for name, (words, _) in rules._TESTS.items()}
    monkeypatch.setattr(rules, "_TESTS", never)
    found = {
        words
        for schema in schemas().values()
        for rule in schema.get("rules", [])
        for _, words in rules.broken([rule], _values_for(rule))
    }

    assert len(found) > 5
    assert [one for one in map(in_chinese, found) if re.search(" must | with | or |: ", one)] == []


def test_a_translation_keeps_every_value() -> None:
    catalogue = _catalogue()

    assert [key for key, words in catalogue.items() if key.count("{}") != words.count("{}")] == []


def test_values_stand_in_the_translation_as_they_stood_in_the_sentence() -> None:
    assert in_chinese("Choose 2 to 9.") == "请在 2 到 9 之间选择。"
    assert in_chinese("There is a group 'a {} b' already.") == "已有名为 'a {} b' 的分组。"
    assert in_chinese("This report is dismissed already.") == "该举报已是已驳回状态。"
    assert in_chinese("Nobody translated this.") == "Nobody translated this."
    with translation.override("en"):
        assert in_readers_language("Choose 2 to 9.") == "Choose 2 to 9."


def test_a_reason_within_a_sentence_is_translated_too() -> None:
    why = "two.yaml: num_processes: 2; distributed_type NO is one process"
    damaged = "The stored file is not what was handed in: a.jsonl: the bytes from 3 are missing."
    twice = "line 4: the key 'a' stands twice"

    assert in_chinese(f"launch: {why}") == f"launch：{in_chinese(why)}"
    assert in_chinese(damaged).endswith("不一致：a.jsonl：从第 3 字节起的内容缺失。")
    assert in_chinese(twice) == "第 4 行：键 'a' 出现了两次"
    # a name is what a person wrote, whatever it says
    assert in_chinese("There is a group x is missing. already.").count("x is missing.") == 1


def test_why_a_run_failed_is_told_in_the_readers_language() -> None:
    why = "It waited for ppo run 3, which failed: the worker w1 fell silent"
    with translation.override("zh-hans"):
        assert Told().to_representation(why) == "它等待的 ppo 运行 3 失败了：工作进程 w1 失去联系"
        assert Told().to_representation("This is no id.\nOdd.") == "这不是有效的编号。\nOdd."
    with translation.override("en"):
        assert Told().to_representation(why) == why


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


@dataclass(frozen=True)
class _Function:
    """A function or class: what it is made of, and what its names may stand for."""

    nodes: list[ast.AST]
    values: dict[str, list[ast.expr]]


@cache
def _catalogue() -> dict[str, str]:
    found: dict[str, str] = json.loads(CATALOGUE.read_bytes())
    return found


@cache
def _trees() -> list[ast.Module]:
    """All that runs for the web: the server, and the workers that say why a run failed."""
    paths = [path for name in ("annotation", "workers") for path in (ROOT / name).rglob("*.py")]
    heard = [path for path in paths if UNHEARD.isdisjoint(path.parts[len(ROOT.parts) :])]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in heard]


def _functions() -> Iterator[_Function]:
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield _read(node)


def _read(node: ast.FunctionDef | ast.ClassDef) -> _Function:
    # the methods of a class are functions of their own
    nodes = list(ast.walk(node)) if isinstance(node, ast.FunctionDef) else list(node.body)
    values: dict[str, list[ast.expr]] = defaultdict(list)
    for each in nodes:
        targets: list[ast.expr] = getattr(each, "targets", [getattr(each, "target", ast.Pass())])
        value: ast.expr | None = getattr(each, "value", None)
        for target in targets if value is not None else ():
            if isinstance(target, ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name):
                values[target.id].append(value)
    return _Function(nodes, values)


@cache
def _answers() -> dict[str, list[tuple[_Function, ast.expr]]]:
    """What functions give back, by their names: words are made in one and said in another."""
    found = defaultdict(list)
    for tree in _trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or not _gives_words(node):
                continue
            function = _read(node)
            for each in function.nodes:
                if isinstance(each, ast.Return) and each.value is not None:
                    found[node.name].append((function, each.value))
    return found


def _gives_words(node: ast.FunctionDef) -> bool:
    return node.returns is not None and "str" in ast.unparse(node.returns)


def _refusals(function: _Function) -> Iterator[str]:
    """The sentences for people that are said in it, `{}` for their values."""
    for node in function.nodes:
        if isinstance(node, ast.Call):
            yield from _called(node, function)
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3:  # field, rule and words
            yield from filter(_is_sentence, _sentences(node.elts[2], function))
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            parts = node.value.elts
            if len(parts) == 2 and isinstance(parts[0], ast.Constant):  # rule and words
                yield from filter(_is_sentence, _sentences(parts[1], function))
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_detail":
            yield from _sentences(node.value, function)


def _called(node: ast.Call, function: _Function) -> Iterator[str]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    place = WORDS.get(name)
    if name == "__init__" and node.args and isinstance(node.args[0], ast.Constant):
        place = 1  # of a refusal with words of its own
    if name == "refuse" and isinstance(node.func, ast.Attribute):
        return  # a row of a file; the page says it by its rule
    if isinstance(place, int):
        words = node.args[place : place + 1]
    else:
        words = [each.value for each in node.keywords if place and each.arg == place]
    before = "{}: " if name == "refuse" else ""  # the function puts the field there
    for said in (said for each in words for said in _sentences(each, function)):
        if re.search("[a-z]", said):
            yield before + said


def _is_sentence(words: str) -> bool:
    """And no name or code."""
    return re.search(r"[a-z]{2,}[^ ]* .*[a-z]{2,}", words) is not None


def _sentences(node: ast.AST, function: _Function, deep: int = 4) -> Iterator[str]:
    """What the expression may say, `{}` for its values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    for further, where in _further(node, function) if deep else ():
        yield from _sentences(further, where, deep - 1)


def _further(node: ast.AST, function: _Function) -> Iterator[tuple[ast.AST, _Function]]:
    """What an expression says by others: branches, parts, names, and answers of functions."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.BoolOp | ast.Dict):
        parts = node.values
    elif isinstance(node, ast.List | ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.DictComp):
        parts = [node.value]
    elif isinstance(node, ast.Name):
        parts = function.values.get(node.id, [])
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        yield from ((value, where) for where, value in _answers().get(name, []))
    yield from ((part, function) for part in parts)


def _filled(pattern: str) -> str:
    """With a value in each place: «1», «2», …"""
    first, *others = pattern.split("{}")
    return first + "".join(f"«{n}»{part}" for n, part in enumerate(others, 1))


def _values_for(rule: dict[str, Any]) -> dict[str, Any]:
    """Values with which the rule applies."""
    when = {name: allowed[0] for name, allowed in rule.get("when", {}).items()}
    return dict.fromkeys(rules.settings_in(rule), 7) | when
