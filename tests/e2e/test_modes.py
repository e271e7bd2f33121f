"""The other modes of ranking: what was done on the screen is what is stored, in both languages, by keys
alone, and after a reload in the middle."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.labeling.models import Demonstration, DirectComparison, Item, Ranking
from tests.e2e.campaign import Campaign, add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import LOOKS, assert_sound
from tests.e2e.test_labeling import wait_for_rankings

LETTERS = "ABCDEFGHI"
NINE = [f"{letter} 号回答。" * 3 for letter in "子丑寅卯辰巳午未申"]


def begin(
    visit: Visit, count: int, *, locale: str = "zh-CN", width: int = 1440, **screen: Any
) -> tuple[Campaign, Item, Page]:
    """A project with one item of so many answers, open at the labeler's."""
    work = campaign(**screen)
    item = add_item(work, "请解释光合作用。", NINE[:count])
    page = visit(work.cast.labeler, work.label_path, locale=locale, width=width)
    expect(page.get_by_role("article").first).to_be_visible()
    return work, item, page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def direct_of(ranking: Ranking) -> set[tuple[str, str, bool, int | None]]:
    """What was compared head to head, as texts."""
    rows = DirectComparison.objects.filter(ranking=ranking).select_related("better", "worse")
    return {(row.better.text, row.worse.text, row.is_tie, row.strength) for row in rows}


# Duel


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_duel_stores_who_is_better_and_by_how_much(visit: Visit, locale: str) -> None:
    _, item, page = begin(visit, 2, locale=locale, mode="duel")
    press(page, "6", "Enter")
    wait_for_rankings(page, 1)
    a, b = shown_texts(item)
    ranking = Ranking.objects.get()
    assert ranking.mode == "duel"
    assert stored_tiers(ranking) == [{b}, {a}]
    assert direct_of(ranking) == {(b, a, False, 2)}


def test_a_duel_can_end_in_a_tie_where_the_project_allows_it(visit: Visit) -> None:
    _, item, page = begin(visit, 2, mode="duel")
    expect(page.get_by_role("radio")).to_have_count(7)
    press(page, "ArrowDown", "Enter")
    wait_for_rankings(page, 1)
    a, b = shown_texts(item)
    ranking = Ranking.objects.get()
    assert stored_tiers(ranking) == [{a, b}]
    assert direct_of(ranking) == {(a, b, True, None)}


def test_a_duel_without_ties_has_six_steps(visit: Visit) -> None:
    _, item, page = begin(visit, 2, mode="duel", allow_ties=False)
    expect(page.get_by_role("radio")).to_have_count(6)
    press(page, "ArrowRight", "ArrowLeft", "7", "Enter")
    wait_for_rankings(page, 1)
    a, b = shown_texts(item)
    assert direct_of(Ranking.objects.get()) == {(a, b, False, 1)}


def test_a_slip_in_a_duel_is_seen_before_it_goes_and_can_be_undone_after(visit: Visit) -> None:
    _, item, page = begin(visit, 2, locale="en-US", mode="duel")
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    press(page, "1", "7")
    page.wait_for_timeout(1200)
    assert Ranking.objects.count() == 0
    press(page, "u")
    expect(page.get_by_role("radio", name="A is much better")).to_be_checked()
    page.reload()
    expect(page.get_by_role("radio", name="A is much better")).to_be_checked()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("radio", name="A is much better")).to_be_checked()
    page.get_by_role("radio", name="B is slightly better").click()
    press(page, "Enter")  # a click leaves the keyboard with the page
    wait_for_rankings(page, 2)
    a, b = shown_texts(item)
    assert direct_of(Ranking.objects.get(state="counted")) == {(b, a, False, 1)}


# Guided


def duel_on_screen(page: Page) -> tuple[str, str]:
    cards = page.get_by_role("article")
    expect(cards).to_have_count(2)
    left, right = (cards.nth(at).get_attribute("data-answer") for at in (0, 1))
    assert left
    assert right
    return left, right


