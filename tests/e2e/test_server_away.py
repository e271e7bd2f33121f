"""A server that is away never blanks the screen, whether the page was open or is opened meanwhile."""

import time

from playwright.sync_api import Page, expect

from annotation.labeling.models import Ranking
from tests.e2e.campaign import add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import PATIENCE_MS, Visit
from tests.e2e.server import Server
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings
from tests.e2e.test_resilience import press


def wait_until_kept(page: Page) -> None:
    """The service worker has what it needs to show the page by itself."""
    kept = """async () => {
      const cache = await caches.open('tiebreak-page-1');
      const names = (await cache.keys()).map(({ url }) => new URL(url).pathname);
      return names.includes('/') && names.some((name) => name.includes('LabelPage'));
    }"""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(kept):
        assert time.monotonic() < deadline, "the page was not kept"
        page.wait_for_timeout(100)


def test_a_page_reloaded_while_the_server_is_away_goes_on_with_the_item_and_its_draft(
    visit: Visit, restarted: Server
) -> None:
    work = campaign()
    item = add_item(work, "第一题", ANSWERS[:3], priority=2)
    add_item(work, "第二题", ANSWERS[:3], priority=1)
    page = visit(work.cast.labeler, work.label_path, service_workers="allow")
    expect(page.get_by_text("第一题")).to_be_visible()
    wait_until_kept(page)
    press(page, "2", "1")
    restarted.stop()
    page.reload()
    expect(page.get_by_text("第一题")).to_be_visible()
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    press(page, "3", "Enter")
    expect(page.get_by_text("第二题")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    page.reload()
    expect(page.get_by_role("banner").get_by_text("1 unsent")).to_be_visible()
    expect(page.get_by_text("第二题")).to_be_visible()
    restarted.start()
    wait_for_rankings(page, 1)
    expect(page.get_by_text("unsent")).to_be_hidden()
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a}, {c}]


def test_a_page_opened_while_the_server_is_away_says_so_and_goes_on_by_itself(
    visit: Visit, restarted: Server
) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path, service_workers="allow", locale="zh-CN")
    expect(page.get_by_text("第一题")).to_be_visible()
    wait_until_kept(page)
    page.evaluate("localStorage.removeItem('tiebreak.me')")  # a device that knows nobody
    restarted.stop()
    page.reload()
    expect(page.get_by_text("暂时无法连接服务器，恢复后本页会自动继续。")).to_be_visible()
    restarted.start()
    expect(page.get_by_text("第一题")).to_be_visible()


def test_the_kept_page_never_answers_for_the_api(visit: Visit, restarted: Server) -> None:
    work = campaign()
    page = visit(work.cast.labeler, work.label_path, service_workers="allow")
    wait_until_kept(page)
    page.evaluate("fetch('/api/v1/me')")
    kept = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
        ".then((cache) => cache.keys())))).then((found) => found.flat().map(({ url }) => url))"
    )
    assert kept
    assert not [address for address in kept if "/api/" in address or "/_allauth/" in address]
    restarted.stop()
    assert page.evaluate("fetch('/api/v1/me').then(() => 'answered', () => 'none')") == "none"


def test_a_part_of_the_page_that_did_not_come_is_fetched_when_the_server_is_back(
    visit: Visit,
) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2])
    page = visit(work.cast.labeler)
    page.route("**/LabelPage*.js", lambda route: route.abort())
    page.route("**/healthz", lambda route: route.abort())
    page.get_by_role("navigation", name=work.project.name).get_by_role("link", name="Label").click()
    expect(page.get_by_text("part of this page is missing")).to_be_visible()
    page.unroute("**/LabelPage*.js")
    page.unroute("**/healthz")
    expect(page.get_by_text("第一题")).to_be_visible()
