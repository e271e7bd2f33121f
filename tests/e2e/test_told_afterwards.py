"""What was expected of a gold item, told after the judgment where the project wants it."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from annotation.labeling.models import GoldTold
from tests.annotation.labeling.test_control_hand_out import rates
from tests.annotation.quality.test_control_api import gold
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_data import violations
from tests.e2e.test_labeling import wait_for_rankings

EXPECTED = {"Paris.": "1", "Perhaps Lyon.": "2", "Bananas!": "3"}
LOOKS = [
    pytest.param("en-US", 1440, "About your last judgment", "Go on", id="en-wide"),
    pytest.param("zh-CN", 390, "关于刚才的标注", "继续", id="zh-narrow"),
]


@pytest.mark.parametrize(("locale", "width", "title", "go_on"), LOOKS)
def test_a_labeler_hears_after_the_judgment_what_was_expected_and_goes_on_by_key(
    visit: Visit, locale: str, width: int, title: str, go_on: str
) -> None:
    work = campaign()
    cast = replace(work.cast, project=work.project)
    made = gold(
        cast,
        messages=[{"role": "user", "content": "What is the capital of France?"}],
        completions=list(EXPECTED),
        expected=[[0], [1], [2]],
        explanation="Paris **is** the capital.",
    )
    assert made.status_code == 201, made.content
    for number in range(12):
        add_item(work, f"Question {number}", [f"{number} yes.", f"{number} no."])
    rates(cast, gold_percent=20, tell_gold=True)
    page = visit(work.cast.labeler, work.label_path, locale=locale, width=width)
    cards = page.get_by_role("article")
    for count in range(1, 13):
        expect(cards.first).to_be_visible()
        texts = cards.all_text_contents()
        is_gold = len(texts) == 3
        # the gold upside down: 4 minus its place
        for text in texts:
            place = next((key for known, key in EXPECTED.items() if known in text), "1")
            page.keyboard.press(str(4 - int(place)) if is_gold else "1")
        prompt = page.locator("main section").first.text_content() or ""
        page.keyboard.press("Enter")
        wait_for_rankings(page, count)
        if is_gold:
            break
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("main section").first).not_to_have_text(prompt)
    told = page.get_by_role("dialog", name=title)
    expect(told).to_be_visible()
    expect(told.get_by_text("Paris is the capital.")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert GoldTold.objects.count() == 1
    expect(told.get_by_role("button", name=go_on)).to_be_focused()
    page.keyboard.press("Enter")
    expect(told).to_be_hidden()
    for key in ("1", "2", "Enter"):  # the keys are heard again
        page.keyboard.press(key)
    wait_for_rankings(page, count + 1)
