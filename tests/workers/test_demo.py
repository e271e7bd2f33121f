"""The demonstration's parts: its texts, its hidden preference, its labelers, its figures."""

import dataclasses
import random
import re
from statistics import fmean
from xml.etree import ElementTree

import pytest

from workers.demo.campaigns import CAMPAIGNS, SHARES, share_out
from workers.demo.figures import gain, mean_over_prompts
from workers.demo.labelers import STAFF, Labeler, felt_scores, tiers, write_demonstration
from workers.demo.plots import Bar, Line, interval_plot, line_plot
from workers.demo.policy import text_lines
from workers.demo.scorer import Features, count_features, hidden_score, weigh
from workers.demo.text import (
    CAREFUL,
    Language,
    answer,
    dialogues,
    draw_style,
    prompts,
    shuffled_prompts,
)
from workers.demo.text_en import ENGLISH
from workers.demo.text_zh import CHINESE

LANGUAGES = [pytest.param(ENGLISH, id="en"), pytest.param(CHINESE, id="zh")]
MIDDLING = Features(
    relevant=False,
    warm=False,
    particulars=0,
    asks=False,
    hedges=0,
    repeats=0,
    excess=0.0,
    unfinished=False,
)


def some_answers(language: Language, count: int = 2000) -> list[tuple[str, str]]:
    return list(dialogues(language, shuffled_prompts(language, 1), count, seed=1))


# --- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_seed_writes_the_same_texts_and_another_seed_others(language: Language) -> None:
    order = shuffled_prompts(language, 1)
    assert order == shuffled_prompts(language, 1)
    assert order != shuffled_prompts(language, 2)
    first = list(dialogues(language, order, 200, seed=1))
    assert first == list(dialogues(language, order, 200, seed=1))
    assert first != list(dialogues(language, order, 200, seed=2))


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_thousands_of_different_dialogues(language: Language) -> None:
    assert len({prompt.text for prompt in prompts(language)}) >= 1000
    assert len(set(some_answers(language))) > 1900
    assert len({reply for _, reply in some_answers(language)}) > 1000


@pytest.mark.parametrize("campaign", [pytest.param(c, id=c.language.code) for c in CAMPAIGNS])
def test_no_prompt_is_in_two_shares(campaign) -> None:
    shares = share_out(campaign.language, seed=1)
    texts = [prompt.text for listed in shares.values() for prompt in listed]
    assert len(texts) == len(set(texts)) == len(prompts(campaign.language))
    assert {name: len(shares[name]) for name in SHARES} == SHARES
    assert len(shares["pretraining"]) >= 400


@pytest.mark.parametrize("campaign", [pytest.param(c, id=c.language.code) for c in CAMPAIGNS])
def test_guidelines_break_no_line_inside_a_paragraph(campaign) -> None:
    blocks = campaign.guidelines.strip().split("\n\n")
    assert any(block.startswith("1. ") for block in blocks)
    for block in blocks:
        assert "\n" not in re.sub(r"\n(?=\d\. )", "", block), block


def test_the_policy_is_pretrained_on_no_prompt_that_is_used_later() -> None:
    written = "".join(text_lines(seed=1))
    for campaign in CAMPAIGNS:
        shares = share_out(campaign.language, seed=1)
        for name in SHARES:
            for prompt in shares[name]:
                assert f'"{prompt.text}"' not in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_well_formed(language: Language) -> None:
    """No part of the grammar shows, and every sentence ends as its language ends sentences."""
    for texts in some_answers(language):
        for text in texts:
            assert not re.search(r"[\[\]{}|]|\s\s|^\s|\s$", text), text
            assert not re.search(r"[,;:，；：、]$|[.!?。！？]{2}|[,，][.!?。！？]", text), text
            assert text[-1] in (".!?" if language is ENGLISH else "。！？"), text


def test_chinese_is_chinese_alone() -> None:
    """No Latin letters, digits, spaces or half-width punctuation slip in."""
    for texts in some_answers(CHINESE):
        for text in texts:
            assert re.fullmatch(r"[\u4e00-\u9fff，。！？：、]+", text), text


