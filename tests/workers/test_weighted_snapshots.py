"""A snapshot carries the weights of the estimate that was chosen, and says which one it was."""

import pytest

from annotation.lib.errors import Invalid
from annotation.quality import reporting
from annotation.quality.models import QualityReport, ReliabilityEstimate
from annotation.runs.services import create_run
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast
from tests.workers.test_exporting import content, export


def estimate(people: Cast, weight: float) -> ReliabilityEstimate:
    report: QualityReport = reporting.ask(project=people.project, actor=None)
    return ReliabilityEstimate.objects.create(
        project=people.project, number=1, report=report, cut_off=report.created_at, version="test",
        settings={}, judgments=4, pairs=9,
        labelers=[{"labeler": str(people.labeler.pk), "weight": weight, "judgments": 4}],
    )  # fmt: skip


def test_rankings_carry_the_weight_of_their_labeler_only_where_an_estimate_was_chosen(
    people: Cast,
) -> None:
    add_rankings(people, 4)
    add_rankings(people, 4, labeler=people.second_labeler)
    chosen = estimate(people, 0.5)
    snapshot = export(people, reliability_estimate=str(chosen.pk))
    weights = {row.labeler: row.weight for row in content(snapshot).rankings}
    assert weights == {str(people.labeler.pk): 0.5, str(people.second_labeler.pk): 1.0}
    assert snapshot.query["reliability_estimate"] == {"id": str(chosen.pk), "number": 1}
    assert snapshot.counts["effective_rankings"] == 7  # 6² / 5 = 7.2
    plain = export(people)
    assert {row.weight for row in content(plain).rankings} == {1.0}
    assert "reliability_estimate" not in plain.query
    with pytest.raises(Invalid) as refused:
        create_run(
            project=people.other_project,
            kind="export",
            config={"reliability_estimate": str(chosen.pk)},
        )
    assert "no estimate of this project" in str(refused.value.details)
