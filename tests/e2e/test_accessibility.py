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