def test_english_sentences_begin_with_a_capital() -> None:
    for texts in some_answers(ENGLISH):
        for text in texts:
            for sentence in re.split(r"(?<=[.!?]) ", text):
                assert sentence[0].isupper(), text


# --- the hidden preference ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feature", "less", "more", "liked"),
    [
        ("relevant", False, True, True),
        ("warm", False, True, True),
        ("particulars", 0, 1, True),
        ("particulars", 1, 2, True),
        ("asks", False, True, True),
        ("hedges", 0, 1, False),
        ("hedges", 1, 2, False),
        ("repeats", 0, 1, False),
        ("excess", 0.0, 1.5, False),
        ("unfinished", False, True, False),
    ],
)
def test_the_preference_is_monotone_in_every_feature(feature, less, more, liked) -> None:
    low = weigh(dataclasses.replace(MIDDLING, **{feature: less}))
    high = weigh(dataclasses.replace(MIDDLING, **{feature: more}))
    assert (high > low) is liked


@pytest.mark.parametrize(
    ("language", "prompt", "worse", "better"),
    [
        ("en", "How can I sleep better?", "Go to bed early every night, even on Sunday.",
         "I am glad you asked. Go to bed early every night, even on Sunday."),
        ("en", "How can I sleep better?", "Maybe keep the bedroom dark, and open the window.",
         "Keep the bedroom dark, and open the window for a while."),
        ("en", "Describe a quiet park.", "There are many things to see in this nice place.",
         "There are five ducks and two red benches in this nice place."),
        ("en", "Describe a quiet park.", "Old men play chess under a tree in the park. They sing.",
         "Old men play chess under a tree in the park. Do they sing?"),
        ("en", "Describe a quiet park.", "Old men play chess under a tree. Old men play chess under a tree.",
         "Old men play chess under a tree. Young men play cards under a tree."),
        ("en", "Describe a quiet park.", "Old men play chess under a tree in the shade and",
         "Old men play chess under a tree in the shade and sing."),
        ("zh-Hans", "怎样才能睡得更好？", "也许可以把手机放到客厅再上床去。", "可以把手机放到客厅里再上床去。"),
        ("zh-Hans", "怎样才能睡得更好？", "把手机放到客厅再上床睡觉去就行。", "很高兴你来问我。把手机放到客厅再上床睡觉去就行。"),
        ("zh-Hans", "土豆怎么做才好吃？", "把萝卜切成薄片，下锅慢慢煎熟。", "把土豆切成薄片，下锅慢慢煎熟。"),
        ("zh-Hans", "土豆怎么做才好吃？", "土豆煮一会儿，压成泥，拌上黄油。", "土豆煮十五分钟，压成泥，拌上黄油。"),
    ],
)  # fmt: skip
def test_the_preference_reads_texts_as_people_would(language, prompt, worse, better) -> None:
    assert hidden_score(language, prompt, better) > hidden_score(language, prompt, worse)


@pytest.mark.parametrize("language", LANGUAGES)
def test_careful_writers_please_more_than_writers_of_every_kind(language: Language) -> None:
    chance = random.Random(1)
    listed = shuffled_prompts(language, 1)[:300]

    def mean_of(styles) -> float:
        return fmean(
            hidden_score(language.code, p.text, answer(language, p, styles(), chance))
            for p in listed
        )

    careful = mean_of(lambda: chance.choice(CAREFUL))
    assert careful > mean_of(lambda: draw_style(chance)) + 1


def test_an_empty_answer_has_a_score_too() -> None:
    assert count_features("en", "How can I sleep better?", "").unfinished
    assert hidden_score("zh-Hans", "", "") < 0


# --- labelers -----------------------------------------------------------------------------------


def agreement_with_preference(labeler: Labeler) -> float:
    """Share of the pairs with clearly different scores that the labeler puts in that order."""
    chance = random.Random(2)
    right = compared = 0
    for prompt in shuffled_prompts(ENGLISH, 1)[:150]:
        texts = {str(n): answer(ENGLISH, prompt, draw_style(chance), chance) for n in range(4)}
        found = tiers(felt_scores(labeler, "en", prompt.text, texts, seed=1))
        place = {key: number for number, tier in enumerate(found) for key in tier}
        assert sorted(place) == sorted(texts)
        scores = {key: hidden_score("en", prompt.text, text) for key, text in texts.items()}
        for a in texts:
            for b in texts:
                if scores[a] > scores[b] + 0.5 and place[a] != place[b]:
                    compared += 1
                    right += place[a] < place[b]
    return right / compared


