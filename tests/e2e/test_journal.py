"""Work is on the device before it is sent, and stays its owner's: tabs, crashes, other people, full
disks."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Playwright, expect

from annotation.accounts.models import User
from annotation.labeling.models import Draft, Ranking
from annotation.projects.services import remove_member
from tests.e2e.campaign import add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import CHROMIUM, PATIENCE_MS, Visit, Watch, session_cookie, wait_until_quiet
from tests.e2e.server import Server
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings
from tests.e2e.test_resilience import press, wait_for_draft

NOTHING_IS_KEPT = """
Object.defineProperty(window, "indexedDB", { value: { open() { throw new Error("blocked"); } } });
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""


def cut(page: Page) -> None:
    """Judgments do not get through any more."""
    page.context.route("**/submissions/**", lambda route: route.abort())


def mend(page: Page) -> None:
    page.context.unroute("**/submissions/**")


def become(page: Page, server: Server, person: User) -> None:
    """Somebody signs in on this machine."""
    page.context.clear_cookies()
    page.context.add_cookies([session_cookie(server, person)])


def test_a_judgment_left_behind_by_a_closed_tab_is_told_and_sent_at_home(visit: Visit) -> None:
    work = campaign()
    for number in range(3):
        add_item(work, f"第{number}题", ANSWERS[:2], priority=-number)
    page = visit(work.cast.labeler, work.label_path)
    cut(page)
    for number in range(2):
        expect(page.get_by_text(f"第{number}题")).to_be_visible()
        press(page, "1", "2", "Enter")
    expect(page.get_by_role("banner").get_by_text("2 unsent")).to_be_visible()
    home = page.context.new_page()
    page.close()
    home.goto("/")
    expect(home.get_by_role("banner").get_by_text("2 unsent")).to_be_visible()
    mend(home)
    home.context.set_offline(True)
    home.context.set_offline(False)
    wait_for_rankings(home, 2)
    expect(home.get_by_text("unsent")).to_be_hidden()
    assert Ranking.objects.count() == 2


def test_a_refused_judgment_is_told_at_home_as_refused_and_decided_where_it_was_made(
    visit: Visit,
) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    refusal = json.dumps({"title": "No.", "status": 409, "code": "wrong_kind", "errors": []})
    page.context.route(
        "**/submissions/**",
        lambda route: route.fulfill(
            status=409, content_type="application/problem+json", body=refusal
        ),
    )
    press(page, "1", "2", "Enter")
    expect(page.get_by_text("A judgment was not accepted:")).to_be_visible()
    home = page.context.new_page()
    home.goto("/")
    told = home.get_by_role("alert").filter(has_text="1 judgment was not accepted.")
    expect(told).to_be_visible()
    expect(home.get_by_text("sent again by itself")).to_be_hidden()
    mark = home.get_by_role("banner").get_by_text("1 unsent")
    expect(mark).to_have_attribute("title", re.compile("not accepted"))
    told.get_by_role("link", name="Look at it").click()
    home.get_by_role("button", name="Discard it").click()
    expect(home.get_by_text("unsent")).to_be_hidden()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_who_is_taken_out_in_the_middle_of_an_item_is_told_so_and_loses_nothing(
    visit: Visit, locale: str
) -> None:
    work = campaign()
    item = add_item(work, "第一题", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path, locale=locale)
    expect(page.get_by_text("第一题")).to_be_visible()
    press(page, "2", "1")
    remove_member(actor=work.cast.admin, project=work.project, person=work.cast.labeler)
    press(page, "Enter")
    wait_for_rankings(page, 1)
    ranking = Ranking.objects.get()
    a, b = shown_texts(item)
    assert (ranking.state, stored_tiers(ranking)) == ("surplus", [{b}, {a}])
    words = {
        "en-US": "You do not label in this project any more",
        "zh-CN": "你已不再参与此项目的标注",
    }
    expect(page.get_by_text(words[locale])).to_be_visible()


def test_two_tabs_work_on_different_items_and_count_the_same_unsent_work(visit: Visit) -> None:
    work = campaign()
    for number in range(5):
        add_item(work, f"第{number}题", ANSWERS[:2], priority=-number)
    first = visit(work.cast.labeler, work.label_path)
    expect(first.get_by_text("第0题")).to_be_visible()
    first.wait_for_load_state("networkidle")
    second = first.context.new_page()
    second.goto(work.label_path)
    expect(second.get_by_text("第2题")).to_be_visible()  # 0 is on screen, 1 is next, in the first
    cut(first)
    press(second, "1", "2", "Enter")
    for page in (first, second):
        expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    mend(first)
    second.close()
    first.bring_to_front()
    wait_for_rankings(first, 1)
    expect(first.get_by_text("1 unsent")).to_be_hidden()
    expect(first.get_by_text("第0题")).to_be_visible()


def test_work_moves_to_another_tab_only_when_asked_to(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "只有一题", ANSWERS[:3])
    first = visit(work.cast.labeler, work.label_path)
    expect(first.get_by_role("article")).to_have_count(3)
    press(first, "2", "1")
    second = first.context.new_page()
    second.goto(work.label_path)
    expect(second.get_by_text("Your item is open in another tab.")).to_be_visible()
    expect(second.get_by_role("article")).to_have_count(0)
    second.get_by_role("button", name="Work on it here").click()
    expect(second.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    expect(second.get_by_role("article", name="Answer B: Tier 1")).to_be_visible()
    expect(first.get_by_text("You took this work over in another tab.")).to_be_visible()
    expect(first.get_by_role("article")).to_have_count(0)
    press(second, "3", "Enter")
    wait_for_rankings(second, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a}, {c}]


