"""What to label next: the radar on the page of a run, a choice's report, and a plan that chooses."""

import re
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.runs.models import RadarCatch, Run
from annotation.runs.services import radar, round_plans
from tests.annotation.labeling.work import Labeling
from tests.annotation.runs.test_mixes import mix_of, plan, prompts, row
from tests.annotation.runs.test_radar import hacked, turn_on
from tests.cast import Cast, assemble
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import violations

LOOKS = [
    pytest.param({"locale": "en-US", "width": 1440}, id="en-wide"),
    pytest.param({"locale": "zh-CN", "width": 390, "color_scheme": "dark"}, id="zh-narrow-dark"),
]
REPORT = {
    "candidates": 40,
    "picked": 10,
    "reward_models": 2,
    "judged": 12,
    "by_rule": {
        "information": {"picked": 5, "uncertainty_mean": 0.21},
        "novelty": {"picked": 2, "uncertainty_mean": 0.12},
        "random": {"picked": 3, "uncertainty_mean": 0.08},
    },
    "uncertainty": {"edges": [0, 0.2, 0.4], "candidates": [30, 10], "picked": [4, 6]},
    "items": {"created": 10, "existing": 0, "too_few": 0},
}


def choice(cast: Cast) -> Run:
    """A run that has chosen what people judge."""
    return Run.objects.create(
        project=cast.project,
        number=2,
        kind="pick",
        status="succeeded",
        config={"prompts": 10},
        idempotency_key=uuid4(),
        finished_at=timezone.now(),
        report=REPORT,
    )


def test_the_radar_is_turned_on_and_what_people_said_is_a_click_away(visit: Visit) -> None:
    cast = assemble()
    run = hacked(cast)
    page = visit(cast.ml, f"/train/{cast.project.pk}/runs/{run.pk}")
    expect(page.get_by_text("The radar is off in this project.", exact=False)).to_be_visible()
    page.get_by_text("Settings of the radar").click()
    page.get_by_role("switch", name="Look for outputs").check(force=True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert radar.sweep() == 1
    caught = RadarCatch.objects.get()
    at_work = Labeling(cast.labeler, cast.project)
    tiers = [[str(caught.reference_id)], [str(caught.suspect_id)]]
    assert at_work.submit(at_work.work(), tiers=tiers).status_code == 201
    page.reload()
    expect(page.get_by_text("in 0 of 1 judgments", exact=False)).to_be_visible()
    expect(page.get_by_text("quantile 97% of 16 samples").first).to_be_visible()
    page.get_by_role("link", name="Below").click()
    expect(page).to_have_url(re.compile("/explore/"))


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_are_accessible_and_as_wide_as_the_screen(
    visit: Visit, look: dict[str, object]
) -> None:
    cast = assemble()
    run = hacked(cast)
    turn_on(cast)
    radar.sweep()
    mixed = {"mix": mix_of(cast, row("promoted", plan(cast), 2)), "prompt_set": prompts(cast, 4)}
    rl = {"rl_prompt_set": run.prompt_set, "pick_config": {"prompts": 3}}
    round_plans.save_plan(project=cast.project, actor=cast.ml, **mixed, **rl)
    page = visit(cast.ml, **look)
    for rest in (f"runs/{run.pk}", f"runs/{choice(cast).pk}", "rounds?plan=edit"):
        page.goto(f"/train/{cast.project.pk}/{rest}")
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        page.wait_for_timeout(800)
        if rest == f"runs/{run.pk}":
            page.get_by_text(re.compile("Settings of the radar|雷达设置")).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= int(str(look["width"]))
        assert violations(page) == []