def answer_duels(page: Page, most: int = 99) -> int:
    """Answer duels as if the later letter were better; returns how many."""
    for done in range(most):
        if page.get_by_role("radiogroup").count() == 0:
            return done
        left, right = duel_on_screen(page)
        assert left < right
        answered = page.locator("aside ol > li").count()
        press(page, "7")
        expect(page.locator("aside section ol > li")).to_have_count(answered + 1)
    return most


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_duels_lead_to_a_whole_order_and_both_are_stored(visit: Visit, locale: str) -> None:
    _, item, page = begin(visit, 6, locale=locale, mode="guided")
    answer_duels(page, 4)
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    rest = answer_duels(page)
    expect(page.get_by_role("article")).to_have_count(6)
    press(page, "Enter")
    wait_for_rankings(page, 1)
    texts = shown_texts(item)
    ranking = Ranking.objects.get()
    assert ranking.mode == "guided"
    assert stored_tiers(ranking) == [{text} for text in reversed(texts)]
    direct = direct_of(ranking)
    assert len(direct) == 4 + rest <= 10
    for better, worse, is_tie, strength in direct:
        assert texts.index(better) > texts.index(worse)
        assert (is_tie, strength) == (False, 3)


def test_a_duel_can_be_stepped_back_to_and_an_earlier_one_corrected(visit: Visit) -> None:
    _, item, page = begin(visit, 6, locale="en-US", mode="guided")
    first = duel_on_screen(page)
    press(page, "1")
    expect(page.get_by_role("button", name="Duel 1")).to_be_visible()
    second = duel_on_screen(page)
    press(page, "u")
    assert duel_on_screen(page) == first
    press(page, "7", "7")
    expect(page.get_by_role("button", name="Duel 2")).to_be_visible()
    page.get_by_role("button", name="Duel 1").click()
    expect(page.get_by_text("You are answering duel 1 again.")).to_be_visible()
    assert duel_on_screen(page) == first
    press(page, "ArrowDown")
    expect(
        page.get_by_role("button", name=f"Duel 1: {first[0]} and {first[1]} are equal")
    ).to_be_visible()
    answer_duels(page)
    press(page, "Enter")
    wait_for_rankings(page, 1)
    texts = shown_texts(item)
    tied = {texts[LETTERS.index(letter)] for letter in first}
    ranking = Ranking.objects.get()
    assert tied in stored_tiers(ranking)
    assert (
        texts[LETTERS.index(first[0])],
        texts[LETTERS.index(first[1])],
        True,
        None,
    ) in direct_of(ranking)
    assert second != first


def test_an_order_changed_on_the_last_look_leaves_the_duels_as_they_were_answered(
    visit: Visit,
) -> None:
    _, item, page = begin(visit, 6, mode="guided")
    answer_duels(page)
    expect(page.get_by_role("article")).to_have_count(6)
    press(page, "ArrowDown", "Enter")  # the best one place down
    wait_for_rankings(page, 1)
    a, b, c, d, e, f = shown_texts(item)
    ranking = Ranking.objects.get()
    assert stored_tiers(ranking) == [{e}, {f}, {d}, {c}, {b}, {a}]
    texts = [a, b, c, d, e, f]
    assert all(texts.index(x) > texts.index(y) for x, y, _, _ in direct_of(ranking))


# Best and worst


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_best_and_worst_of_four_take_two_keys(visit: Visit, locale: str) -> None:
    _, item, page = begin(visit, 4, locale=locale, mode="best_worst")
    press(page, "3", "1", "Enter")
    wait_for_rankings(page, 1)
    a, b, c, d = shown_texts(item)
    ranking = Ranking.objects.get()
    assert ranking.mode == "best_worst"
    assert stored_tiers(ranking) == [{c}, {a}]
    assert set(ranking.placements.filter(tier=None).values_list("completion__text", flat=True)) == {
        b,
        d,
    }
    over = {(c, a), (c, b), (c, d), (b, a), (d, a)}
    assert direct_of(ranking) == {(better, worse, False, None) for better, worse in over}


def test_more_than_four_are_judged_in_rounds_that_survive_a_reload(visit: Visit) -> None:
    _, item, page = begin(visit, 5, locale="en-US", mode="best_worst")
    expect(page.get_by_role("article")).to_have_count(3)
    press(page, "2", "3", "Enter")  # of A B C: best B, worst C
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "1")  # of D E: best D, so E is the worst
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_text("Which is the best?")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^1"))).to_contain_text("best B")
    expect(page.get_by_text("For the best: B, D").first).to_be_visible()
    press(page, "2", "Enter")  # best of all: D
    expect(page.get_by_text("Which is the worst?")).to_be_visible()
    press(page, "1", "Enter")  # worst of all: C
    wait_for_rankings(page, 1)
    a, b, c, d, e = shown_texts(item)
    ranking = Ranking.objects.get()
    assert stored_tiers(ranking) == [{d}, {c}]
    pairs = {(better, worse) for better, worse, _, _ in direct_of(ranking)}
    assert {(d, a), (d, b), (d, e), (d, c), (a, c), (b, c), (e, c)} <= pairs
    assert (b, a) in pairs  # seen together in the first round
    assert (a, e) not in pairs


