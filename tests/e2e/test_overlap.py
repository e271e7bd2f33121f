"""An admin lets further opinions be bought, and reads which were and why, in both languages."""

import pytest
from playwright.sync_api import expect

from annotation.quality import opinion_reads, opinions
from annotation.quality.models import OverlapSettings
from annotation.quality.review import figures
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.e2e.campaign import campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import LOOKS, assert_sound


@pytest.mark.parametrize("look", LOOKS)
def test_adaptive_is_chosen_and_what_it_bought_leads_to_the_item(
    visit: Visit, look: dict[str, object]
) -> None:
    work = campaign(language="en")
    is_chinese = look["locale"] == "zh-CN"
    page = visit(work.cast.admin, f"/manage/{work.project.pk}/overlap", **look)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "每条意见数" if is_chinese else "Opinions per item"
    )
    page.get_by_text("自适应" if is_chinese else "Adaptive", exact=True).click()
    risk = "风险高于此值时继续征求" if is_chinese else "Buy while the risk is above"
    page.get_by_label(risk).fill("12.5")
    page.get_by_role("button", name="保存" if is_chinese else "Save").click()
    expect(page.get_by_text("已保存" if is_chinese else "Saved")).to_be_visible()
    stored = OverlapSettings.objects.get()
    assert (stored.mode, stored.risk, stored.budget) == ("adaptive", 0.125, None)
    OverlapSettings.objects.update(audit_percent=0)  # nothing by lot: the reason is the risk
    ranking_item(work.project, k=2)
    labeler = Labeling(work.cast.labeler, work.project)
    found = labeler.work()
    assert labeler.submit(found, tiers=[ids(found)]).status_code == 201
    figures.refresh_all()
    opinion_reads._remembered.clear()
    assert opinions.buy_due() == 1
    page.reload()
    row = page.get_by_role("table").get_by_role("row").nth(1)
    expect(row).to_contain_text("依据不足" if is_chinese else "Too little is known")
    expect(row).to_contain_text("50%")
    assert_sound(page, "overlap")
    row.get_by_role("link").click()
    expect(
        page.get_by_role("heading", name="追加意见" if is_chinese else "Further opinions")
    ).to_be_visible()
