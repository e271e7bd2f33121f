"""Coefficients against published worked examples and an independent implementation (nltk)."""

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask
from scipy.stats import kendalltau

from annotation.quality import coefficients as co

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units.
RELIABILITY = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""


def reliability_counts() -> np.ndarray:
    rows = [line.split() for line in RELIABILITY.strip().splitlines()]
    counts = np.zeros((12, 5))
    for row in rows:
        for unit, value in enumerate(row):
            if value != ".":
                counts[unit, int(value) - 1] += 1
    return counts


@pytest.mark.parametrize(
    ("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_krippendorffs_own_example(metric: str, alpha: float) -> None:
    matrix = co.coincidences(reliability_counts(), np.zeros(12, dtype=np.int64), 1)[0]
    assert matrix.sum() == 40  # pairable values; unit 12 has one value and pairs with nothing
    assert float(co.alpha_of(matrix, metric)) == pytest.approx(alpha, abs=5e-4)


def test_fleiss_kappa_is_that_of_the_textbook() -> None:
    """The worked example of Fleiss' kappa that encyclopedias print: 10 subjects, 14 raters, 0.210."""
    counts = np.array(
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ],
        dtype=float,
    )  # fmt: skip
    kappa = co.fleiss_kappa_of(co.fleiss_sums(counts).sum(axis=0))
    assert float(kappa) == pytest.approx(0.210, abs=5e-4)


def test_cohens_kappa_is_that_of_the_textbook() -> None:
    """Two reviewers of 50 grant proposals: 20 + 15 agreements, expected 0.5: 0.4."""
    assert float(co.cohen_kappa_of(np.array([[20.0, 5.0], [10.0, 15.0]]))) == pytest.approx(0.4)


def test_kendalls_w_is_the_one_worked_out_with_and_without_ties() -> None:
    """By hand: judges (1 2 3), (1 2 3), (2 1 3): sums 4 5 9, S = 14, W = 12*14 / (9*24) = 0.7778. With a
    tie, judges (1.5 1.5 3), (1 2 3): sums 2.5 3.5 6, S = 6.5; W = 78 / (4*24 - 2*6) = 0.928571.
    """
    plain = np.array([[1, 2, 3], [1, 2, 3], [2, 1, 3]])
    assert co.kendall_w(plain, np.zeros(3, dtype=np.int64), 1)[0][0] == pytest.approx(168 / 216)
    tied = np.array([[1, 1, 2], [1, 2, 3]])
    assert co.kendall_w(tied, np.zeros(2, dtype=np.int64), 1)[0][0] == pytest.approx(78 / 84)
    flat = np.array([[1, 1, 1], [1, 1, 1]])
    assert np.isnan(co.kendall_w(flat, np.zeros(2, dtype=np.int64), 1)[0][0])


def test_an_independent_implementation_says_the_same() -> None:
    rng = np.random.default_rng(8)
    said = rng.integers(1, 4, size=(25, 3))
    said[:, 1] = np.where(rng.random(25) < 0.6, said[:, 0], said[:, 1])
    task = AnnotationTask(
        data=[(f"c{j}", str(i), int(said[i, j])) for i in range(25) for j in range(3)]
    )
    counts = np.stack([(said == value).sum(axis=1) for value in (1, 2, 3)], axis=1).astype(float)
    matrix = co.coincidences(counts, np.zeros(25, dtype=np.int64), 1)[0]
    assert float(co.alpha_of(matrix, "nominal")) == pytest.approx(task.alpha())
    table = np.zeros((3, 3))
    for a, b in said[:, :2]:
        table[a - 1, b - 1] += 1
    assert float(co.cohen_kappa_of(table)) == pytest.approx(task.kappa_pairwise("c0", "c1"))
    # all have the same judges, so Fleiss' kappa is nltk's multi-coder pi
    sums = co.fleiss_sums(counts).sum(axis=0)
    assert float(co.fleiss_kappa_of(sums)) == pytest.approx(task.pi())


def test_tau_b_is_scipys() -> None:
    x, y = np.array([1, 2, 2, 3, 4]), np.array([2, 1, 3, 3, 5])
    i, j = np.triu_indices(5, 1)
    a, b = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
    sums = np.array([(a * b).sum(), (a * a).sum(), (b * b).sum()], dtype=float)
    assert float(co.tau_b_of(sums)) == pytest.approx(kendalltau(x, y).statistic)


def test_the_bootstrap_is_repeatable_and_widens_with_dependence() -> None:
    rng = np.random.default_rng(1)
    hits = (rng.random(400) < 0.7).astype(float)
    apart = np.column_stack([hits, np.ones(400)])
    together = np.column_stack([hits[:40] * 10, np.full(40, 10.0)])
    first, again = co.figure(apart, co.ratio_of), co.figure(apart, co.ratio_of)
    assert first == again
    wide = co.figure(together, co.ratio_of)
    assert first is not None
    assert wide is not None
    assert wide[2] - wide[1] > 2 * (first[2] - first[1])
    assert co.figure(np.zeros((3, 2)), co.ratio_of) is None
