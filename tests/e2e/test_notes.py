"""What review writes to labelers, and what they say to it, reaches the other side."""

import re

import pytest
from playwright.sync_api import expect

from annotation.quality.models import FeedbackNote
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import manage, rank_by_keys, violations


@pytest.mark.parametrize(
    ("locale", "width", "notes", "any_answer", "disagrees"),
    [
        ("en-US", 1280, "Notes", "Answer", "Disagrees"),
        ("zh-CN", 390, "意见", "回应", "不同意"),
    ],
)
def test_a_reviewer_reads_that_a_labeler_disagrees(
    visit: Visit, locale: str, width: int, notes: str, any_answer: str, disagrees: str
) -> None:
    work = campaign()
    add_item(work, "天空为什么是蓝色的？", ["瑞利散射", "海的倒影", "不知道"])
    ranking = rank_by_keys(visit, work, "121")
    FeedbackNote.objects.create(
        project=work.project,
        labeler=work.cast.labeler,
        ranking=ranking,
        author=work.cast.reviewer,
        reason="guideline",
        message="See section 2.",
    )
    reviewer = visit(work.cast.reviewer, manage(work, "review"), locale=locale, width=width)
    reviewer.get_by_text(notes, exact=True).click()
    unread = reviewer.get_by_role("row").filter(has_text="See section 2.")
    expect(unread.get_by_text(disagrees)).to_have_count(0)
    answer = visit(work.cast.labeler, f"{work.label_path}/notes")
    answer.get_by_role("link", name="天空为什么是蓝色的？").click()
    answer.get_by_label("Your answer").fill("Section 2 is about ties.\n<b>Not</b> about this.")
    answer.get_by_role("button", name="I disagree").click()
    expect(answer.get_by_text("You disagreed")).to_be_visible()
    reviewer.reload()  # the view stands in the address
    row = reviewer.get_by_role("row").filter(has_text="See section 2.")
    expect(row.get_by_text(disagrees)).to_be_visible()
    expect(row.get_by_text("<b>Not</b> about this.")).to_be_visible()
    assert violations(reviewer) == []
    assert reviewer.evaluate("document.documentElement.scrollWidth") <= width
    reviewer.get_by_role("combobox", name=any_answer).click()
    reviewer.get_by_role("option").last.click()  # those who replied
    expect(reviewer.get_by_role("row")).to_have_count(0)
    reviewer.get_by_role("combobox", name=any_answer).click()
    reviewer.get_by_role("option", name=disagrees).click()
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    expect(reviewer).to_have_url(re.compile(f"/review/{ranking.item_id}$"))