# Drag list


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_list_is_put_in_order_by_keys_with_ties(visit: Visit, locale: str) -> None:
    _, item, page = begin(visit, 4, locale=locale, mode="drag_list", draw_cut=True)
    expect(page.get_by_role("button", name=re.compile("提交|Submit"))).to_be_disabled()
    press(page, "1", "1", "3")  # A, then B above it, then C last
    press(page, "k", "=", ".", ",")  # C equal to A; the line at the end and one place up
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.locator("[data-cut]")).to_have_attribute("data-cut", "1")
    press(page, "Enter")
    assert Ranking.objects.count() == 0  # D is not placed: asked about first
    press(page, "Enter")
    wait_for_rankings(page, 1)
    a, b, c, d = shown_texts(item)
    ranking = Ranking.objects.get()
    assert ranking.mode == "drag_list"
    assert stored_tiers(ranking) == [{b}, {a, c}]
    assert ranking.unacceptable_below == 1
    assert list(
        ranking.placements.filter(tier=None).values_list("completion__text", flat=True)
    ) == [d]
    assert direct_of(ranking) == set()


def test_a_list_is_put_in_order_by_dragging_the_handles(visit: Visit) -> None:
    _, item, page = begin(visit, 3, locale="en-US", mode="drag_list")

    def drag(letter: str, target: str, share: float) -> None:
        box = page.locator(target).bounding_box()
        assert box
        page.locator(f'aside [data-handle="{letter}"]').drag_to(
            page.locator(target), target_position={"x": 40, "y": box["height"] * share}
        )

    drag("A", "[data-drop=end]", 0.5)
    expect(page.locator("[data-place='1'] [data-chip=A]")).to_be_visible()
    drag("B", "[data-place='1'] [data-chip=A]", 0.1)
    expect(page.locator("[data-place='1'] [data-chip=B]")).to_be_visible()
    drag("C", "[data-place='2'] [data-chip=A]", 0.5)
    expect(page.locator("[data-place='2'] [data-chip=C]")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {a, c}]


# Beside the order


@pytest.mark.parametrize("mode", ["tiers", "duel", "drag_list"])
def test_a_better_answer_goes_in_with_the_judgment(visit: Visit, mode: str) -> None:
    _, item, page = begin(visit, 2, locale="en-US", mode=mode, write_better=True)
    a, b = shown_texts(item)
    press(page, "e")
    sheet = page.get_by_role("dialog", name="Write a better answer")
    expect(sheet.get_by_text("请解释光合作用。")).to_be_visible()
    expect(sheet.get_by_label("Your answer")).to_be_focused()
    sheet.get_by_role("button", name="Begin from answer B").click()
    expect(sheet.get_by_label("Your answer")).to_have_value(b)
    page.keyboard.press("End")
    page.keyboard.type("12 better")  # digits belong to the text
    page.wait_for_timeout(1200)
    page.reload()
    expect(page.get_by_role("article").first).to_be_visible()
    press(page, "e")
    expect(sheet.get_by_label("Your answer")).to_have_value(f"{b}12 better")
    sheet.get_by_role("button", name="Begin from answer A").click()
    sheet.get_by_role("button", name="Keep mine").click()
    press(page, "Escape")
    expect(sheet).to_be_hidden()
    press(page, *(("7",) if mode == "duel" else ("1", "2")), "Enter")
    wait_for_rankings(page, 1)
    written = Demonstration.objects.get()
    assert written.text == f"{b}12 better"
    assert written.based_on is not None
    assert written.based_on.text == b
    assert written.ranking == Ranking.objects.get()


def test_an_answer_that_was_not_changed_is_no_better_one(visit: Visit) -> None:
    _, _, page = begin(visit, 2, mode="duel", write_better=True)
    press(page, "e")
    page.get_by_role("button", name="在回答 A 的基础上修改").click()
    press(page, "Escape", "1", "Enter")
    wait_for_rankings(page, 1)
    assert not Demonstration.objects.exists()


