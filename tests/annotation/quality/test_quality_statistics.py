"""Agreement, reliability, position and style on judgments whose truth is known."""

from pathlib import Path

import numpy as np
import pytest

from annotation.quality import position, style
from annotation.quality.agreement import Comparisons, agreement_of
from annotation.quality.alarms import findings_of, gold_finding
from annotation.quality.judged import Builder, Judged, judged_twice, pairs_of
from annotation.quality.judged_files import BadLine, judged_of_file
from annotation.quality.reliability import effective_number, reliability_of
from annotation.quality.simulation import Planted, campaign

SAID = [  # prompt, labeler, tiers of completions a b c
    ("p", "ann", [1, 2, 3]),
    ("p", "bob", [1, 3, 2]),
    ("q", "ann", [1, 1, 2]),
    ("q", "bob", [1, 2, 3]),
    ("q", "ann", [1, 2, 3]),  # ann a second time
    ("r", "bob", [1, 2, 3]),
]


def judged(said: list[tuple[str, str, list[int]]], names: str = "abc") -> Judged:
    builder = Builder(axes=["helpful"])
    for prompt, labeler, tiers in said:
        builder.add(
            prompt=prompt,
            labeler=labeler,
            completions=list(names),
            tiers=tiers,
            shown=[1, 2, 3],
            grades=[{"helpful": 8 - tier} for tier in tiers],
            language="en",
            week=20000,
        )
    return builder.done()


def test_agreement_between_and_within_labelers_is_what_was_counted_by_hand() -> None:
    """p: ab ac agree, bc not. q, ann with bob: ab is a tie for ann, ac bc agree; ann's second time
    with bob: three agree. So 7 of 8 strict pairs, 1 tie. Within: ab a tie once, ac bc agree: 2 of 2."""
    twice, share = judged_twice(judged(SAID))
    found = agreement_of(twice)
    between, within = found["between"], found["within"]
    assert share == 1.0
    assert (between["pairs"], between["agreeing"], between["ties"]) == (8, 7, 1)
    assert (within["pairs"], within["agreeing"], within["ties"]) == (2, 2, 1)
    # 7 of 9 couples agree, one verdict of 18 is a tie: Pe = (1/18)² + (17/18)²/2 = 0.449074
    assert between["kappa"]["value"] == pytest.approx((7 / 9 - 0.449074) / (1 - 0.449074), abs=1e-5)
    assert found["by"]["language"][0]["name"] == "en"
    assert found["by"]["k"][0]["pairs"] == 8
    assert found["axes"][0]["completions"] == 6
    by_name = {row["labeler"]: row for row in found["labelers"]}
    assert by_name["ann"]["self"]["pairs"] == 2
    assert by_name["bob"]["self"]["pairs"] == 0


def test_names_of_labelers_and_completions_change_no_figure() -> None:
    plain = agreement_of(judged_twice(judged(SAID))[0])
    other = [(p, {"ann": "zoe", "bob": "abe"}[who], tiers[::-1]) for p, who, tiers in SAID]
    renamed = agreement_of(judged_twice(judged(other, "xyz"))[0])
    for name in ("agreement", "kappa", "tau_b", "fleiss"):
        assert renamed["between"][name] == plain["between"][name]
    assert renamed["between"]["cohen"]["mean"] == plain["between"]["cohen"]["mean"]
    assert renamed["ranks"] == plain["ranks"]


def test_a_direct_comparison_speaks_for_its_pair() -> None:
    builder = Builder()
    builder.add(
        prompt="p", labeler="ann", completions=["a", "b"], tiers=[1, 2], shown=[1, 2],
        direct=[("b", "a", False)],
    )  # fmt: skip
    builder.add(
        prompt="p", labeler="bob", completions=["a", "b"], tiers=[None, None], shown=[2, 1],
        direct=[("b", "a", True)],
    )  # fmt: skip
    assert pairs_of(builder.done()).verdict.tolist() == [-1, 0]


def test_planted_spammers_stand_last_and_honest_labelers_keep_their_weight() -> None:
    ability = np.ones(20)
    ability[[3, 11]] = 0.0
    nothing = np.zeros(20)
    found = reliability_of(campaign(Planted(ability, nothing, nothing), judgments_each=40, seed=4))
    by_name = dict(zip(found.labelers, found.value[:, 0], strict=True))
    worst = sorted(by_name, key=lambda name: by_name[name])[:2]
    assert set(worst) == {"labeler 003", "labeler 011"}
    weights = found.weights()
    assert max(weights[name] for name in worst) < 0.5
    assert np.median([w for name, w in weights.items() if name not in worst]) > 0.9


def test_a_planted_bias_of_one_labeler_is_found_with_them_and_with_nobody_else() -> None:
    slope = np.zeros(6)
    slope[2] = 0.6
    work = campaign(Planted(np.ones(6), np.zeros(6), slope), judgments_each=120, overlap=3, seed=7)
    found = reliability_of(work)
    z = dict(zip(found.labelers, found.value[:, 1] / found.error[:, 1], strict=True))
    assert z.pop("labeler 002") > 4
    assert max(abs(each) for each in z.values()) < 3.5
    rows, which = position.statistics_of(work)
    by = work.by[which]
    p = {
        name: float(position.position_test(rows[by == number].sum(axis=0)))
        for number, name in enumerate(work.labelers)
    }
    assert p.pop("labeler 002") < 1e-4
    assert min(p.values()) > 1e-3


