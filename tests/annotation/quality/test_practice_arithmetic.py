"""Agreement with an expected order, worked out by hand: pairs alike over pairs, a tie is half."""

import pytest

from annotation.quality.practice import compare, points_of


def said(expected: list[list[str]], given: list[list[str]]) -> dict[str, str]:
    return {f"{pair.better}>{pair.worse}": pair.said for pair in compare(expected, given)}


@pytest.mark.parametrize(
    ("expected", "given", "points", "pairs"),
    [
        # a > b > c has the pairs ab, ac, bc
        ("a|b|c", "a|b|c", 3.0, 3),
        ("a|b|c", "c|b|a", 0.0, 3),
        ("a|b|c", "a|c|b", 2.0, 3),  # bc is turned round
        ("a|b|c", "ab|c", 2.5, 3),  # ab is a tie
        ("a|b|c", "abc", 1.5, 3),  # everything tied: half of everything
        ("a|b|c", "b|c", 1.0, 3),  # a was not placed: ab and ac are missing
        # ab > cd has four strict pairs; what is tied there is not asked
        ("ab|cd", "a|b|c|d", 4.0, 4),
        ("ab|cd", "ba|dc", 4.0, 4),
        ("ab|cd", "a|c|b|d", 3.0, 4),  # bc is turned round
        ("ab|cd", "ac|bd", 1.0 + 0.5 + 0.0 + 0.5, 4),  # ad alike, ac and bd tied, bc reversed
        ("a|bc", "bc|a", 0.0, 2),
    ],
)
def test_points_are_those_worked_out_by_hand(
    expected: str, given: str, points: float, pairs: int
) -> None:
    found = compare([list(t) for t in expected.split("|")], [list(t) for t in given.split("|")])
    assert (points_of(found), len(found)) == (points, pairs)


def test_each_pair_says_how_it_came_out() -> None:
    assert said([["a"], ["b"], ["c"], ["d"]], [["b", "a"], ["c"]]) == {
        "a>b": "tie",
        "a>c": "same",
        "a>d": "missing",
        "b>c": "same",
        "b>d": "missing",
        "c>d": "missing",
    }
    assert said([["a"], ["b"]], [["b"], ["a"]]) == {"a>b": "reversed"}
