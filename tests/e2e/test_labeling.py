"""A labeler at work: what was done on the screen is what is stored."""

import re

from playwright.sync_api import Page, expect

from annotation.labeling.models import Demonstration, Placement, Ranking, Skip
from tests.e2e.campaign import (
    add_demonstration,
    add_item,
    campaign,
    shown_texts,
    stored_tiers,
)
from tests.e2e.conftest import Visit

ANSWERS = ["回答甲", "回答乙", "回答丙", "回答丁", "回答戊"]


def wait_for_rankings(page: Page, count: int) -> None:
    """The server has stored so many; submitting does not wait for it, and tries again after pauses."""
    for _ in range(600):
        if Ranking.objects.count() >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{Ranking.objects.count()} rankings are stored, not {count}")


def test_keyboard_alone_ranks_five_answers_with_ties_in_six_presses(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "天空为什么是蓝色的？", ANSWERS)
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("article")).to_have_count(5)
    for key in ("2", "1", "2", "3", "1", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    a, b, c, d, e = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b, e}, {a, c}, {d}]
    expect(page.get_by_text("已提交。")).to_be_visible()
    expect(page.get_by_text("暂时没有可标注的内容")).to_be_visible()


def test_the_letters_on_screen_are_the_positions_stored(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS)
    page = visit(work.cast.labeler, work.label_path)
    cards = page.get_by_role("article")
    expect(cards).to_have_count(5)
    for number, text in enumerate(shown_texts(item)):
        expect(cards.nth(number)).to_contain_text(text)
    for key in "12345":
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    wait_for_rankings(page, 1)
    placed = Placement.objects.select_related("completion").order_by("shown_at")
    assert [placement.completion.text for placement in placed] == shown_texts(item)
    assert [placement.tier for placement in placed] == [1, 2, 3, 4, 5]


def test_nothing_is_placed_at_first_and_nothing_placed_cannot_be_submitted(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("Nothing placed yet")).to_be_visible()
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert Ranking.objects.count() == 0


def test_dragging_by_the_handle_places_and_moves(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    for letter, lane in (("A", 2), ("B", 1), ("C", 3), ("C", 1)):
        handle = page.locator(f'[data-handle="{letter}"]')
        handle.drag_to(page.locator(f'[data-place="{lane}"]'), target_position={"x": 20, "y": 12})
        expect(page.get_by_role("button", name=f"Answer {letter}: Tier {lane}")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b, c}, {a}]


def test_tapping_places_on_a_narrow_touch_screen(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:3])
    page = visit(
        work.cast.labeler, work.label_path, width=360, height=740, has_touch=True, is_mobile=True
    )
    for letter, lane in (("A", 3), ("B", 1), ("C", 3)):
        group = page.get_by_role("group", name=f"Place answer {letter}")
        group.get_by_role("button", name=f"Tier {lane}").tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="Submit").tap()
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a, c}]


def test_what_cannot_be_judged_stays_out_and_the_rest_is_asked_about(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:4])
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("article")).to_have_count(4)
    for key in ("1", "m", "1", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("还有 1 个回答未排序").first).to_be_visible()
    assert Ranking.objects.count() == 0
    page.keyboard.press("Enter")
    wait_for_rankings(page, 1)
    a, b, c, d = shown_texts(item)
    ranking = Ranking.objects.get()
    assert stored_tiers(ranking) == [{a, c}]
    unjudged = {p.completion.text: p.cannot_judge for p in ranking.placements.filter(tier=None)}
    assert unjudged == {b: True, d: False}


def test_a_project_without_ties_gets_none(visit: Visit) -> None:
    work = campaign(allow_ties=False)
    item = add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "1", "1", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{c}, {b}, {a}]


def test_keys_are_silent_in_dialogs_and_text_fields(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_label("Note").fill("")
    page.get_by_label("Note").press_sequentially("123 s m")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing placed yet")).to_be_visible()


def test_the_next_item_is_there_before_the_server_answered(visit: Visit) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2], priority=2)
    add_item(work, "第二题", ANSWERS[:2], priority=1)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.route("**/api/**", lambda route: None)  # from here on nothing is answered
    for key in ("1", "2", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("第二题")).to_be_visible(timeout=500)


def test_a_submitted_ranking_can_be_taken_back_and_corrected(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("button", name="Answer C: Tier 3")).to_be_visible()
    for key in ("k", "1", "Enter"):  # the focus is on A, so K goes round to C
        page.keyboard.press(key)
    wait_for_rankings(page, 2)
    a, b, c = shown_texts(item)
    states = {r.state: stored_tiers(r) for r in Ranking.objects.all()}
    assert states == {"withdrawn": [{a}, {b}, {c}], "counted": [{a, c}, {b}]}


def test_skipping_by_keyboard_stores_the_reason_and_shows_the_next_item(visit: Visit) -> None:
    work = campaign()
    first = add_item(work, "第一题", ANSWERS[:2], priority=2)
    add_item(work, "第二题", ANSWERS[:2], priority=1)
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_text("第一题")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("第二题")).to_be_visible()
    skipped = Skip.objects.get()
    assert (skipped.item_id, skipped.reason) == (first.pk, "knowledge")


def test_an_ideal_answer_is_written_and_stored_as_written(visit: Visit) -> None:
    work = campaign()
    add_demonstration(work, "写一首短诗。")
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    field = page.get_by_label("写出理想的回答")
    field.fill("床前明月光，\n疑是地上霜。")
    page.wait_for_timeout(1200)
    page.reload()
    expect(field).to_have_value("床前明月光，\n疑是地上霜。")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("暂时没有可标注的内容")).to_be_visible()
    expect(page.get_by_text("已提交。")).to_be_visible()
    assert Demonstration.objects.get().text == "床前明月光，\n疑是地上霜。"


def test_own_judgments_are_listed_and_can_be_reopened(visit: Visit) -> None:
    work = campaign()
    add_item(work, "天空为什么是蓝色的？", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    for key in ("2", "1", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    page.get_by_role("link", name="My judgments").click()
    expect(page.get_by_text("天空为什么是蓝色的？")).to_be_visible()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()


def test_new_work_appears_by_itself(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.labeler)
    page.clock.install()
    page.goto(work.label_path)
    expect(page.get_by_text("Nothing to label right now")).to_be_visible()
    add_item(work, "新的问题", ANSWERS[:2])
    page.clock.fast_forward(16_000)
    expect(page.get_by_text("新的问题")).to_be_visible()


def test_guidelines_and_language_are_at_hand(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("g")
    panel = page.get_by_role("dialog", name="标注指南")
    expect(panel.locator("strong")).to_have_text("先读完")
    page.keyboard.press("Escape")
    page.get_by_label("的账户").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name=re.compile("Submit"))).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
