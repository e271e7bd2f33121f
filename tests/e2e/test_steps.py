"""Read, grade, tier, confirm: what every step of the ranking screen says is what is stored."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.accounts.models import Preferences
from annotation.labeling.models import Demonstration, DirectComparison, Placement, Ranking
from tests.e2e.campaign import Campaign, add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import LOOKS, assert_sound
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings

EVERYTHING: dict[str, Any] = {
    "steps": ["grade", "confirm"],
    "axes": ["helpful", "truthful"],
    "flags": ["hallucination", "harmful", "笔误"],
    "draw_cut": True,
    "take_notes": True,
    "mark_spans": True,
}
LONG = "\n\n".join(f"第 {number} 段。" + "内容很长，需要慢慢读完。" * 12 for number in range(30))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def begin(visit: Visit, work: Campaign, answers: int, **look: Any) -> Page:
    page = visit(work.cast.labeler, work.label_path, **look)
    expect(page.get_by_role("article")).to_have_count(answers)
    return page


def chip(page: Page, letter: str) -> Locator:
    return page.locator(f'[data-chip="{letter}"]')


def said_of(ranking: Ranking) -> dict[str, Placement]:
    return {p.completion.text: p for p in ranking.placements.select_related("completion")}


def test_everything_by_keyboard_from_the_first_grade_to_the_summary(visit: Visit) -> None:
    work = campaign(**EVERYTHING)
    item = add_item(work, "天空为什么是蓝色的？", ANSWERS[:3])
    page = begin(visit, work, 3, locale="zh-CN")
    press(page, "6", "7", "3", "3", "5", "5")  # two axes each, answer by answer
    press(page, "k", "f", "2")  # B is harmful
    press(page, "n")
    page.get_by_role("dialog").get_by_role("textbox").fill("有害")
    press(page, "Escape", "Enter")
    expect(page.get_by_text("尚未排序")).to_be_visible()
    press(page, "a", ",", ",", "Enter")  # as the grades say; B below the line
    expect(page.get_by_text("A 和 C，哪个更好？")).to_be_visible()
    press(page, "ArrowLeft", "3")  # A by far
    expect(page.get_by_text("B 和 C，哪个更好？")).to_be_visible()
    press(page, "ArrowRight", "ArrowRight")  # C, no strength given
    expect(page.get_by_role("heading", name="提交前确认")).to_be_visible()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    ranking = Ranking.objects.get()
    said = said_of(ranking)
    assert stored_tiers(ranking) == [{a}, {c}, {b}]
    assert ranking.unacceptable_below == 2
    assert {text: p.grades for text, p in said.items()} == {
        a: {"helpful": 6, "truthful": 7},
        b: {"helpful": 3, "truthful": 3},
        c: {"helpful": 5, "truthful": 5},
    }
    assert {text: p.flags for text, p in said.items()} == {a: [], b: ["harmful"], c: []}
    assert {text: p.note for text, p in said.items()} == {a: "", b: "有害", c: ""}
    assert all(p.read_percent == 100 for p in said.values())
    assert not ranking.unread_accepted
    direct = DirectComparison.objects.select_related("better", "worse")
    assert {(d.better.text, d.worse.text, d.is_tie, d.strength) for d in direct} == {
        (a, c, False, 3),
        (c, b, False, None),
    }


def test_what_the_grades_suggest_counts_only_once_it_is_accepted(visit: Visit) -> None:
    work = campaign(**EVERYTHING | {"axes": ["overall"]})
    item = add_item(work, "?", ANSWERS[:3])
    page = begin(visit, work, 3)
    press(page, "2", "6", "6", "Enter")
    for letter in "ABC":
        expect(chip(page, letter)).to_have_attribute("data-suggested", "true")
    expect(page.get_by_text("Nothing placed yet")).to_be_visible()
    expect(page.get_by_role("button", name="Go on to confirming")).to_be_disabled()
    page.get_by_role("button", name="Accept the suggestion for tier 1").click()
    expect(page.get_by_text("B = C")).to_be_visible()
    expect(chip(page, "A")).to_have_attribute("data-suggested", "true")
    press(page, "1")  # A, against its grade: allowed, and said
    expect(page.get_by_label("Graded lower than B, C, placed above")).to_have_count(0)
    press(page, "j", "2", "j", "2")
    expect(page.get_by_label("Graded lower than B, C, placed above")).to_be_visible()
    press(page, "Enter", "Enter")  # nothing more to confirm is wished
    expect(page.get_by_text("A has a lower grade than B, C but stands above.")).to_be_visible()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{a}, {b, c}]
    assert not DirectComparison.objects.exists()


def test_the_line_is_moved_by_keys_and_by_pointer(visit: Visit) -> None:
    work = campaign(draw_cut=True)
    add_item(work, "?", ANSWERS[:3])
    page = begin(visit, work, 3)
    line = page.get_by_role("slider", name="Acceptable line")
    expect(line).to_have_attribute("aria-valuetext", "not drawn")
    press(page, "1", "2", "3", ",", ",")
    expect(line).to_have_attribute("aria-valuetext", "2 acceptable tiers")
    press(page, ".", ".")
    expect(line).to_have_attribute("aria-valuetext", "not drawn")
    page.locator("[data-cut-handle]").drag_to(
        page.locator('[data-place="2"]'), target_position={"x": 200, "y": 4}
    )
    expect(line).to_have_attribute("aria-valuetext", "1 acceptable tier")
    line.focus()
    press(page, "ArrowUp")
    expect(line).to_have_attribute("aria-valuetext", "0 acceptable tiers")
    page.get_by_role("button", name="Submit").click()
    wait_for_rankings(page, 1)
    assert Ranking.objects.get().unacceptable_below == 0


def test_swapping_and_tying_neighbours_changes_the_order_and_may_end_early(visit: Visit) -> None:
    work = campaign(steps=["confirm"])
    item = add_item(work, "?", ANSWERS[:4])
    page = begin(visit, work, 4)
    press(page, "1", "2", "3", "4", "Enter")
    press(page, "ArrowRight", "1")  # B above A after all, slightly
    expect(page.get_by_text("Which is better, A or C?")).to_be_visible()
    press(page, "ArrowDown")  # A and C: equally good
    expect(page.get_by_text("B  ›  A = C  ›  D")).to_be_visible()
    press(page, "u")
    expect(page.get_by_text("B  ›  A  ›  C  ›  D")).to_be_visible()
    press(page, "y", "Enter", "Enter")  # the rest is passed over
    wait_for_rankings(page, 1)
    a, b, c, d = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a, c}, {d}]
    direct = DirectComparison.objects.select_related("better", "worse")
    found = {(x.better.text, x.worse.text, x.is_tie, x.strength) for x in direct if not x.is_tie}
    assert found == {(b, a, False, 1)}
    assert [{x.better.text, x.worse.text} for x in direct if x.is_tie] == [{a, c}]


def test_after_a_reload_the_work_goes_on_where_it_was_left(visit: Visit) -> None:
    work = campaign(**EVERYTHING)
    add_item(work, "?", ANSWERS[:3])
    page = begin(visit, work, 3)
    press(page, "6", "6", "5", "5", "4", "4", "Enter", "a", "f", "1", "Enter", "ArrowLeft", "2")
    expect(page.get_by_text("Which is better, B or C?")).to_be_visible()
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_text("Which is better, B or C?")).to_be_visible()
    expect(page.get_by_text("A  ›  B  ›  C")).to_be_visible()
    press(page, "Backspace", "Backspace")
    expect(page.get_by_role("group", name="Answer A: Helpful")).to_be_visible()
    expect(page.get_by_role("button", name="Remove: Made-up facts")).to_be_visible()


def test_an_answer_that_was_not_read_is_asked_about_once_and_that_is_stored(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", [LONG, ANSWERS[0]])
    page = begin(visit, work, 2, locale="zh-CN")
    press(page, "1", "2", "Enter")
    letter = "AB"[shown_texts(item).index(LONG)]
    expect(page.get_by_text(f"尚未读完：{letter}。")).to_be_visible()
    assert not Ranking.objects.exists()
    press(page, "k", "1", "Enter")  # a change of mind; no second nudge
    wait_for_rankings(page, 1)
    ranking = Ranking.objects.get()
    assert ranking.unread_accepted
    said = said_of(ranking)
    assert 0 < (said[LONG].read_percent or 0) < 95
    assert said[ANSWERS[0]].read_percent == 100


def test_reading_on_by_key_reads_everything_and_is_counted(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", [LONG, ANSWERS[0]])
    page = begin(visit, work, 2)
    page.wait_for_timeout(700)
    for _ in range(20):
        if page.get_by_label("Read to the end").count() == 2:
            break
        press(page, " ")
        page.wait_for_timeout(50)
    expect(page.get_by_label("Read to the end")).to_have_count(2)
    press(page, "1", "1", "Enter")
    wait_for_rankings(page, 1)
    ranking = Ranking.objects.get()
    assert not ranking.unread_accepted
    assert all((p.visible_ms or 0) >= 500 for p in said_of(ranking).values())
    assert len(shown_texts(item)) == 2


def test_a_passage_is_marked_by_keys_and_found_again(visit: Visit) -> None:
    work = campaign(mark_spans=True, flags=["hallucination", "harmful"])
    text = "前一句对。这一句是编的！后一句也对。"
    item = add_item(work, "?", [text, "另一个回答"])
    page = begin(visit, work, 2, locale="zh-CN")
    if shown_texts(item)[0] != text:
        press(page, "j")
    page.wait_for_load_state("networkidle")
    press(page, "h", "ArrowRight", "Enter")
    editor = page.get_by_role("dialog")
    editor.get_by_role("radio", name="编造事实").check()
    editor.get_by_role("textbox").fill("没有这回事")
    press(page, "Enter")
    expect(page.get_by_role("button", name="没有这回事")).to_be_visible()
    press(page, "1", "2", "Enter")
    wait_for_rankings(page, 1)
    (span,) = said_of(Ranking.objects.get())[text].spans
    assert text[span["start"] : span["end"]] == span["quote"]
    assert span["quote"] in ("前一句对。", "这一句是编的！")
    assert (span["flag"], span["note"]) == ("hallucination", "没有这回事")


def test_a_tie_is_joined_and_left_by_one_key_each(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:3])
    page = begin(visit, work, 3)
    press(page, "1", "2", "3", "=")
    expect(page.get_by_text("A  ›  B = C")).to_be_visible()
    press(page, "-")
    expect(page.get_by_text("A  ›  B  ›  C")).to_be_visible()
    press(page, "ArrowUp", "ArrowUp", "u", "y", "0")
    expect(page.get_by_text("A  ›  B", exact=True)).to_be_visible()


def test_a_key_can_be_changed_and_one_that_is_taken_is_refused_by_name(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = begin(visit, work, 2)
    press(page, "1", "?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_role("button", name="Undo the last change: U").click()
    press(page, "s")
    expect(keys.get_by_text("S already means “Skip with a reason”.")).to_be_visible()
    press(page, "5")
    expect(keys.get_by_text("5 is kept for other things.")).to_be_visible()
    press(page, "z")
    expect(keys.get_by_role("button", name="Undo the last change: Z")).to_be_visible()
    press(page, "Escape", "u")
    expect(page.get_by_role("article", name="Answer A: Tier 1")).to_be_visible()
    press(page, "z")
    expect(page.get_by_text("Nothing placed yet")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert Preferences.objects.get(user=work.cast.labeler).keys == {"undo": "z"}
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "2", "z")
    expect(page.get_by_text("Nothing placed yet")).to_be_visible()


def test_keys_are_silent_while_an_input_method_composes(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = begin(visit, work, 2, locale="zh-CN")
    page.evaluate(
        """for (const key of ["1", "Enter", "m"]) window.dispatchEvent(
             new KeyboardEvent("keydown", { key, isComposing: true, bubbles: true }))"""
    )
    expect(page.get_by_text("尚未排序")).to_be_visible()


def test_every_entry_of_the_menu_is_an_action_with_its_key(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = begin(visit, work, 2)
    page.get_by_role("button", name="More").click()
    menu = page.get_by_role("menu", name="More")
    expect(menu).to_be_visible()
    assert_sound(page, "menu")
    entries = menu.get_by_role("menuitem")
    press(page, "ArrowDown")
    expect(entries.nth(0)).not_to_be_focused()
    press(page, "ArrowUp")
    expect(entries.nth(0)).to_be_focused()
    menu.get_by_role("menuitem", name="Note on the whole judgment").press("Enter")
    note = page.get_by_role("dialog", name="Note on the whole judgment")
    note.get_by_role("textbox").fill("hard")
    press(page, "Escape", "1", "1", "Enter")
    wait_for_rankings(page, 1)
    assert Ranking.objects.get().note == "hard"


def test_answers_stand_side_by_side_as_wished_and_scroll_together(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", [LONG, LONG + "。", LONG * 2])
    page = begin(visit, work, 3)
    columns = "getComputedStyle(document.querySelector('[data-columns]')).gridTemplateColumns"
    assert len(page.evaluate(columns).split()) == 2
    press(page, "c")
    expect(page.locator('[data-columns="1"]')).to_be_visible()
    press(page, "c", "c")
    expect(page.locator('[data-columns="3"]')).to_be_visible()
    press(page, "o", "l")
    expect(page.locator('[data-panes="true"]')).to_be_visible()
    expect(page.locator('[data-complete="false"]')).to_have_count(0)
    page.wait_for_function(
        """() => {
          const panes = [...document.querySelectorAll("[data-scrolls]")];
          panes[0].scrollTo(0, panes[0].scrollHeight);  // it grows while it is laid out
          const atEnd = (p) => p.scrollTop + p.clientHeight > p.scrollHeight - 3;
          return panes.length === 3 && panes.every(atEnd);
        }""",
        polling=300,
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440


def test_a_chip_and_then_a_tier_are_tapped_on_touch(visit: Visit) -> None:
    work = campaign(draw_cut=True)
    item = add_item(work, "?", ANSWERS[:3])
    page = begin(visit, work, 3, width=360, height=740, has_touch=True, is_mobile=True)
    for letter, lane in (("C", 1), ("A", 2), ("B", 2)):
        chip(page, letter).get_by_role("button").tap()
        page.locator(f'[data-place="{lane}"]').tap(position={"x": 20, "y": 12})
    page.get_by_role("button", name="Submit").tap()
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{c}, {a, b}]


@pytest.mark.parametrize("look", LOOKS)
def test_every_step_and_dialog_is_sound(visit: Visit, look: dict[str, object]) -> None:
    work = campaign(**EVERYTHING)
    add_item(work, "**问题**", ["# 标题\n\n" + "长" * 900, "乙" * 90, "", "丁"])
    page = begin(visit, work, 4, **look)
    assert_sound(page, "grading")
    press(page, "f")
    assert_sound(page, "flags")
    press(page, "1", "m", "6", "5", "5", "5", "4", "4")
    assert_sound(page, "graded")
    press(page, "Enter")
    assert_sound(page, "suggested")
    press(page, "a", ",", ",")
    assert_sound(page, "placed, with the line")
    for key in ("n", "v", "?", "w"):
        press(page, key)
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_timeout(300)
        assert_sound(page, f"dialog {key}")
        press(page, "Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    press(page, "p", "o")
    assert_sound(page, "panes without the prompt")
    press(page, "p", "o", "Enter")
    assert_sound(page, "confirming")
    press(page, "v", "ArrowLeft")
    page.wait_for_timeout(300)
    assert_sound(page, "confirming by differences")
    press(page, "Enter", "Enter")
    expect(page.get_by_role("textbox")).to_be_visible()
    assert_sound(page, "summary")
    press(page, "Enter")
    assert_sound(page, "asked")


def test_a_page_at_twice_its_size_needs_no_sideways_scrolling(visit: Visit) -> None:
    work = campaign(**EVERYTHING)
    add_item(work, "?", ANSWERS)
    page = begin(visit, work, 5, width=640, height=360)
    for _ in range(3):
        assert page.evaluate("document.documentElement.scrollWidth") <= 640
        press(page, "1", "1", "Enter")


def test_a_better_answer_is_begun_from_one_of_them_and_goes_in_with_the_order(
    visit: Visit,
) -> None:
    work = campaign(write_better=True, steps=["confirm"])
    item = add_item(work, "?", ANSWERS[:2])
    page = begin(visit, work, 2, locale="zh-CN")
    press(page, "1", "2", "e")
    sheet = page.get_by_role("dialog", name="写一个更好的回答")
    sheet.get_by_role("button", name="在回答 B 的基础上修改").click()
    field = sheet.get_by_role("textbox")
    field.fill(field.input_value() + "，更好")
    press(page, "Escape", "Enter", "Enter")
    expect(page.get_by_text("你已另写更好的回答")).to_be_visible()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    b = shown_texts(item)[1]
    written = Demonstration.objects.get()
    assert (written.text, written.based_on.text if written.based_on else "") == (b + "，更好", b)