def test_somebody_else_on_the_same_machine_neither_sees_nor_sends_my_work(
    visit: Visit, server: Server
) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2], priority=2)
    add_item(work, "第二题", ANSWERS[:2], priority=1)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    cut(page)
    press(page, "1", "2", "Enter")
    expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    become(page, server, work.cast.second_labeler)
    mend(page)
    page.goto("/")
    expect(page.get_by_text("Hello")).to_be_visible()
    page.wait_for_timeout(1_500)
    expect(page.get_by_text("unsent")).to_be_hidden()
    assert Ranking.objects.count() == 0
    become(page, server, work.cast.labeler)
    page.reload()
    wait_for_rankings(page, 1)
    assert Ranking.objects.get().labeler == work.cast.labeler


def test_my_open_tab_does_not_send_my_work_under_the_name_of_who_signed_in_since(
    visit: Visit, server: Server
) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    become(page, server, work.cast.second_labeler)
    press(page, "1", "2", "Enter")
    expect(page.get_by_text("1 judgment is kept here and sent once you sign in")).to_be_visible()
    assert Ranking.objects.count() == 0
    become(page, server, work.cast.labeler)
    page.reload()
    wait_for_rankings(page, 1)


def test_signing_out_with_unsent_work_says_what_becomes_of_it(visit: Visit, server: Server) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("article")).to_have_count(2)
    cut(page)
    press(page, "1", "2", "Enter")
    expect(page.get_by_role("banner").get_by_text("1 条未发送")).to_be_visible()
    page.get_by_label("的账户").click()
    page.get_by_role("button", name="退出登录").click()
    dialog = page.get_by_role("dialog", name="退出登录")
    expect(dialog.get_by_text("有 1 条标注尚未送达服务器。它们会留在本机")).to_be_visible()
    dialog.get_by_role("button", name="退出登录").click()
    expect(page.get_by_label("用户名")).to_be_visible()
    mend(page)
    page.context.add_cookies([session_cookie(server, work.cast.labeler)])
    page.goto("/")
    wait_for_rankings(page, 1)


def test_a_browser_that_keeps_nothing_says_so_and_warns_before_closing(
    visit: Visit, watch: Watch
) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2], priority=2)
    add_item(work, "第二题", ANSWERS[:2], priority=1)
    page = visit(work.cast.labeler)
    page.context.add_init_script(NOTHING_IS_KEPT)
    page.goto(work.label_path)
    expect(page.get_by_text("This browser keeps nothing on this device")).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "2", "1", "Enter")
    wait_for_rankings(page, 1)  # the work goes on all the same
    expect(page.get_by_text("第二题")).to_be_visible()
    cut(page)
    press(page, "2", "1", "Enter")
    expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    watch.faults.remove("a dialog opened: ")  # this one is meant


def test_a_full_disk_moves_the_journal_to_the_smaller_store(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler)
    protocol = page.context.new_cdp_session(page)
    origin = page.evaluate("location.origin")
    protocol.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    page.route("**/draft", lambda route: route.abort())
    press(page, "2", "1")
    expect(page.get_by_text("This browser has little room for unsent work")).to_be_visible()
    page.reload()
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    press(page, "3", "Enter", "Enter")  # the first one may ask about what was not read
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a}, {c}]


def test_two_devices_on_one_item_are_asked_which_version_goes_on(
    visit: Visit,
) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "1")
    wait_for_draft(page)
    other = visit(work.cast.labeler, work.label_path)
    expect(other.get_by_role("article", name="Answer A: Tier 1")).to_be_visible()
    press(other, "2")
    wait_for_revision(other, 2)
    press(page, "1")
    expect(page.get_by_text("This item was also worked on somewhere else.")).to_be_visible()
    expect(page.get_by_role("article", name="Answer B: Tier 1")).to_be_visible()
    page.get_by_role("button", name="The other version").click()
    expect(page.get_by_role("article", name="Answer B: Tier 2")).to_be_visible()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    a, b = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{a}, {b}]


def wait_for_revision(page: Page, revision: int) -> None:
    for _ in range(100):
        if Draft.objects.filter(revision=revision).exists():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"no draft of revision {revision} is stored")


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "profile"
    wait_until_quiet()


def test_a_killed_browser_sends_what_it_had_when_it_is_started_again(
    playwright: Playwright, server: Server, profile: Path
) -> None:
    work = campaign()
    item = add_item(work, "第一题", ANSWERS[:3], priority=2)
    add_item(work, "第二题", ANSWERS[:3], priority=1)
    first = start_browser(playwright, server, profile, work.cast.labeler)
    page = first.pages[0]
    page.goto(work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    cut(page)
    press(page, "3", "1", "1", "Enter")
    expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    expect(page.get_by_text("第二题")).to_be_visible()
    press(page, "2")
    page.wait_for_timeout(100)
    kill_browser(profile)
    second = start_browser(playwright, server, profile, work.cast.labeler)
    page = second.pages[0]
    page.goto(work.label_path)
    wait_for_rankings(page, 1)
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    second.close()
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b, c}, {a}]


def start_browser(
    playwright: Playwright, server: Server, profile: Path, person: User
) -> BrowserContext:
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        args=["--no-sandbox"],
        base_url=server.url,
        locale="en-US",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([session_cookie(server, person)])
    return context


def kill_browser(profile: Path) -> None:
    """Every process of the browser with this profile, at once."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and str(profile).encode() in command_of(entry):
            os.kill(int(entry.name), signal.SIGKILL)


def command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""
