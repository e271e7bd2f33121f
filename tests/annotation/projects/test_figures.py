"""Counts of a large project answer at once: kept, dated, and taken anew by a worker."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.corpus.models import Prompt, PromptSet
from annotation.projects import figures
from annotation.projects.models import KeptFigures
from annotation.quality import overview
from tests.cast import Cast, client_for
from workers.tasks import upkeep

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompts(cast: Cast) -> PromptSet:
    return PromptSet.objects.create(project=cast.project, name="own", purpose="reward")


def add_prompts(prompt_set: PromptSet, count: int) -> None:
    before = Prompt.objects.filter(prompt_set=prompt_set).count()
    for number in range(before, before + count):
        Prompt.objects.create(
            prompt_set=prompt_set,
            messages=[{"role": "user", "content": f"Question {number}"}],
            text_hash=f"{number:064x}",
        )


def told(cast: Cast) -> dict[str, object]:
    url = f"/api/v1/projects/{cast.project.pk}/overview"
    answer: dict[str, object] = client_for(cast.admin).get(url).json()
    return answer


def grow_old(cast: Cast) -> None:
    KeptFigures.objects.filter(project=cast.project).update(
        counted_at=timezone.now() - timedelta(hours=1)
    )


def test_a_small_project_is_counted_at_every_reading(cast: Cast, prompts: PromptSet) -> None:
    add_prompts(prompts, 2)
    assert told(cast)["prompts"] == 2
    add_prompts(prompts, 1)

    assert told(cast)["prompts"] == 3
    assert not KeptFigures.objects.exists()


def test_a_large_project_tells_when_it_was_counted_and_is_counted_again_after_a_reading(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 3)
    add_prompts(prompts, 3)
    first = told(cast)
    add_prompts(prompts, 2)

    # young figures are told as they are and nobody is asked to count
    assert told(cast) == first | {"prompts": 3}
    assert figures.refresh() == 0

    grow_old(cast)
    assert told(cast)["prompts"] == 3
    upkeep.count_again()
    assert told(cast)["prompts"] == 5
    assert told(cast)["counted_at"] > first["counted_at"]  # type: ignore[operator]
    assert figures.refresh() == 0, "counted once for all who had asked"


def test_figures_nobody_reads_are_not_counted_again(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 1)
    add_prompts(prompts, 1)
    told(cast)
    grow_old(cast)

    assert figures.refresh() == 0


def test_a_project_that_became_small_is_counted_at_every_reading_again(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 1)
    add_prompts(prompts, 1)
    figures.figures(cast.project, overview.overview_of)
    monkeypatch.setattr(figures, "LARGE", 100)
    grow_old(cast)
    told(cast)
    figures.refresh()

    assert not KeptFigures.objects.exists()


def test_a_project_that_grew_large_is_counted_before_anybody_reads(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 4)
    add_prompts(prompts, 3)
    assert figures.find_large() == 0
    add_prompts(prompts, 1)
    upkeep.find_large()

    names = KeptFigures.objects.filter(project=cast.project).values_list("name", flat=True)
    assert sorted(names) == [
        *("judgments_by_guideline", "overview_of", "progress_sums"),
        *("set_counts", "set_facets", "wanted_judgments", "work_counts"),
    ]
    assert figures.find_large() == 0


def test_a_set_made_since_a_large_project_was_counted_is_counted_now(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 1)
    add_prompts(prompts, 1)
    url = f"/api/v1/projects/{cast.project.pk}/prompt-sets"
    client_for(cast.admin).get(url)
    younger = PromptSet.objects.create(project=cast.project, name="younger", purpose="reward")
    add_prompts(younger, 2)

    rows = client_for(cast.admin).get(url).json()["results"]
    assert {row["name"]: row["prompt_count"] for row in rows} == {"own": 1, "younger": 2}


def test_projects_keep_their_own_figures(
    cast: Cast, prompts: PromptSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "LARGE", 1)
    add_prompts(prompts, 1)
    there, _ = figures.figures(cast.other_project, overview.overview_of)

    assert told(cast)["prompts"] == 1
    assert there["prompts"] == 0