@pytest.mark.parametrize("mode", ["duel", "guided", "best_worst", "drag_list"])
def test_flags_notes_and_what_cannot_be_judged_are_said_by_keys_in_every_mode(
    visit: Visit, mode: str
) -> None:
    count = 2 if mode == "duel" else 4
    flags = ["hallucination", "harmful"]
    _, item, page = begin(visit, count, mode=mode, flags=flags, take_notes=True)
    press(page, "f", "2", "n")
    page.get_by_role("dialog").get_by_role("textbox").fill("第 1 句不对")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="第 1 句不对")).to_be_visible()
    if mode == "duel":
        press(page, "j", "m")
    elif mode == "guided":
        press(page, "j", "m")
        answer_duels(page)
    elif mode == "best_worst":
        press(page, "j", "m", "1", "2")
    else:
        press(page, "j", "m", "k", "1", "2", "3")
    press(page, "Enter")
    wait_for_rankings(page, 1)
    first, second = shown_texts(item)[:2]
    placed = {p.completion.text: p for p in Ranking.objects.get().placements.all()}
    assert (placed[first].flags, placed[first].note) == (["harmful"], "第 1 句不对")
    assert [text for text, p in placed.items() if p.cannot_judge] == [second]


def test_the_line_below_the_acceptable_is_drawn_in_every_mode_that_orders(visit: Visit) -> None:
    _, _, page = begin(visit, 2, locale="en-US", mode="duel", draw_cut=True)
    press(page, "1")
    page.get_by_role("radio", name="Only the better one").click()
    press(page, "Enter")
    wait_for_rankings(page, 1)
    assert Ranking.objects.get().unacceptable_below == 1


# Without a mouse, without eyes, on a phone, in the dark


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("mode", ["duel", "guided", "best_worst", "drag_list"])
def test_every_state_of_every_mode_is_sound(visit: Visit, mode: str, look: dict[str, Any]) -> None:
    work = campaign(
        mode=mode,
        flags=["hallucination", "harmful"],
        take_notes=True,
        draw_cut=True,
        write_better=True,
    )
    add_item(work, "请解释光合作用。", NINE[: 2 if mode == "duel" else 5])
    page = visit(work.cast.labeler, work.label_path, **look)
    expect(page.get_by_role("article").first).to_be_visible()
    assert_sound(page, "nothing said")
    press(page, "f")
    assert_sound(page, "flags open")
    press(page, "1", "e")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.get_by_role("dialog").get_by_role("textbox").fill("更好的回答")
    assert_sound(page, "writing a better one")
    press(page, "Escape")
    for keys in (("1",), ("2",), ("Enter",), ("1",), ("2",), ("Enter",), ("u",)):
        press(page, *keys)
        page.wait_for_timeout(80)
        assert_sound(page, f"after {keys}")
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_sound(page, "keys")


def test_taps_alone_make_a_list_on_a_phone(visit: Visit) -> None:
    work = campaign(mode="drag_list")
    item = add_item(work, "?", NINE[:3])
    page = visit(
        work.cast.labeler, work.label_path, width=360, height=740, has_touch=True, is_mobile=True
    )
    for letter, place in (("A", 1), ("B", 1), ("C", 2)):
        group = page.get_by_role("group", name=f"Place answer {letter}")
        group.get_by_role("button", name=f"Tier {place}").tap()
    page.get_by_role("button", name="Submit").tap()
    wait_for_rankings(page, 1)
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{b}, {c}, {a}]


def test_what_a_key_did_in_a_mode_is_said_aloud(visit: Visit) -> None:
    _, _, page = begin(visit, 2, mode="duel")
    said = page.locator("[aria-live=polite]")
    press(page, "7")
    expect(said).to_have_text("B 好得多")
    press(page, "4")
    expect(said).to_have_text("不相上下")
    press(page, "u")
    expect(said).to_have_text("已撤销")


@pytest.mark.parametrize("mode", ["drag_list", "best_worst", "guided", "duel"])
def test_the_head_of_an_answer_stands_in_one_line(visit: Visit, mode: str) -> None:
    _, _, page = begin(visit, 2, mode=mode, take_notes=True, flags=["harmful"])
    head = page.get_by_role("article").first.locator("header").first
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        letter = head.locator("span").first.bounding_box()
        assert letter
        for button in head.get_by_role("button").all():
            box = button.bounding_box()
            assert box
            middle = box["y"] + box["height"] / 2
            assert abs(middle - (letter["y"] + letter["height"] / 2)) < 3, (mode, width)