def test_the_position_statistics_are_those_worked_out_by_hand() -> None:
    """Shown a b c d, tiers 1 2 2 3. Earlier wins ab ac ad bd cd, none the other way: S = 5 of 5;
    variance (4*3*13 - 2*1*9)/18 = 138/18. First: beats all three; beats are 3 0 0 -3: variance 4.5.
    In the shown order; the chance of it or its reverse is 2 * 2!/4! = 1/6."""
    builder = Builder()
    builder.add(
        prompt=1, labeler="ann", completions=list("abcd"), tiers=[1, 2, 2, 3], shown=[1, 2, 3, 4],
        randomised=True,
    )  # fmt: skip
    builder.add(  # not drawn: says nothing
        prompt=2, labeler="ann", completions=list("abcd"), tiers=[1, 2, 3, 4], shown=[1, 2, 3, 4]
    )
    rows, which = position.statistics_of(builder.done())
    assert which.tolist() == [0]
    assert rows[0] == pytest.approx([5, 138 / 18, 5, 3, 4.5, 3, 1, 1 / 6])


def test_the_position_test_raises_false_alarms_as_often_as_it_says() -> None:
    """300 clean campaigns of 60 judgments at 5 %: 15 expected, 4 to 28 are within chance (99.9 %)."""
    found = []
    for seed in range(300):
        rows, _ = position.statistics_of(
            campaign(Planted.honest(1), judgments_each=60, overlap=1, seed=seed)
        )
        found.append(float(position.position_test(rows.sum(axis=0))) < 0.05)
    assert 4 <= sum(found) <= 28


def test_the_style_audit_finds_what_was_planted_in_points() -> None:
    """Length adds 0.8 logits a doubling, place 0.4: tanh(0.4) = 38.0 and tanh(0.2) = 19.7 points."""
    rng = np.random.default_rng(2)
    n = 4000
    x = np.zeros((n, 6))
    x[:, 0] = rng.choice([-1, 1], n)
    x[:, 1] = rng.normal(0, 1, n)
    y = (rng.random(n) < 1 / (1 + np.exp(-(0.4 * x[:, 0] + 0.8 * x[:, 1])))).astype(float)
    prompts = np.arange(n) // 4
    by = rng.integers(0, 30, n)
    found = style.audit_of(
        style.StylePairs(
            x, y, np.zeros((n, 2), dtype=np.int64), prompts, by, np.ones(n),
            [f"labeler {i}" for i in range(30)],
        )
    )  # fmt: skip
    assert found is not None
    by_name = {row["name"]: row for row in found["effects"]}
    assert set(by_name) == {"shown_first", "length"}
    for name, truth in (("shown_first", 19.7), ("length", 38.0)):
        low, high = by_name[name]["interval"]
        assert low < truth < high
        assert high - low < 10
    spread = [row["points"] for row in found["labelers"]["shown_first"]]
    assert max(spread) - min(spread) < 25  # nobody differs: drawn together


def test_the_alarm_on_gold_names_who_is_surely_below_the_bar() -> None:
    # all alike, so the spread is the floor: error 0.15 / sqrt(10) = 0.0474; t(0.01, 9) = -2.821, so
    # below 0.7 - 2.821 * 0.0474 = 0.5662 is surely below 0.7
    found = gold_finding(
        {
            "at 0.56": [(0.56, 1)] * 10,
            "at 0.57": [(0.57, 1)] * 10,
            "all wrong, too few": [(0.0, 6)] * 9,
            "ties everything": [(3.0, 6)] * 10,
            # mean 0.5, spread 0.527, error 0.1667, t = -1.2
            "half of ten duels": [(1.0, 1), (0.0, 1)] * 5,
        }
    )
    assert [name for name, _ in found.flagged] == ["at 0.56", "ties everything"]
    assert (found.tested, found.expected) == (4, pytest.approx(0.04))
    evidence = found.flagged[1][1]
    # t(0.975, 9) = 2.262
    assert evidence["share"]["interval"] == pytest.approx((0.3927, 0.6073), abs=1e-4)


def test_nothing_at_all_has_no_figures_and_breaks_nothing() -> None:
    for said in ([], SAID[-1:]):
        everything = judged(said)
        twice, _ = judged_twice(everything)
        found = agreement_of(twice)
        assert (found["between"]["pairs"], found["between"]["kappa"]) == (0, None)
        assert found["ranks"]["alpha"] is None
        assert reliability_of(twice).rows() == []
        assert position.audit_of(everything)["p"] is None
        findings = findings_of(everything, Comparisons(twice), None)
        assert sum(finding.tested for finding in findings) == 0


def test_form_is_read_from_markdown_in_both_languages() -> None:
    assert style.form_of("# Title\n\n- one\n- **two**")[1:] == (1.0, 1.0, 1.0, 0.0)
    assert style.form_of("1、先看`x`\n2、再说")[1:] == (0.0, 1.0, 0.0, 1.0)
    assert style.form_of("")[0] == 0.0


def test_the_effective_number_is_kishs() -> None:
    assert effective_number(np.array([1.0, 0.5]), np.array([10.0, 10.0])) == pytest.approx(18.0)


def test_a_file_is_measured_and_its_bad_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"prompt": "p", "item": "i", "completions": ["a", "b"], "ranking": [[0], [1]], "labeler": "x"}\n'
        '{"prompt": "p", "item": "i", "completions": ["b", "a"], "ranking": [[1], [0]], "labeler": "y"}\n'
    )
    found = agreement_of(judged_twice(judged_of_file(file))[0])
    assert (found["between"]["pairs"], found["between"]["agreeing"]) == (1, 1)
    file.write_text('{"prompt": "p"}\n')
    with pytest.raises(BadLine, match="line 1"):
        judged_of_file(file)
