"""Judging policies: a campaign is begun in the form, judged blind, and its report read."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.corpus.models import Completion
from annotation.corpus.texts import text_hash
from annotation.runs import campaign_selectors
from annotation.runs.models import JudgingCampaign
from tests.annotation.runs.test_campaigns import begin, draw, evaluation_set, judge
from tests.annotation.runs.test_mixes import plan, version
from tests.cast import Cast, assemble
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import violations

LOOKS = [
    pytest.param({"locale": "en-US", "width": 1440}, id="en-wide"),
    pytest.param({"locale": "zh-CN", "width": 360, "color_scheme": "dark"}, id="zh-narrow-dark"),
]


def address(cast: Cast, rest: str = "") -> str:
    return f"/train/{cast.project.pk}/judging{rest}"


def filled_in(page: Page, name: str) -> Locator:
    """The form of a campaign of both versions, ready to be sent."""
    page.get_by_role("button", name="New campaign").click()
    form = page.get_by_role("dialog", name="New campaign")
    form.get_by_label("Name").fill(name)
    form.get_by_role("combobox", name="Versions").click()
    for policy in ("1 policy-1", "2 policy-2"):
        page.get_by_role("option", name=re.compile(policy)).click()
    page.keyboard.press("Tab")
    for label, choice in (("Prompts", "for judges"), ("Sampling plan", "warm")):
        form.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).click()
    return form


def test_a_campaign_is_begun_judged_and_read(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    new = version(cast, 2)
    evaluation_set(cast, 12)
    plan(cast, n=1)
    page = visit(cast.ml, address(cast))
    filled_in(page, "second against first").get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_role("heading", name="second against first")).to_be_visible()
    expect(page.get_by_text("Nothing was judged yet.")).to_be_visible()
    made = draw(campaign_selectors.campaign(JudgingCampaign.objects.get().pk))
    judge(cast, new)
    page.reload()
    expect(page.get_by_text("12 of 12 judgments")).to_be_visible()
    expect(page.get_by_role("list").filter(has_text="Surely ahead")).to_contain_text("100.0%")
    expect(page.get_by_text("its judgments are kept out", exact=False)).to_be_visible()
    expect(page.get_by_text("12 judgments", exact=True)).to_be_visible()
    page.get_by_role("link", name=re.compile("12 won, 0 tied")).click()
    expect(page).to_have_url(re.compile(f"explore.*policy_version={new.pk}"))
    assert made.item_count == 12


def test_a_campaign_of_equals_says_so_before_it_starts_and_after(visit: Visit) -> None:
    cast = assemble()
    one, other = version(cast, 1), version(cast, 2)  # of the same files
    page = visit(cast.ml, address(cast))
    page.get_by_role("button", name="New campaign").click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox", name="Versions").click()
    page.get_by_role("option", name=re.compile("1 policy-1")).click()
    expect(form.get_by_text("have the same files")).to_be_hidden()
    page.get_by_role("option", name=re.compile("2 policy-2")).click()
    expect(form.get_by_role("alert")).to_contain_text("2 policy-2, 1 policy-1 have the same files")
    begun = begin(cast, [one, other], evaluation_set(cast, 6))
    answer_alike(begun)
    page.goto(address(cast, f"/{draw(begun).pk}"))
    expect(page.get_by_text("Nothing to judge", exact=True)).to_be_visible()
    expect(page.get_by_text("same answer on 6 of 6 prompts")).to_be_visible()


def answer_alike(begun: JudgingCampaign) -> None:
    """Both versions of a campaign will answer every prompt with the same text."""
    for part in begun.draw.parts.all():
        for row in begun.draw.prompts.all():
            Completion.objects.create(
                prompt=row.prompt,
                origin="policy",
                policy_version=part.policy_version,
                plan=part.plan,
                sample_index=0,
                text="The same.",
                text_hash=text_hash("The same."),
            )


def test_ending_a_campaign_is_said_to_be_final(visit: Visit) -> None:
    cast = assemble()
    old, new = version(cast, 1, promoted=True), version(cast, 2)
    made = draw(begin(cast, [new, old], evaluation_set(cast, 3)))
    judge(cast, new, most=1)
    page = visit(cast.ml, address(cast, f"/{made.pk}"))
    expect(page.get_by_text("3 from for judges v1 · 2 left to judge")).to_be_visible()
    page.get_by_role("button", name="End the campaign").click()
    expect(page.get_by_role("dialog")).to_contain_text("Ending is final")
    page.get_by_role("dialog").get_by_role("button", name="End the campaign").click()
    expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    expect(page.get_by_text("left to judge")).to_be_hidden()


def test_a_campaign_that_was_begun_is_there_again_unless_it_was_cancelled(visit: Visit) -> None:
    cast = assemble()
    page = visit(cast.ml, address(cast))
    form, name = page.get_by_role("dialog"), page.get_by_role("dialog").get_by_label("Name")
    for leave in ("Escape", "reload"):
        page.get_by_role("button", name="New campaign").click()
        name.fill(f"until {leave}")
        page.keyboard.press("Escape") if leave == "Escape" else page.reload()
        expect(form).to_be_hidden()
        page.get_by_role("button", name="New campaign").click()
        expect(name).to_have_value(f"until {leave}")
        page.keyboard.press("Escape")
        expect(form).to_be_hidden()
    page.get_by_role("button", name="New campaign").click()
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_be_hidden()
    page.get_by_role("button", name="New campaign").click()
    expect(name).to_have_value("")


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_are_accessible_and_as_wide_as_the_screen(
    visit: Visit, look: dict[str, object]
) -> None:
    cast = assemble()
    versions = [version(cast, number, promoted=number == 1) for number in (1, 2, 3)]
    made = draw(begin(cast, versions, evaluation_set(cast, 4)))
    judge(cast, versions[2], most=3)
    page = visit(cast.ml, **look)
    for rest in ("", f"/{made.pk}"):
        page.goto(address(cast, rest))
        expect(page.get_by_role("table").first).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= int(str(look["width"]))
        assert violations(page) == []
