"""An admin curates prompts: search, tags, edits, near-duplicates, templates, and a look as a labeler."""

import re

import pytest
from playwright.sync_api import Page, expect

from annotation.corpus.indexing import take_fingerprints
from annotation.corpus.models import Completion, Prompt
from annotation.corpus.sets import new_version
from annotation.corpus.texts import text_hash
from annotation.labeling.models import Draft, Ranking
from tests.e2e.campaign import Campaign, add_item, add_prompt, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import manage, violations

RAIN = "请写一首关于春雨的诗，要求押韵，并且不超过八行。"


def curated() -> Campaign:
    """A set with near-duplicates, a judged-to-be prompt and a second version."""
    work = campaign(language="zh-Hans", steps=["grade"], axes=["有用"], allow_ties=True)
    add_item(work, RAIN, ["春雨一夜", "雨声如诗", "点点滴滴"])
    add_prompt(work, RAIN.replace("八", "六"))
    add_prompt(work, "天空为什么是蓝色的？")
    take_fingerprints()
    return work


def test_prompts_are_found_tagged_and_retired_with_a_way_back(visit: Visit) -> None:
    work = curated()
    page = visit(work.cast.admin, manage(work, f"prompt-sets/{work.prompt_set.pk}"))
    rows = page.get_by_role("row")
    expect(rows).to_have_count(4)
    page.get_by_role("searchbox").fill("春雨")
    expect(rows).to_have_count(3)
    expect(page).to_have_url(re.compile("search="))
    page.get_by_role("button", name="Add tags").click()
    form = page.get_by_role("dialog")
    expect(form).to_contain_text("2 prompts get these tags")
    form.get_by_label("Tags").fill("诗歌")
    page.keyboard.press("Enter")
    form.get_by_role("button", name="Add tags").click()
    expect(page.get_by_role("link", name="诗歌")).to_have_count(2)
    page.get_by_role("button", name="Retire", exact=True).click()
    form.get_by_role("button", name="Retire").click()
    expect(page.get_by_text("No prompts match.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(3)
    assert not Prompt.objects.exclude(retired_at=None).exists()


def test_an_edit_shows_its_difference_and_its_history(visit: Visit) -> None:
    work = curated()
    prompt = Prompt.objects.earliest("id")
    page = visit(work.cast.admin, manage(work, f"prompts/{prompt.pk}"), locale="zh-CN")
    page.get_by_role("button", name="修改", exact=True).click()
    page.get_by_role("textbox").fill(RAIN.replace("春雨", "冬雪"))
    page.get_by_role("button", name="显示差异").first.click()
    expect(page.get_by_role("group", name=re.compile("修改前"))).to_be_visible()
    page.get_by_role("button", name="保存为新文本").click()
    expect(page).not_to_have_url(re.compile(str(prompt.pk)))
    expect(page.get_by_role("listitem").filter(has_text="Admin")).to_contain_text("修改")
    prompt.refresh_from_db()
    assert prompt.retired_at is not None
    assert prompt.messages[0]["content"] == RAIN
    assert Completion.objects.filter(prompt=prompt).count() == 3


def test_of_near_duplicates_one_stays(visit: Visit) -> None:
    work = curated()
    page = visit(work.cast.admin, manage(work, "near-duplicates"))
    group = page.get_by_role("region", name="2 prompts that are nearly the same")
    expect(group.get_by_role("group")).to_contain_text("六")
    group.get_by_role("button", name="retire 1 other").click()
    expect(page.get_by_text("1 prompt was retired.")).to_be_visible()
    # the one with completions stays, to begin with
    assert Prompt.objects.get(completions__text="春雨一夜").retired_at is None


def test_a_template_is_filled_from_a_pasted_table(visit: Visit) -> None:
    work = curated()
    page = visit(work.cast.admin, manage(work, "templates"))
    page.get_by_label("Name").fill("capitals")
    page.get_by_label("Prompt", exact=True).fill("Capital of {{country}}?")
    page.get_by_role("button", name="Create").click()
    page.get_by_label(re.compile("^Rows")).fill('country\nPeru\n""\nChad')
    page.get_by_role("combobox", name="The prompts go to").click()
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Capital of Peru?")).to_be_visible()
    page.get_by_role("button", name="Make 2 prompts").click()
    expect(page.get_by_text(re.compile("^2 prompts made"))).to_be_visible()
    assert Prompt.objects.filter(meta__template__name="capitals").count() == 2


def test_the_view_of_a_labeler_can_be_tried_and_stores_nothing(visit: Visit) -> None:
    work = curated()
    prompt = Prompt.objects.earliest("id")
    page = visit(work.cast.admin, manage(work, f"prompts/{prompt.pk}/as-labeler"))
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_text("有用").first).to_be_visible()  # the project's axis
    page.keyboard.press("5")
    page.wait_for_timeout(1200)  # longer than a draft waits
    assert not Draft.objects.exists()
    assert not Ranking.objects.exists()
    bare = Prompt.objects.latest("id")
    page.goto(manage(work, f"prompts/{bare.pk}/as-labeler"))
    expect(page.get_by_role("article")).to_have_count(4)
    page.get_by_label("Answers to show").fill("蓝\n---\n不知道")
    expect(page.get_by_role("article")).to_have_count(2)


@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 360)])
def test_every_page_of_prompts_is_accessible_and_fits(
    visit: Visit, locale: str, width: int
) -> None:
    work = curated()
    second = new_version(actor=work.cast.admin, prompt_set=work.prompt_set)
    prompt = Prompt.objects.earliest("id")
    Completion.objects.create(
        prompt=prompt,
        origin="human",
        author=work.cast.admin,
        text="甲" * 400,
        text_hash=text_hash("甲"),
    )
    page = visit(work.cast.admin, locale=locale, width=width)
    faults = {}
    for path in (
        "prompt-sets",
        f"prompt-sets/{work.prompt_set.pk}",
        f"prompt-sets/{second.pk}/changes",
        f"prompts/{prompt.pk}",
        f"prompts/{prompt.pk}/as-labeler",
        "near-duplicates",
        "templates",
    ):
        page.goto(manage(work, path))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        if found := unsound(page, width):
            faults[path] = found
    assert faults == {}


def unsound(page: Page, width: int) -> list[object]:
    """Findings of axe, and how far the page sticks out."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*violations(page), *([f"{wide} px wide"] if wide > width else [])]
