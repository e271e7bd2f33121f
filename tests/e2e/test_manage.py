"""An administrator at work: people, guidelines, files in and out, and a look at what was judged."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotation.labeling.models import Item, Ranking
from annotation.labeling.services import withdraw_ranking
from annotation.projects.models import GuidelineVersion, Membership
from tests.e2e.campaign import Campaign, add_demonstration, add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_labeling import wait_for_rankings

PASSWORD = "four tiers and a tie"
ROWS = [
    {
        "id": "first",
        "source": "letters",
        "lang": "zh",
        "prompt": "天空为什么是蓝色的？",
        "completions": ["因为瑞利散射。", "因为海。", "不知道。"],
        "ranking": [[0], [1, 2]],
    },
    {
        "id": "second",
        "source": "letters",
        "lang": "en",
        "prompt": "Why do cats purr?",
        "completions": ["Often from comfort.", "Engines."],
        "ranking": [[0, 1]],
    },
]
BAD_ROW = {**ROWS[0], "id": "bad", "ranking": [[0], [7]]}


def manage(work: Campaign, page: str) -> str:
    return f"/manage/{work.project.pk}/{page}"


def rank_by_keys(visit: Visit, work: Campaign, keys: str) -> Ranking:
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(len(keys))
    for key in (*keys, "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    return Ranking.objects.get()


def test_a_new_person_can_sign_in_with_the_roles_given(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.admin, manage(work, "people"))
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("dialog")
    form.get_by_label("User name").fill("wei")
    form.get_by_label("Display name").fill("魏小雨")
    form.get_by_label("Password", exact=True).fill("short")
    form.get_by_role("checkbox", name="Reviewer").check()
    form.get_by_role("button", name="Add a person").click()
    field = form.get_by_label("Password", exact=True)
    expect(field).to_have_accessible_description(re.compile("too short"))
    field.fill(PASSWORD)
    form.get_by_role("button", name="Add a person").click()
    expect(page.get_by_role("row", name=re.compile("魏小雨"))).to_be_visible()
    held = Membership.objects.filter(project=work.project, user__username="wei")
    assert {membership.role for membership in held} == {"labeler", "reviewer"}
    door = visit(None, "/sign-in")
    door.get_by_label("User name").fill("wei")
    door.get_by_label("Password").fill(PASSWORD)
    door.get_by_role("button", name="Sign in").click()
    expect(door.get_by_role("heading", name="魏小雨")).to_be_visible()


def test_new_guidelines_are_the_next_version_and_the_one_before_stays(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.admin, manage(work, "guidelines"), locale="zh-CN")
    page.get_by_role("button", name="编辑").click()
    page.get_by_role("textbox").first.fill("**宁可并列**，不要硬分高下。")
    page.get_by_role("button", name="发布为新版本").click()
    # the draft's preview shows the words too; the way back to editing opens when it is published
    expect(page.get_by_role("button", name="编辑")).to_be_visible()
    expect(page.locator("strong").filter(has_text="宁可并列")).to_be_visible()
    stored = GuidelineVersion.objects.filter(project=work.project).order_by("number")
    assert [version.number for version in stored] == [1, 2]
    assert stored[1].text == "**宁可并列**，不要硬分高下。"
    assert stored[0].text == "**先读完**所有回答，再排序。"


def test_a_ranking_is_shown_in_tiers_and_withdrawn_with_its_reason(visit: Visit) -> None:
    work = campaign(language="en")
    item = add_item(work, "Why is the sky blue?", ["Rayleigh", "The sea", "Paint"])
    ranking = rank_by_keys(visit, work, "121")
    page = visit(work.cast.reviewer, manage(work, "items"))
    page.get_by_role("link", name="Why is the sky blue?").click()
    tiers = page.get_by_role("listitem", name=re.compile("^Tier "))
    expect(tiers).to_have_count(2)
    origin = page.get_by_role("article").get_by_text("Imported")
    expect(origin).to_have_count(0)  # a reviewer judges as blind as a labeler
    page.get_by_role("button", name="Withdraw", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Reason").fill("Ranked by length")
    form.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    ranking.refresh_from_db()
    assert ranking.state == "withdrawn"
    assert Item.objects.get(pk=item.pk).counted == 0
    expect(visit(work.cast.admin, page.url).get_by_text("Imported").first).to_be_visible()


def test_a_reviewer_finds_no_door_to_settings(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.reviewer, manage(work, "overview"))
    doors = page.get_by_role("navigation", name="Pages")
    expect(doors.get_by_role("link", name="Items", exact=True)).to_be_visible()
    expect(doors.get_by_role("link", name="Settings")).to_have_count(0)
    expect(doors.get_by_role("link", name="Audit")).to_have_count(0)


def test_a_setting_out_of_range_is_told_at_its_field_and_a_good_one_is_kept(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.admin, manage(work, "settings"))
    field = page.get_by_label("Judgments per item")
    field.fill("51")
    page.get_by_role("button", name="Save").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    work.project.refresh_from_db()
    assert work.project.judgments_per_item == 3


def test_a_token_is_shown_once(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.admin, "/tokens")
    page.get_by_role("button", name="New token").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("nightly export")
    form.get_by_role("button", name="Create").click()
    secret = page.get_by_role("status").locator("code").inner_text()
    answer = page.request.fetch(
        "/api/v1/projects", headers={"Authorization": f"Bearer {secret}", "Cookie": ""}
    )
    assert answer.status == 200
    page.reload()
    expect(page.get_by_text("nightly export")).to_be_visible()
    expect(page.get_by_text(secret)).to_have_count(0)


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 390)])
def test_every_page_is_accessible_and_as_wide_as_the_screen(
    visit: Visit, locale: str, width: int
) -> None:
    work = campaign()
    item = add_item(work, "天空为什么是蓝色的？", ["瑞利散射", "海的倒影", "不知道"])
    ranking = rank_by_keys(visit, work, "121")
    withdraw_ranking(actor=work.cast.reviewer, ranking=ranking, reason="按长度排序")
    add_demonstration(work, "写一首短诗。")
    page = visit(work.cast.admin, locale=locale, width=width)
    faults = {}
    for path in pages_of(work, item):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if found := violations(page):
            faults[path] = found
    assert faults == {}


def pages_of(work: Campaign, item: Item) -> list[str]:
    names = [
        "overview",
        "items",
        "prompt-sets",
        "import",
        "exports",
        "people",
        "guidelines",
        "settings",
        "audit",
    ]
    names += [f"items/{item.pk}", f"prompt-sets/{work.prompt_set.pk}"]
    return [*(manage(work, name) for name in names), "/tokens"]


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found]
