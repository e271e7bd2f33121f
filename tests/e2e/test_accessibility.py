"""Every state of a page can be used without eyes, without a mouse, in the dark and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.campaign import add_demonstration, add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_labeling import wait_for_rankings
from tests.e2e.test_manage import violations

TABLE = "| 甲 | 乙 |\n|---|---|\n| 1 | 2 |\n\n```py\nprint('长' * 200)\n```\n\n[链接](https://example.com)"
LOOKS = [
    pytest.param({"locale": "zh-CN", "width": 1440}, id="zh-wide"),
    pytest.param({"locale": "en-US", "width": 360, "color_scheme": "dark"}, id="en-narrow-dark"),
]


def assert_sound(page: Page, where: str) -> None:
    """No finding of axe, and nothing sticks out at the side."""
    assert violations(page) == [], where
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where


@pytest.mark.parametrize("look", LOOKS)
def test_sign_in_home_and_every_state_of_labeling(visit: Visit, look: dict[str, object]) -> None:
    work = campaign()
    add_item(work, "**对话** \u202e", [TABLE, "乙" * 900, "短", ""], priority=9)
    add_demonstration(work, "写一首短诗。")
    stranger = visit(None, "/", **look)
    expect(stranger.get_by_role("heading", name="Tiebreak")).to_be_visible()
    assert_sound(stranger, "sign-in")
    page = visit(work.cast.labeler, **look)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_sound(page, "home")
    reviewing = visit(work.cast.reviewer, **look)
    expect(reviewing.get_by_role("heading", level=2).first).to_be_visible()
    reviewing.wait_for_load_state("networkidle")
    assert_sound(reviewing, "home of a reviewer")
    page.goto(work.label_path)
    cards = page.get_by_role("article")
    expect(cards).to_have_count(4)
    assert_sound(page, "nothing placed")
    for key in ("1", "1", "m"):
        page.keyboard.press(key)
    assert_sound(page, "partly placed")
    page.keyboard.press("Enter")
    assert_sound(page, "asking about the rest")
    for key in ("r", "?"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_sound(page, "keys over raw text")
    for key in ("s", "g"):
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert_sound(page, f"dialog {key}")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    for key in ("2", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert_sound(page, "writing")
    page.goto(f"{work.label_path}/history")
    expect(page.get_by_role("listitem").first).to_be_visible()
    assert_sound(page, "history")


def test_what_a_key_did_is_said_aloud_in_the_language_of_the_page(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("article")).to_have_count(3)
    said = page.locator("[aria-live=polite]")
    page.keyboard.press("2")
    expect(said).to_have_text("回答 A：第 2 档")
    page.keyboard.press("2")
    expect(said).to_have_text("回答 B：第 2 档，与 A 并列")
    page.get_by_label("的账户").click()
    page.get_by_role("button", name="English").click()
    expect(said).to_have_text("Answer B: Tier 2, tied with A")
    page.keyboard.press("u")
    expect(said).to_have_text("Undone")


def test_the_answer_in_focus_has_the_keyboard_focus(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path)
    cards = page.get_by_role("article")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("1")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cards.nth(2)).to_be_focused()
    page.keyboard.press("Tab")  # the first button of this card
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Answer C: Tier 1")).to_be_visible()
    expect(cards.nth(1)).to_be_focused()


@pytest.mark.parametrize("key", ["s", "t", "g", "?"])
def test_a_closed_dialog_gives_the_focus_back_to_the_answer(visit: Visit, key: str) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path)
    answer = page.get_by_role("article").nth(1)
    expect(page.get_by_role("article")).to_have_count(3)
    page.keyboard.press("1")
    expect(answer).to_be_focused()
    page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(answer).to_be_focused()


def test_what_stands_against_submitting_is_heard_as_it_is_read_whatever_the_key(
    visit: Visit,
) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二" * 3000, "三"])
    page = visit(work.cast.labeler, work.label_path, width=390, height=700)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "Enter"):
        page.keyboard.press(key)
    heard = page.get_by_role("alert")
    expect(heard).to_contain_text("2 answers are not placed.")
    expect(heard).to_contain_text("Not read to the end:")
    expect(heard).to_contain_text("Submit once more to go on all the same.")


def test_the_same_words_said_twice_are_heard_twice(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "u"):
        page.keyboard.press(key)
    said = page.locator("[aria-live=polite]")
    expect(said).to_have_text("Undone")
    said.evaluate(
        """element => {
          window.heard = 0;
          const count = changes => { window.heard += changes.length; };
          new MutationObserver(count).observe(element, {childList: true, subtree: true});
        }"""
    )
    page.keyboard.press("u")
    expect(page.get_by_role("article", name="not placed")).to_have_count(3)
    expect(said).to_have_text("Undone")
    assert page.evaluate("window.heard") > 0


def test_in_the_readers_own_colours_one_sees_what_is_chosen_and_what_has_the_focus(
    visit: Visit,
) -> None:
    work = campaign(steps=["grade"], axes=["helpful"])
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path, forced_colors="active")
    expect(page.get_by_role("article")).to_have_count(3)
    page.keyboard.press("2")

    def style(css: str, of: str) -> str:
        return str(page.locator(css).first.evaluate(f"e => getComputedStyle(e).{of}"))

    assert style("article[data-focused=true]", "outlineStyle") == "solid"
    assert style("article[data-focused=false]", "outlineStyle") == "none"
    grade = "aside button[aria-pressed={}]"
    page.keyboard.press("k")
    chosen = style(grade.format("true"), "backgroundColor")
    assert chosen != style(grade.format("false"), "backgroundColor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Board")).to_be_visible()
    page.keyboard.press("1")
    lane = "article button[aria-pressed={}]"
    assert style(lane.format("true"), "backgroundColor") == chosen
    assert style(lane.format("false"), "backgroundColor") != chosen
    assert style("[data-place='2']", "outlineStyle") == "solid"


@pytest.mark.parametrize(
    "screen", [{"steps": ["grade"], "axes": ["helpful"]}, {"mode": "best_worst"}, {"mode": "tiers"}]
)
def test_at_400_percent_nothing_lies_over_what_is_read(
    visit: Visit, screen: dict[str, object]
) -> None:
    work = campaign(**screen)  # type: ignore[arg-type]
    add_item(work, "?", ["一" * 400, "二" * 400, "三" * 400])
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN", width=320, height=256)
    expect(page.get_by_role("article")).to_have_count(3)
    page.get_by_role("article").nth(1).scroll_into_view_if_needed()
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(200)
    # In the lower half of the window there is an answer, and nothing else.
    for y in (140, 190, 240):
        assert page.evaluate("y => !!document.elementFromPoint(160, y)?.closest('article')", y)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if "axes" in screen:
        page.get_by_role("button", name="7, ").click()
        expect(page.get_by_role("article", name="回答 A：已评分")).to_be_attached()


def test_a_table_that_goes_on_at_its_side_fades_out_there_until_its_end_is_seen(
    visit: Visit,
) -> None:
    months = "|".join(f"month{number}" for number in range(24))
    table = f"|{months}|\n|{'---|' * 24}\n|{months}|"
    work = campaign()
    add_item(work, "?", [table, "短"])
    page = visit(work.cast.labeler, work.label_path)
    wide = page.locator("article .scroller")
    expect(wide).to_have_attribute("tabindex", "0")
    assert wide.evaluate("e => getComputedStyle(e).maskImage") != "none"
    wide.evaluate("e => e.scrollTo({left: e.scrollWidth})")
    expect(wide).to_have_css("mask-image", "none")


def test_every_pair_to_confirm_and_the_last_sheet_are_heard_as_they_come(visit: Visit) -> None:
    work = campaign(steps=["confirm"])
    add_item(work, "?", ["一", "二", "三"])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("group", name="Which is better, A or B?")).to_be_focused()
    for key in ("ArrowLeft", "2"):
        page.keyboard.press(key)
    expect(page.get_by_role("group", name="Which is better, B or C?")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("region", name="Before you submit")).to_be_focused()
    page.keyboard.press("Enter")
    wait_for_rankings(page, 1)


def test_who_goes_from_answer_to_answer_by_key_has_not_read_what_was_passed_over(
    visit: Visit,
) -> None:
    work = campaign()
    add_item(work, "?", ["一" * 3000, "二" * 3000, "三" * 3000])
    page = visit(work.cast.labeler, work.label_path, width=390, height=700)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
    expect(page.get_by_role("alert")).to_contain_text("Not read to the end: A, B, C.")
