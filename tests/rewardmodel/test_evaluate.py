"""The evaluation of reward models says where they are right, beside what they must beat."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.breakdowns import (
    accuracy_by_kind,
    ensemble_figures,
    judged_pairs,
    length_bucket,
    paired_difference,
    reliability,
)
from rewardmodel.chances import WinOdds
from rewardmodel.config import EvaluateConfig
from rewardmodel.ensemble import RewardEnsemble, combine_members, disagreement, load_ensemble
from rewardmodel.errors import Refused
from rewardmodel.evaluate import overlap_figures, run_evaluate
from rewardmodel.evaluate_reward import reward_figures
from rewardmodel.groups import Group
from rewardmodel.models import new_reward_model
from rewardmodel.rankings import Pair, Ranking, write_snapshot
from rewardmodel.report_html import report_page
from tests.rewardmodel.conftest import (
    CPU,
    ask,
    events_of,
    left_out_of,
    one_long_prompt,
    open_run,
    small_reward_model,
    tiny_policy,
    toy_rankings,
    write_run,
)

LN3 = math.log(3)


def group(name: str, lengths: tuple[int, int], **fields: Any) -> Group:
    """A ranking of two: the first is better."""
    return Group(
        prompt_key=name,
        prompt_ids=[1],
        completion_ids=[[2], [3]],
        text_lengths=list(lengths),
        pairs=[Pair(0, 1, False, False, 1, 1, False)],
        tiers=[0, 1],
        weight=1.0,
        id=name,
        **fields,
    )


GROUPS = [
    group("a", (40, 10), labeler="labeler", lang="en", source="round 1"),
    group("b", (40, 10), labeler="labeler", lang="en", source="round 2"),
    group("c", (10, 40), labeler="second labeler", lang="zh", source="round 2"),
    group("d", (30, 30), labeler="second labeler", lang="zh", source="round 2"),
]
SCORES = [[LN3, 0.0], [0.0, LN3], [LN3, 0.0], [1.0, 1.0]]


def test_accuracy_is_told_apart_by_labeler_language_source_and_length() -> None:
    by = accuracy_by_kind(judged_pairs(GROUPS, SCORES), samples=100, seed=0)
    values = {kind: {name: e["value"] for name, e in parts.items()} for kind, parts in by.items()}
    assert values == {
        "rank_gap": {"1": 2.5 / 4},
        "labeler": {"labeler": 0.5, "second labeler": 0.75},
        "language": {"en": 0.5, "zh": 0.75},
        "source": {"round 1": 1.0, "round 2": 0.5},
        "round": {"not named": 2.5 / 4},
        "length_gap": {
            "better is much shorter": 1.0,
            "about equal": 0.5,
            "better is much longer": 0.5,
        },
    }
    assert list(by["length_gap"]) == [
        "better is much shorter",
        "about equal",
        "better is much longer",
    ]
    assert by["language"]["zh"]["pairs"] == 2
    [pair] = judged_pairs([group("e", (15, 10))], SCORES[:1])
    assert length_bucket(pair) == "better is longer"


def test_accuracy_is_told_apart_by_round() -> None:
    groups = [
        replace(each, round=turn) for each, turn in zip(GROUPS, (10, 2, 2, None), strict=True)
    ]
    by = accuracy_by_kind(judged_pairs(groups, SCORES), samples=100, seed=0)
    assert {name: entry["pairs"] for name, entry in by["round"].items()} == {
        "2": 2,
        "10": 1,
        "not named": 1,
    }
    assert list(by["round"]) == ["2", "10", "not named"]


def test_reliability_sets_what_was_said_beside_what_happened() -> None:
    # three pairs said 3/4: two right, one wrong; one said 1/2. Both ways round: 1/4 mirrors 3/4.
    bins = reliability(judged_pairs(GROUPS, SCORES))
    found: list[Any] = [(b["low"], b["predicted"], b["observed"], b["pairs"]) for b in bins]
    assert found == [
        (0.2, pytest.approx(0.25), pytest.approx(1 / 3), 3),
        (0.5, pytest.approx(0.5), pytest.approx(0.5), 2),
        (0.7, pytest.approx(0.75), pytest.approx(2 / 3), 3),
    ]


def test_calibration_is_that_of_the_scores_before_they_were_stretched() -> None:
    stretched = [[2 * value for value in row] for row in SCORES]
    plain = reward_figures(GROUPS, [SCORES], [WinOdds()], samples=100, seed=0)
    scaled = reward_figures(GROUPS, [stretched], [WinOdds(scale=0.5)], samples=100, seed=0)
    for name in ("nll", "brier", "ece", "reliability"):
        assert scaled[name] == plain[name]


LN4 = math.log(4)


@pytest.mark.parametrize(
    ("kind", "better", "worse"), [("rao_kupper", 6, 1), ("davidson", 4, 1), (None, 4, 1)]
)
def test_a_reward_model_that_knows_ties_is_judged_by_its_own_chance_of_a_strict_pair(
    kind: str | None, better: int, worse: int
) -> None:
    """Rao-Kupper at eta = ln 2 and d = ln 4: P(win) 4/(4+2), P(loss) 1/(1+8), so 6 to 1 without ties.
    Davidson at nu = 1: 4/7 to 1/7. Where as many come true as were foretold, the calibration error is 0.
    """
    number = better + worse
    groups = [group(str(n), (1, 1)) for n in range(number)]
    scores = [[LN4 / 2, 0.0]] * better + [[0.0, LN4 / 2]] * worse
    odds = WinOdds(scale=2.0, tie_model=kind)
    figures = reward_figures(groups, [scores], [odds], samples=100, seed=0)
    chance = better / number
    assert figures["ece"] == pytest.approx(0, abs=1e-9)
    entropy = -chance * math.log(chance) - (1 - chance) * math.log(1 - chance)
    assert figures["nll"] == pytest.approx(entropy)
    assert figures["brier"] == pytest.approx(chance * (1 - chance))
    said = [(one["predicted"], one["observed"]) for one in figures["reliability"]]
    assert said[1] == (pytest.approx(chance), pytest.approx(chance))


def test_members_with_and_without_a_tie_model_are_judged_by_their_mean_log_odds() -> None:
    # 6 to 1 and 4 to 1: the square root of 24 to 1
    odds = [WinOdds(tie_model="rao_kupper"), WinOdds()]
    members = [[[LN4, 0.0]], [[LN4, 0.0]]]
    figures = reward_figures(GROUPS[:1], members, odds, samples=100, seed=0)
    assert figures["nll"] == pytest.approx(math.log(1 + 1 / math.sqrt(24)))


def test_an_ensemble_says_where_its_members_disagree() -> None:
    other = [[1.0, 0.0], [1.0, 0.0], [0.0, 3.0], [1.0, 0.0]]
    found = ensemble_figures(GROUPS, [SCORES, other], samples=100, seed=0)
    assert [entry["value"] for entry in found["member_accuracy"]] == [2.5 / 4, 3 / 4]
    # pair a is ordered alike; mean scores of the others: b wrong (1/2, ln3/2), c wrong, d right
    assert (found["unanimous"]["value"], found["unanimous"]["pairs"]) == (1.0, 1)
    assert (found["split"]["value"], found["split"]["pairs"]) == (pytest.approx(1 / 3), 3)


def test_members_combine_by_mean_least_or_cautious_mean() -> None:
    members = torch.tensor([[1.0, 4.0], [3.0, 0.0]])
    assert combine_members(members, "mean", 0.0).tolist() == [2.0, 2.0]
    assert combine_members(members, "min", 0.0).tolist() == [1.0, 0.0]
    assert disagreement(members).tolist() == [1.0, 2.0]


def test_two_reward_models_are_compared_on_the_same_pairs() -> None:
    other = [[1.0, 0.0]] * 4
    ours, theirs = (judged_pairs(GROUPS, scores) for scores in (SCORES, other))
    assert paired_difference(ours, theirs, samples=100, seed=0)["value"] == (2.5 - 4) / 4


@pytest.fixture
def models(policy_folder: Path, tmp_path: Path) -> list[Path]:
    """Two reward models of different heads."""
    folders = [tmp_path / "first", tmp_path / "second"]
    for seed, folder in enumerate(folders):
        new_reward_model(policy_folder, CPU, seed=seed).save(folder)
    return folders


def evaluate(folder: Path, inputs: dict[str, Any], **settings: Any) -> dict[str, Any]:
    write_run(folder, "evaluate", {})
    document = json.loads((folder / "config.json").read_text())
    document["inputs"] = json.loads(json.dumps(inputs, default=str))
    (folder / "config.json").write_text(json.dumps(document))
    run = open_run(folder, "evaluate")
    report = run_evaluate(run, EvaluateConfig(device="cpu", bootstrap_samples=100, **settings))
    run.finish(report)
    found: dict[str, Any] = report.get("reward_model", report)
    return found


def test_an_ensemble_is_evaluated_beside_the_baseline_reward_model(
    models: list[Path], snapshot: Path, tmp_path: Path
) -> None:
    inputs = {"reward_models": models, "baseline_reward_model": models[0], "snapshot": snapshot}
    found = evaluate(tmp_path / "run", inputs)
    assert found["ensemble"]["members"] == 2
    assert found["baseline_reward_model"]["accuracy"] == found["ensemble"]["member_accuracy"][0]
    difference = found["baseline_reward_model"]["difference"]["value"]
    first = found["baseline_reward_model"]["accuracy"]["value"]
    assert found["accuracy"]["value"] - first == pytest.approx(difference)
    alone = evaluate(tmp_path / "alone", {"reward_model": models[0], "snapshot": snapshot})
    assert alone["accuracy"]["value"] == first
    assert "ensemble" not in alone


def test_rankings_that_the_baseline_reward_model_cannot_read_are_told_and_listed(
    models: list[Path], tmp_path: Path
) -> None:
    tiny_policy(context_tokens=32).save(tmp_path / "small")
    new_reward_model(tmp_path / "small", CPU, seed=3).save(tmp_path / "other")
    long = replace(toy_rankings(1, "validation")[0], id="long", prompt=ask("question " * 12))
    same = Ranking("same", ask("q"), ("x", "x"), ((0,), (1,)), split="validation")
    write_snapshot(tmp_path / "snapshot", [*toy_rankings(4, "validation"), long, same])
    folder = tmp_path / "run"
    inputs = {"baseline_reward_model": tmp_path / "other", "snapshot": tmp_path / "snapshot"}
    found = evaluate(folder, {"reward_model": models[0], **inputs})
    assert (found["rankings"], found["baseline_reward_model"]["rankings"]) == (5, 4)
    listed = {(entry["part"], entry["id"]) for entry in left_out_of(folder)}
    # what neither can use is told once
    assert listed == {("rankings", "same"), ("baseline reward model", "long")}
    warned = [event["message"] for event in events_of(folder, "warning")]
    assert any("row of baseline reward model" in message for message in warned)


def test_prompts_that_a_judge_or_the_baseline_cannot_read_are_left_out(
    policy_folder: Path, models: list[Path], tmp_path: Path
) -> None:
    small = small_reward_model(tmp_path, context_tokens=32)  # the policy reads 128
    inputs = {"policy": policy_folder, "prompts": one_long_prompt(tmp_path / "prompts.jsonl")}
    readers: list[dict[str, Any]] = [
        {"reward_models": [models[0], small]},
        {"baseline_policy": tmp_path / "base"},
    ]
    for number, also in enumerate(readers):
        folder = tmp_path / str(number)
        report = evaluate(folder, {**inputs, **also}, max_new_tokens=6)
        assert (report["policy"]["prompts"], report["policy"]["prompts_left_out"]) == (3, 1)
        assert [entry["id"] for entry in left_out_of(folder)] == ["long"]
    alone = evaluate(tmp_path / "alone", {**inputs}, max_new_tokens=6)
    assert alone["policy"]["prompts_left_out"] == 0


def test_rows_of_several_reward_models_are_scored_as_by_each_alone(models: list[Path]) -> None:
    ensemble = load_ensemble(models, CPU)
    rows = [[5, 9, 30, 2], [7, 8, 40, 41, 2], [6, 2]]
    scores = ensemble.score_rows(rows, 1000)
    assert scores.shape == (2, 3)
    for member, row in zip(ensemble.members, scores, strict=True):
        assert torch.equal(row, member.score_rows(rows, 1000))
    assert float(disagreement(scores).min()) > 0


def test_reward_models_of_different_vocabularies_are_no_ensemble(
    models: list[Path], tmp_path: Path
) -> None:
    policy = tiny_policy()
    policy.codec.tokenizer.add_tokens(["another"])
    policy.language_model.resize_token_embeddings(len(policy.codec.tokenizer))
    policy.save(tmp_path / "policy")
    other = new_reward_model(tmp_path / "policy", CPU, seed=0)
    with pytest.raises(Refused, match="share one tokenizer"):
        RewardEnsemble([other, *load_ensemble(models[:1], CPU).members])


def test_the_manifest_names_the_report_as_a_page_and_the_list_of_what_was_left_out(
    models: list[Path], tmp_path: Path
) -> None:
    rankings = [*toy_rankings(4, "validation"), Ranking("same", ask("q"), ("x", "x"), ((0,), (1,)))]
    rankings[-1] = replace(rankings[-1], split="validation")
    write_snapshot(tmp_path / "snapshot", rankings)
    folder = tmp_path / "run"
    found = evaluate(folder, {"reward_model": models[0], "snapshot": tmp_path / "snapshot"})
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert {"report.json", "report.html", "left_out.jsonl"} <= manifest["files"].keys()
    listed = [json.loads(line) for line in (folder / "left_out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in listed] == ["same", "same"]
    assert found["left_out"] == 1  # ranking, of two lines
    page = (folder / "report.html").read_text()
    assert "one text cannot beat itself" in page


class Page(HTMLParser):
    """Tags in order; fails where one is closed that is not open."""

    VOID = ("meta", "line", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_from_elsewhere_and_trusts_no_text() -> None:
    hostile = "<script>alert(1)</script>\"' onload=x"
    groups = [replace(one, labeler=hostile, source=one.source + hostile) for one in GROUPS]
    groups[0] = replace(groups[0], labeler="labeler")
    figures = reward_figures(groups, [SCORES, SCORES], [WinOdds()] * 2, samples=100, seed=0)
    left_out = [{"id": hostile, "what": "prompts dropped", "reason": hostile}]
    text = report_page("Evaluation", figures, left_out)
    page = Page(text)
    tags = {tag for tag, _ in page.seen}
    assert "script" not in tags
    assert not {"link", "img", "iframe", "object"} & tags
    assert not [a for _, attributes in page.seen for a in attributes if a.startswith("on")]
    assert not re.findall(r"https?:|//|url\(|@import", text)
    assert sum(tag == "svg" for tag, _ in page.seen) >= 5


def test_the_page_shows_ties_where_there_are_any_and_both_lengths() -> None:
    tied = replace(GROUPS[0], pairs=[pair._replace(tie=True) for pair in GROUPS[0].pairs])
    for groups, shown in (([*GROUPS[1:], tied], True), (GROUPS[1:], False)):
        scores = SCORES[1:] + SCORES[:1] if shown else SCORES[1:]
        figures = reward_figures(groups, [scores], [WinOdds()], samples=100, seed=0)
        text = report_page("Evaluation", figures, [])
        Page(text)
        assert ("Ties beside strict pairs" in text) == shown
        assert "the longer text wins" in text
        assert "the shorter text wins" in text


def test_a_page_without_a_pair_says_so() -> None:
    text = report_page("Evaluation", {"pairs": 0, "rankings": 3}, [])
    Page(text)
    assert "nothing to measure" in text


def test_overlap_with_references_is_counted_in_words_and_for_chinese_in_characters() -> None:
    """Two of three words found in four: P 2/3, R 1/2, F 4/7; one of two pairs found in three: F 2/5."""
    english = overlap_figures([("the cat sat", "the cat ran away")])
    assert english["rouge_1"] == english["rouge_l"] == pytest.approx(4 / 7)
    assert english["rouge_2"] == pytest.approx(2 / 5)
    chinese = overlap_figures([("猫坐下", "猫走")])
    assert chinese["rouge_1"] == chinese["rouge_l"] == pytest.approx(2 / 5)
    assert (chinese["rouge_2"], chinese["bleu_tokenizer"]) == (0, "zh")


def test_overlap_of_english_is_what_rouge_score_publishes() -> None:
    """The example in the README of google-research/rouge: 6 of 8 and of 9 words, 5 of them in order."""
    reference = "The quick brown fox jumps over the lazy dog"
    figures = overlap_figures([("The quick brown dog jumps on the log.", reference)])
    assert figures["rouge_1"] == pytest.approx(0.7058823529411765)
    assert figures["rouge_l"] == pytest.approx(0.5882352941176471)
    # rouge-score makes "na" and "ve" of the one foreign word: 21 of 21 and of 22
    long = " ".join(["word"] * 20)
    figures = overlap_figures([(f"{long} na", f"{long} naïve")])
    assert figures["rouge_1"] == pytest.approx(42 / 43)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Привет, как ДЕЛА?", "привет как сегодня"),
        ("오늘 날씨가 좋네요", "오늘 날씨가 추워요"),
        ("مرحبا كيف حالك", "مرحبا كيف الحال"),
        ("Καλημέρα σε όλους", "καλημέρα σε σένα"),
        ("मैं हिन्दी बोलता", "मैं हिन्दी लिखता"),
        ("El niño comió", "el niño durmió"),
    ],
)
def test_words_of_every_script_are_words(text: str, reference: str) -> None:
    # two of three alike, the two in a row
    figures = overlap_figures([(text, reference)])
    assert figures["rouge_1"] == figures["rouge_l"] == pytest.approx(2 / 3)
    assert figures["rouge_2"] == pytest.approx(1 / 2)


def test_japanese_without_a_chinese_character_is_cut_into_characters() -> None:
    # four of the five characters of each
    figures = overlap_figures([("おいしいね", "おいしいよ")])
    assert (figures["rouge_1"], figures["bleu_tokenizer"]) == (pytest.approx(4 / 5), "zh")


@pytest.mark.parametrize(
    ("text", "reference", "letters"),
    [
        ("กินข้าว", "กินข้าง", 5),  # กิ น ข้ า, then ว or ง
        ("ກິນເຂົ", "ກິນເຂຼ", 4),  # ກິ ນ ເ, then ຂົ or ຂຼ
        ("ကိုယ်တိုင်", "ကိုယ်တိုက်", 4),  # ကို ယ် တို, then င် or က်
        ("ស្រីល", "ស្រីម", 3),  # ស្ រី, then ល or ម
    ],
)
def test_scripts_without_spaces_are_cut_into_letters_with_their_marks(
    text: str, reference: str, letters: int
) -> None:
    """All but the last of equally many are found, and all but the last pair."""
    figures = overlap_figures([(text, reference)])
    assert figures["rouge_1"] == figures["rouge_l"] == pytest.approx((letters - 1) / letters)
    assert figures["rouge_2"] == pytest.approx((letters - 2) / (letters - 1))
    assert figures["bleu_tokenizer"] == "char"


def test_thai_with_spaces_between_its_sentences_is_cut_like_thai_without() -> None:
    # P 6 of 6, R 6 of 11 letters: กิ น ข้ า ว แ | ล้ ว น อ น
    apart = overlap_figures([("กินข้าว แ", "กินข้าว แล้วนอน")])
    together = overlap_figures([("กินข้าวแ", "กินข้าวแล้วนอน")])
    assert apart["rouge_1"] == together["rouge_1"] == pytest.approx(2 * 6 / (6 + 11))


@pytest.mark.parametrize("chinese", [1, 2, 4])
def test_each_reference_of_a_mixed_corpus_is_cut_in_its_own_way(chinese: int) -> None:
    """Both languages in one report, whichever is more frequent. BLEU by hand: of
    "The cat & dog" every 1- to 4-gram is found; of the Chinese text 4 of 5, 3 of 4, 2 of 3 and 1 of 2."""
    english = [("The cat &amp; dog", "The cat &amp; dog")] * 3
    figures = overlap_figures([*english, *[("今天天气好", "今天天气坏")] * chinese])
    expected = (3 + 0.8 * chinese) / (3 + chinese)
    assert figures["rouge_1"] == figures["rouge_l"] == pytest.approx(expected)
    assert figures["bleu_tokenizer"] == "13a, zh"
    found = [(3 * (4 - n) + (4 - n) * chinese, (3 * (4 - n)) + (5 - n) * chinese) for n in range(4)]
    assert figures["bleu"] == pytest.approx(100 * math.prod(a / b for a, b in found) ** 0.25)


def test_a_policy_with_nothing_to_measure_it_on_is_refused(
    policy_folder: Path, tmp_path: Path
) -> None:
    write_snapshot(tmp_path / "s", toy_rankings(2))
    with pytest.raises(Refused, match="no demonstrations in it"):
        evaluate(tmp_path / "run", {"policy": policy_folder, "snapshot": tmp_path / "s"})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"reward_model": "first", "reward_models": ["second"]}, "not both"),
        ({"baseline_reward_model": "first", "reward_model": "second"}, "snapshot"),
        (
            {"reward_model": "first", "snapshot": "second", "prompts": "first"},
            "prompts: needs a policy",
        ),
    ],
)
def test_contradictory_inputs_are_refused(
    models: list[Path], tmp_path: Path, inputs: dict[str, Any], said: str
) -> None:
    def place(name: Any) -> Any:
        return [place(one) for one in name] if isinstance(name, list) else tmp_path / name

    with pytest.raises(Refused, match=said):
        evaluate(tmp_path / "run", {key: place(name) for key, name in inputs.items()})
