"""The playground on a laptop: four answers side by side, fields in line, and a way out where nobody can be asked."""

from uuid import uuid4

from django.utils import timezone
from playwright.sync_api import Locator, expect

from annotation.runs.models import Trial
from annotation.runs.services.trials import DEFAULTS
from tests.annotation.runs.test_mixes import version
from tests.cast import Cast, assemble
from tests.e2e.conftest import Visit


def address(cast: Cast, rest: str = "") -> str:
    return f"/train/{cast.project.pk}/playground{rest}"


def answered_by_four(cast: Cast) -> Trial:
    policies = [version(cast, number) for number in (1, 2, 3, 4)]
    one = {"text": "On the mat.", "tokens": 2, "finish_reason": "stop", "log_prob": -1.0}
    parts = [
        {
            "policy": str(policy.pk),
            "seconds": 0.1,
            "completions": [{**one, "scores": [], "steps": []}],
        }
        for policy in policies
    ]
    return Trial.objects.create(
        project=cast.project,
        user=cast.ml,
        client_uuid=uuid4(),
        content_hash="0" * 64,
        messages=[{"role": "user", "content": "Where is the cat?"}],
        policies=[policy.pk for policy in policies],
        decoding={**DEFAULTS, "strategy": "sample", "n": 1, "max_new_tokens": 8},
        state=Trial.State.DONE,
        parts=parts,
        finished_at=timezone.now(),
    )


def tops(found: Locator) -> set[int]:
    """Where they begin, all at one moment: a page that still fills moves them together."""
    script = "all => all.map((each) => Math.round(each.getBoundingClientRect().top))"
    return set(found.evaluate_all(script))


def test_four_answers_stand_side_by_side_on_a_laptop(visit: Visit) -> None:
    cast = assemble()
    trial = answered_by_four(cast)
    page = visit(cast.ml, address(cast, f"/{trial.pk}"), width=1366, height=768)
    answers = page.get_by_role("article")
    expect(answers).to_have_count(4)
    assert len(tops(answers)) == 1


def test_fields_stay_in_line_when_one_of_them_says_what_is_wrong(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    page = visit(cast.ml, address(cast), width=1366, height=768)
    fields = page.get_by_role("group", name="Decoding").locator(
        "input[type=text], input:not([type])"
    )
    expect(page.get_by_label("Temperature")).to_be_visible()
    assert len(tops(fields)) == 2
    page.get_by_label("Max new tokens").fill("0")
    expect(page.get_by_text("0 is not allowed. Allowed: 1–2048")).to_be_visible()
    assert len(tops(fields)) == 2


def test_a_prompt_is_there_again_after_a_reload(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    page = visit(cast.ml, address(cast))
    page.get_by_label("Prompt", exact=True).fill("Where is the cat?")
    page.get_by_label("Max new tokens").fill("9")
    page.reload()
    expect(page.get_by_label("Prompt", exact=True)).to_have_value("Where is the cat?")
    expect(page.get_by_label("Max new tokens")).to_have_value("9")


def test_a_project_without_policies_leads_to_where_one_is_made(visit: Visit) -> None:
    cast = assemble()
    page = visit(cast.ml, address(cast))
    expect(page.get_by_text("This project has no policy to ask yet.")).to_be_visible()
    page.get_by_role("link", name="Import one").click()
    expect(page.get_by_role("button", name="Import a model")).to_be_visible()
