"""The screen as the person wants it: at once, after a reload, on another device, without a flash."""

import re
import time

from playwright.sync_api import Page, Route, expect

from annotation.accounts.models import Preferences
from tests.e2e.campaign import campaign
from tests.e2e.conftest import Visit, wait_until_quiet
from tests.e2e.test_accessibility import assert_sound

DARK = "rgb(20, 21, 23)"
LIGHT = "rgb(247, 247, 245)"


def paper(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def until(page: Page, condition: str) -> None:
    """Wait for it; the page's policy forbids Playwright's own way of asking again and again."""
    deadline = time.monotonic() + 10
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def open_settings(page: Page) -> None:
    page.get_by_label(re.compile("Account of|的账户")).click()
    page.get_by_role("button", name=re.compile("^(Settings|设置)$")).click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_colours_are_seen_at_once_and_are_there_before_anything_is_painted(visit: Visit) -> None:
    people = campaign().cast
    page = visit(people.labeler, color_scheme="light")
    open_settings(page)
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert paper(page) == DARK
    page.wait_for_load_state("networkidle")
    assert Preferences.objects.get(user=people.labeler).theme == "dark"

    held: list[Route] = []
    page.route(re.compile(r"/assets/index-.*\.js$"), lambda route: held.append(route))
    page.reload(wait_until="commit")
    page.wait_for_selector("#root", state="attached")
    until(page, "document.styleSheets.length > 0 && document.body !== null")
    assert paper(page) == DARK, "the program has not begun, the colours are right"
    assert held
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert paper(page) == DARK


def test_another_device_of_the_same_person_gets_what_was_chosen(visit: Visit) -> None:
    people = campaign().cast
    first = visit(people.labeler)
    open_settings(first)
    first.get_by_role("radio", name="Large").check()
    first.get_by_role("radio", name="Never").check()
    first.wait_for_load_state("networkidle")
    wait_until_quiet()
    second = visit(people.labeler)
    expect(second.locator("html")).to_have_attribute("data-text-size", "l")
    open_settings(second)
    expect(second.get_by_role("radio", name="Never")).to_be_checked()
    other = visit(people.second_labeler)
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    expect(other.locator("html")).to_have_attribute("data-text-size", "m")


def test_without_a_choice_the_colours_follow_the_device_while_it_changes(visit: Visit) -> None:
    page = visit(campaign().cast.labeler, color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert paper(page) == DARK


def test_a_choice_made_offline_is_kept_and_sent_later(visit: Visit) -> None:
    people = campaign().cast
    page = visit(people.labeler, color_scheme="dark")
    open_settings(page)
    page.context.set_offline(True)
    page.get_by_role("radio", name="Light").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert paper(page) == LIGHT
    page.context.set_offline(False)
    until(page, "!('theme' in JSON.parse(localStorage['tiebreak.preferences']).unsent)")
    assert Preferences.objects.get(user=people.labeler).theme == "light"


def test_keys_pressed_in_a_dialog_do_nothing_to_the_work_below(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("heading", name="暂时没有可标注的内容")).to_be_visible()
    open_settings(page)
    page.get_by_role("button", name="关闭").focus()
    page.keyboard.press("g")
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_settings_can_be_used_by_everybody(visit: Visit) -> None:
    work = campaign()
    for locale, width in (("zh-CN", 1440), ("en-US", 360)):
        page = visit(work.cast.labeler, locale=locale, width=width)
        open_settings(page)
        assert_sound(page, f"settings {locale}")
        page.get_by_role("radio", name=re.compile("Dark|深色")).check()
        page.get_by_role("radio", name=re.compile("Large|大")).check()
        assert_sound(page, f"settings {locale} dark, large")
        other = "English" if locale == "zh-CN" else "简体中文"
        page.get_by_role("radio", name=other).click()
        expect(page.get_by_role("radio", name=other)).to_be_checked()
        dark = "Dark" if locale == "zh-CN" else "深色"
        expect(page.get_by_role("radio", name=dark)).to_be_checked()
