"""Taking data out in the browser: a filter becomes a dataset, acts are found again, receivers are set up."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotation.delivery.models import Export, WebhookEndpoint
from annotation.labeling.models import Ranking
from annotation.runs.models import Run
from tests.annotation.runs.judgments import add_rankings
from tests.cast import assemble
from tests.e2e.conftest import Visit
from workers.supervisor import drive

TITLES = {
    "en-US": ("Explore", "Export", "Webhooks", "Audit"),
    "zh-CN": ("浏览", "导出", "Webhook", "操作记录"),
}


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]


def test_a_filter_becomes_a_dataset_and_the_act_is_found_again(visit: Visit) -> None:
    cast = assemble()
    add_rankings(cast, 4)
    at = f"/manage/{cast.project.pk}"
    page = visit(cast.admin, f"{at}/explore")
    rows = page.get_by_role("region", name="Rankings").get_by_role("row")
    expect(rows).to_have_count(1 + 4)
    expect(page.get_by_text("4 rows")).to_be_visible()
    page.get_by_role("combobox", name="Has a line").click()
    page.get_by_role("option", name="Yes").click()
    page.get_by_role("button", name="Apply").click()
    expect(rows).to_have_count(1 + 1)
    expect(page).to_have_url(re.compile("cut=true"))
    page.get_by_role("link", name="Export what is found").click()
    expect(page.get_by_text("Only what fits the filter: Has a line.")).to_be_visible()
    page.get_by_role("button", name="Write the dataset").click()
    expect(page.get_by_role("heading", name="Export 1", exact=True)).to_be_visible()
    assert drive(Run.objects.get(project=cast.project).id) == "ended"
    page.get_by_role("link", name="Dataset of snapshot 1").click()
    expect(page.get_by_role("link", name="README.md")).to_be_visible()
    assert Export.objects.get().snapshot.counts["rankings"] == 1
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^Download all")).click()
    assert download.value.path().stat().st_size > 1000
    page.goto(f"{at}/audit?action=dataset.downloaded")
    expect(page.get_by_role("region", name="Audit").get_by_role("row")).to_have_count(1 + 1)


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
def test_every_page_of_data_is_accessible_and_as_wide_as_the_screen(
    visit: Visit, locale: str, width: int
) -> None:
    cast = assemble()
    (ranking,) = add_rankings(cast, 1)
    WebhookEndpoint.objects.create(
        project=cast.project, url="https://example.org/hook", events=["item.done"]
    )
    at = f"/manage/{cast.project.pk}"
    page = visit(cast.admin, locale=locale, width=width)
    names = ("explore", "exports", "webhooks", "audit")
    faults = {}
    for name, title in zip(names, TITLES[locale], strict=True):
        page.goto(f"{at}/{name}")
        expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        if found := violations(page):
            faults[name] = found
    page.goto(f"{at}/explore/{ranking.pk}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    if found := violations(page):
        faults["judgment"] = found
    assert faults == {}
    assert Ranking.objects.count() == 1