def test_labelers_with_little_noise_agree_with_the_preference() -> None:
    assert agreement_with_preference(Labeler("precise", "Precise", noise=0.01)) == 1.0


def test_the_staff_differ_in_how_reliable_they_are() -> None:
    found = {one.username: agreement_with_preference(one) for one in STAFF}
    assert all(value > 0.6 for value in found.values())
    assert found["demo.ada"] > 0.95
    assert min(found, key=lambda name: found[name]) == "demo.gus"


def test_a_judgment_depends_on_what_is_read_not_on_ids_or_order() -> None:
    labeler = STAFF[1]
    texts = ["Well.", "I am glad you asked. Go to bed at ten.", "Maybe sleep.", "Good luck."]
    one = felt_scores(labeler, "en", "How can I sleep?", dict(zip("abcd", texts, strict=True)), 1)
    other = felt_scores(
        labeler, "en", "How can I sleep?", dict(zip("wxyz", reversed(texts), strict=True)), 1
    )
    assert [one[key] for key in "abcd"] == [other[key] for key in "zyxw"]
    assert one != felt_scores(
        labeler, "en", "How can I sleep?", dict(zip("abcd", texts, strict=True)), 2
    )


def test_answers_that_feel_alike_share_a_tier() -> None:
    assert tiers({"a": 1.0, "b": 2.0, "c": 1.95, "d": -3.0}) == [["b", "c"], ["a"], ["d"]]


def test_demonstrations_are_what_labelers_like_to_read() -> None:
    listed = shuffled_prompts(ENGLISH, 1)[:100]
    written = [write_demonstration(STAFF[0], ENGLISH, prompt, seed=1) for prompt in listed]
    scores = [hidden_score("en", p.text, w) for p, w in zip(listed, written, strict=True)]
    assert fmean(scores) > 2.3


# --- figures and plots --------------------------------------------------------------------------


def test_an_interval_covers_the_mean_and_narrows_with_more_prompts() -> None:
    chance = random.Random(3)
    few = {str(n): [chance.gauss(1, 1) for _ in range(4)] for n in range(20)}
    many = {str(n): [chance.gauss(1, 1) for _ in range(4)] for n in range(400)}
    small, large = mean_over_prompts(few, seed=1), mean_over_prompts(many, seed=1)
    assert small.low < small.value < small.high
    assert large.low < 1 < large.high
    # A mean over 4 of spread 1 has spread 1/2; over 400 prompts 1/40; 95 % are +-1.96 of these.
    assert large.high - large.low == pytest.approx(2 * 1.96 / 40, rel=0.15)
    assert mean_over_prompts(few, seed=1) == small


def test_a_gain_compares_prompt_by_prompt() -> None:
    """Prompts differ a lot, yet each one gains exactly 1: nothing is uncertain about that."""
    before = {str(n): [float(n), float(n)] for n in range(10)}
    after = {str(n): [n + 0.5, n + 1.5] for n in range(10)}
    found = gain(before, after, seed=1)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert found.above_zero
    assert not gain(after, before, seed=1).above_zero


def test_plots_are_well_formed_and_hold_every_point_inside_the_frame() -> None:
    drawn = line_plot("A <b>", [Line("kl", [(0, 0.0), (10, 3.5), (20, -1.0)])], "updates")
    root = ElementTree.fromstring(drawn)
    polyline = root.find("polyline")
    assert polyline is not None
    points = [tuple(map(float, pair.split(","))) for pair in polyline.attrib["points"].split()]
    assert len(points) == 3
    assert all(0 <= x <= 460 and 0 <= y <= 240 for x, y in points)
    assert points[1][1] < points[0][1] < points[2][1]  # SVG counts from the top
    bars = interval_plot("B & C", [Bar("x", 1.0, 0.5, 1.5), Bar("y", 2.0, 1.9, 2.1)], "policy")
    assert len(ElementTree.fromstring(bars).findall("circle")) == 2
