"""Can the data be trusted? The page says it in both languages, and alarms are dealt with on it."""

import pytest
from playwright.sync_api import expect

from annotation.quality import reporting
from annotation.quality.alarms import Finding
from annotation.quality.models import Alarm, QualityReport
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.e2e.campaign import Campaign, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import LOOKS, assert_sound

EVIDENCE = {
    "judgments": 300,
    "p": 0.0001,
    "first": {"value": 11.2, "interval": [6.0, 16.4], "pairs": 900},
    "earlier": {"value": 7.0, "interval": [3.0, 11.0], "pairs": 1800},
}


def measured() -> Campaign:
    """A campaign with six prompts that two people ranked, a report and an alarm."""
    work = campaign(language="en", axes=["helpful"])
    for _ in range(6):
        ranking_item(work.project, k=3, needed=2)
    for person in (work.cast.labeler, work.cast.second_labeler):
        labeling = Labeling(person, work.project)
        for _ in range(6):
            found = labeling.work()
            order = sorted(ids(found))
            assert labeling.submit(found, tiers=[[one] for one in order]).status_code == 201
    report = reporting.ask(project=work.project, actor=None)
    reporting.compute(report.pk, {"reward_models": []})
    finding = Finding("position", tested=2, flagged=[(str(work.cast.labeler.pk), EVIDENCE)])
    reporting.raise_alarms(report, [finding])
    return work


@pytest.mark.parametrize("look", LOOKS)
def test_the_figures_are_told_and_an_alarm_is_dealt_with(
    visit: Visit, look: dict[str, object]
) -> None:
    work = measured()
    is_chinese = look["locale"] == "zh-CN"
    page = visit(work.cast.reviewer, f"/manage/{work.project.pk}/quality", **look)
    expect(page.get_by_role("heading", level=1)).to_have_text("质量" if is_chinese else "Quality")
    expect(page.get_by_text("100.0%").first).to_be_visible()
    alarm = page.get_by_role("listitem").filter(has_text="11.2")
    expect(alarm).to_be_visible()
    axis = (
        "评分的 Krippendorff α：有用性" if is_chinese else "Krippendorff's alpha of grades: Helpful"
    )
    expect(page.get_by_text(axis)).to_be_visible()
    assert_sound(page, "quality")
    alarm.get_by_role("button").click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox").fill("谈过了。" if is_chinese else "Spoken to.")
    form.get_by_role("button", name="已解决" if is_chinese else "Resolved").click()
    expect(alarm).to_be_hidden()
    assert Alarm.objects.get().state == "resolved"


def test_whoever_wants_newer_figures_asks_for_them(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.admin, f"/manage/{work.project.pk}/quality")
    expect(page.get_by_text("Nothing has been computed yet.")).to_be_visible()
    page.get_by_role("button", name="Compute again").click()
    expect(page.get_by_text("The figures are being computed.")).to_be_visible()
    reporting.compute(QualityReport.objects.get().pk)
    expect(page.get_by_text("on 0 judgments")).to_be_visible()
