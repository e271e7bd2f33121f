"""Whoever reads Chinese is answered in Chinese: every sentence of a refusal has its translation.

The sentences are found in the code itself, so that a new one without a translation fails here by name.
"""

import ast
import re
from collections import ChainMap
from functools import cache
from typing import Any

import pytest
from django.utils import translation

from annotation.lib import json
from annotation.lib.api import Told
from annotation.lib.translating import CATALOGUES, in_chinese, in_readers_language
from annotation.runs import rules
from annotation.runs.kinds import (
    KINDS,
    STAGE_SCHEMAS,
    WORKERS_OWN,
    allowed_in_words,
    schema_of,
    schemas,
)
from tests.cast import Cast, client_for
from tests.contracts.sentences import ROOT, Code, Function, Place

# Whose words go to whoever runs commands or the demonstration, not to a reader of the web.
UNHEARD = {"migrations", "local", "management", "demo"}
# What is raised or called with words for people, and where they stand in the call.
PLACES = {
    **dict.fromkeys(("Refused", "Conflict", "TooLarge", "NoSpace", "StrictJSONError"), Place(1)),
    **dict.fromkeys(
        ("Missing", "NameTaken", "ArtifactRefused", "StorageFailed", "Unusable"), Place(0)
    ),
    **dict.fromkeys(("UploadDamaged", "NotFound", "PermissionDenied"), Place(0)),
    **dict.fromkeys(("AuthenticationFailed", "ValidationError"), Place(0)),
    **dict.fromkeys(("ProblemResponse", "invalid", "_failure"), Place(1)),
    "refusal": Place(1, before="{}: "),  # the function puts the field there
    **dict.fromkeys(("fail", "release", "put_back", "note"), Place("message")),  # why a run stopped
    **dict.fromkeys(("NotGathered", "HostFailed"), Place(0)),
    **{"NoAnswer": Place(1), "Unavailable": Place(0), "_Again": Place(0)},  # of a model server
    "move": Place("reason"),  # a plan that pauses by itself
}


@cache
def catalogue() -> dict[str, str]:
    found = [json.loads(path.read_bytes()) for path in CATALOGUES]
    assert sum(map(len, found)) == len(dict(ChainMap(*found)))  # no sentence stands in both
    return dict(ChainMap(*found))


@cache
def heard() -> Code:
    """All that runs for the web: the server, and the workers that say why a run failed."""
    paths = [path for name in ("annotation", "workers") for path in (ROOT / name).rglob("*.py")]
    return Code(
        (path for path in paths if UNHEARD.isdisjoint(path.parts[len(ROOT.parts) :])), PLACES
    )


def test_every_refusal_has_its_chinese_words() -> None:
    said = heard().sentences()

    assert len(said) > 400
    assert sorted(said - set(catalogue())) == []


def test_every_kind_of_refusal_is_listened_to() -> None:
    kinds = heard().classes_under({"Refused", "Conflict", "Missing"})

    assert kinds - {"Invalid"} <= set(PLACES)  # its problems are found wherever they are made


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise invalid('k', f'k: {k} is odd')", "k: {} is odd"),
        ("refusal('k', 'it is odd')", "{}: it is odd"),
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

    assert said in set(heard().said_in(Function.read(function)))


def test_every_sentence_is_translated_by_its_own_words() -> None:
    """No wider sentence, such as "launch: {}", is taken for it."""
    wrong = {}
    for english, chinese in catalogue().items():
        told = in_chinese(_filled(english))
        if told != _filled(chinese):
            wrong[english] = told

    assert wrong == {}


def test_every_setting_of_every_kind_of_run_has_its_chinese_words() -> None:
    path = ROOT / "frontend" / "src" / "locales" / "settings.zh-Hans.json"
    words = json.loads(path.read_bytes())
    asked = {name for kind in KINDS for name in schema_of(kind)["properties"]} | WORKERS_OWN

    assert {"further_reward_versions", "adjudicated", "baseline_reward_version"} <= asked
    assert sorted(name for name in asked if not all(words.get(name, [""]))) == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_every_choice_of_every_setting_has_its_name_and_its_line(language: str) -> None:
    path = ROOT / "frontend" / "src" / "locales" / f"options.{language}.json"
    words = json.loads(path.read_bytes())
    stages = json.loads(STAGE_SCHEMAS.read_bytes())
    fields = [
        one
        for stage in (*stages.values(), *schemas().values())
        for one in stage["properties"].items()
    ]
    choices = {
        (name, value)
        for name, field in fields
        for option in field.get("anyOf", [field])
        for value in option.get("enum", [])
    }

    assert {("ties", "rao_kupper"), ("adjudicated", "replace")} <= choices
    assert {(name, value) for name, told in words.items() for value in told} == choices
    assert [one for one in choices if not all(words[one[0]][one[1]])] == []


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
    words = catalogue()

    assert [key for key in words if key.count("{}") != words[key].count("{}")] == []


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


def _filled(pattern: str) -> str:
    """With a value in each place: «1», «2», …"""
    first, *others = pattern.split("{}")
    return first + "".join(f"«{n}»{part}" for n, part in enumerate(others, 1))


def _values_for(rule: dict[str, Any]) -> dict[str, Any]:
    """Values with which the rule applies."""
    when = {name: allowed[0] for name, allowed in rule.get("when", {}).items()}
    return dict.fromkeys(rules.settings_in(rule), 7) | when
