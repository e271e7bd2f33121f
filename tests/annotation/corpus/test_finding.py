"""Searching in both languages, and prompts that are nearly the same."""

import gzip
import json

import pytest

from annotation.corpus import finding
from annotation.corpus.fingerprints import grams_of, shingles_of, similarity
from annotation.corpus.grams import is_short, wanted_grams
from annotation.corpus.imports import PromptImporter, run_import
from annotation.corpus.indexing import take_fingerprints
from annotation.corpus.lines import read_lines
from annotation.corpus.models import PendingPrompt, PromptFingerprint, PromptLink, PromptSet
from tests.annotation.corpus.console import Console
from tests.cast import Cast
from tests.shared import shared

pytestmark = pytest.mark.django_db
RAIN = "请写一首关于春雨的诗，要求押韵，并且不超过八行。"
TEXTS = (RAIN, "Explain why AI rains data.", "100% sure_ about C#?", "He said: paint it.")
SEARCHES = {
    "春雨": [RAIN],
    "关于春": [RAIN],
    "雨": [RAIN],
    "诗，": [RAIN],
    "雨春": [],
    "RAIN": [TEXTS[1]],
    "ai": [TEXTS[1]],  # a word begins so; "said" and "paint" only hold it
    "0% sure_": [TEXTS[2]],
    "C#": [TEXTS[2]],
    "nothing like it": [],
    "role": [],  # JSON's own words are not the prompt's
    ": p": [TEXTS[3]],
}


@pytest.fixture
def console(cast: Cast) -> Console:
    return Console(cast)


@pytest.mark.parametrize("indexed", [False, True], ids=["not yet indexed", "indexed"])
def test_a_search_finds_the_same_before_and_after_its_index_is_there(
    console: Console, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LOOK_FIRST", 1)  # else a set of four is simply read
    prompt_set = console.make_set()
    console.add(prompt_set, *TEXTS)
    if indexed:
        take_fingerprints()
        assert not PendingPrompt.objects.exists()
        assert PromptFingerprint.objects.count() == len(TEXTS)
    assert {words: console.found(prompt_set, search=words) for words in SEARCHES} == SEARCHES


def test_every_piece_that_a_search_looks_up_is_a_piece_of_the_text() -> None:
    texts = [*TEXTS, "Ünïcode über Straße", "한국어 문장", "mixed 中英 text 10月", "a", "雨"]
    for text, grams in zip(texts, grams_of(texts), strict=True):
        have = set(grams.tolist())
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + 8) + 1):
                if not is_short(text[start:end]):
                    assert set(wanted_grams(text[start:end])) <= have, text[start:end]


def test_the_similarity_is_jaccards() -> None:
    # pieces of two: 春雨 雨天 | 春雨 雨水: one of three in common; abcd bcde | abcd bcdx
    pairs = {("春雨天", "春雨水"): 1 / 3, ("abcde", "ABCDx!"): 1 / 3, ("a  b", "A b."): 1.0}
    for (one, other), expected in pairs.items():
        assert similarity(*shingles_of([one, other])) == pytest.approx(expected)


def test_near_duplicates_are_found_and_merely_similar_ones_are_not(console: Console) -> None:
    prompt_set = console.make_set()
    planted = "Please summarise the following article in three sentences for a busy reader."
    console.add(
        prompt_set,
        planted,
        planted.replace("three", "four"),
        "Please summarise the plot of Hamlet for a school class.",
        RAIN,
        RAIN.replace("八", "六").rstrip("。"),
        "请写一首关于冬雪的诗，不要押韵。",
        "What is the capital of France?",
        "What is the capital of Spain?",
    )
    assert console.groups() == [
        {RAIN, RAIN.replace("八", "六").rstrip("。")},
        {planted, planted.replace("three", "four")},
    ]
    assert len(console.found(prompt_set, near="true")) == 4
    assert console.groups(at_least="0.95") == []


def test_a_leak_from_evaluation_into_ranking_is_found_across_sets(console: Console) -> None:
    ranked, held_out = console.make_set(), console.make_set("evaluation", "held out")
    (one,) = console.add(ranked, "How do vaccines train the immune system? Explain to a child.")
    console.groups()  # compared before the other one comes
    (other,) = console.add(
        held_out, "How do vaccines train the immune system?  Explain to a child!"
    )
    console.add(ranked, RAIN, RAIN + "谢谢")
    found = console.groups(across="true")
    assert len(found) == 1
    near = console.get(f"prompts/{other}")["near"]
    assert [(row["id"], row["prompt_set"]["id"]) for row in near] == [(one, ranked)]
    console.act("retire", ids=[one])
    assert console.groups(across="true") == []


def test_versions_of_one_set_do_not_count_as_duplicates(console: Console) -> None:
    prompt_set = console.make_set()
    console.add(prompt_set, RAIN)
    console.send("post", f"prompt-sets/{prompt_set}/versions", {}, 201)
    assert console.groups() == []


def test_projects_never_meet(cast: Cast, console: Console) -> None:
    console.add(console.make_set(), RAIN)
    other = PromptSet.objects.create(
        project=cast.other_project, name="x", purpose="reward", language="zh-Hans"
    )
    other.prompts.create(messages=[{"role": "user", "content": RAIN}], text_hash="a" * 64)
    take_fingerprints()
    assert not PromptLink.objects.exists()


def test_imported_prompts_are_compared_too(cast: Cast, console: Console) -> None:
    prompt_set = PromptSet.objects.get(pk=console.make_set("evaluation"))
    path = shared("data/prompts") / "prompts_zh.jsonl.gz"
    counts = run_import(PromptImporter(prompt_set), read_lines(path))
    assert take_fingerprints() == counts.added
    with gzip.open(path, "rt") as lines:
        texts = {json.loads(line)["prompt"] for line in lines}
    found = console.groups()
    assert all(group <= texts and len(group) >= 2 for group in found)
