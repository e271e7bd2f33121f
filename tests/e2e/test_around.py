"""Around the labeling: home, guidelines, practice, qualification, reports, breaks."""

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation.corpus.models import Completion
from annotation.labeling.models import Item, Ranking, Report, Skip
from annotation.projects.models import GuidelineReading, GuidelineVersion, Membership, Project
from annotation.quality.models import PracticeAnswer, PracticeItem
from annotation.quality.services import create_practice_item
from tests.annotation.labeling.work import Labeling
from tests.e2e.campaign import Campaign, add_demonstration, add_item, campaign
from tests.e2e.conftest import Visit, wait_until_quiet
from tests.e2e.test_accessibility import LOOKS, assert_sound
from tests.e2e.test_labeling import wait_for_rankings
from tests.e2e.test_manage import manage


def known(work: Campaign, kind: str, *texts: str) -> PracticeItem:
    """A practice item in which these texts are expected in this order."""
    return create_practice_item(
        actor=work.cast.admin,
        project=work.project,
        kind=kind,
        messages=[{"role": "user", "content": "猫为什么会发出呼噜声？"}],
        completions=list(texts),
        expected=[[index] for index in range(len(texts))],
        explanation="**说明机理**的最完整。",
    )


def place(page: Page, *texts: str) -> None:
    """Rank the answers with these texts in this order, by keyboard, and submit."""
    cards = page.get_by_role("article")
    expect(cards).to_have_count(len(texts))
    for text in texts:
        expect(cards.filter(has_text=text)).to_have_count(1)
    for text in cards.all_text_contents():
        page.keyboard.press(str(1 + next(i for i, one in enumerate(texts) if one in text)))
    page.keyboard.press("Enter")


def practice_path(work: Campaign) -> str:
    return f"/label/{work.project.pk}/practice"


def answered(page: Page, count: int) -> None:
    """Wait until so many practice answers are stored."""
    for _ in range(200):
        if PracticeAnswer.objects.count() == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(PracticeAnswer.objects.count())


def new_guidelines(work: Campaign) -> None:
    GuidelineVersion.objects.create(
        project=work.project, number=2, text="**先读完**所有回答，再排序。\n\n一样好时请并列。"
    )


def test_home_shows_how_far_the_project_is_and_my_own_pace(visit: Visit) -> None:
    work = campaign()
    for number in range(4):
        add_item(work, f"问题 {number}", ["一", "二"])
    at = Labeling(work.cast.labeler, work.project)
    at.submit(at.work(), active_ms=83_000)
    held = at.work()
    at.draft(held, 0, {"version": 2})
    known(work, "practice", "好", "坏")
    page = visit(work.cast.labeler)
    card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="问答偏好"))
    expect(card.get_by_text("1 of 4 judgments in this project")).to_be_visible()
    expect(card.get_by_role("progressbar")).to_have_attribute("value", "1")
    expect(card.get_by_role("figure")).to_have_accessible_name(re.compile("14 days: 1 judgment"))
    # the usual time, today's and that of seven days are those of the one judgment
    expect(card.get_by_role("definition").filter(has_text="1 min 23 sec")).to_have_count(3)
    expect(card.get_by_text("About 2 items are left for you.")).to_be_visible()
    expect(card.get_by_role("link", name="1 practice item")).to_be_visible()
    expect(card.get_by_role("link", name="1 unfinished draft")).to_be_visible()
    card.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("article")).to_have_count(2)
    other = visit(work.cast.second_labeler)
    expect(other.get_by_text("You have not labeled here yet.").first).to_be_visible()


def test_home_tells_a_reviewer_what_waits_and_leads_there(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.reviewer)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="问答偏好"))
    expect(row.get_by_text("Nothing waits for review.")).to_be_visible()
    add_item(work, "天空为什么是蓝色的？", ["因为瑞利散射。", "因为海。"])
    at = Labeling(work.cast.labeler, work.project)
    held = at.work()
    body = {"lease_token": held["lease_token"], "completion": None, "reason": "broken"}
    at.client.post(f"/api/v1/slots/{held['slot_id']}/reports", body, format="json")
    page.reload()
    row.get_by_role("link", name="1 report to decide").click()
    expect(page.get_by_text("天空为什么是蓝色的？")).to_be_visible()
    desk = visit(work.cast.reviewer, locale="zh-CN")
    expect(desk.get_by_role("link", name="1 条举报待处理")).to_be_visible()


def test_a_new_version_opens_by_itself_once_and_is_read_by_an_act(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二"])
    new_guidelines(work)
    page = visit(work.cast.labeler, work.label_path)
    panel = page.get_by_role("dialog")
    expect(panel.get_by_text("Version 2 is new: you last read version 1.")).to_be_visible()
    expect(panel.locator("mark").filter(has_text="一样好时请并列")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert not GuidelineReading.objects.filter(version__number=2).exists(), "closing is not reading"
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    expect(panel).to_be_hidden()
    expect(page.get_by_label("not read yet")).to_be_visible()
    page.keyboard.press("g")
    panel.get_by_role("button", name="I have read this").click()
    expect(panel).to_be_hidden()
    expect(page.get_by_label("not read yet")).to_be_hidden()
    assert GuidelineReading.objects.filter(version__number=2).count() == 1


def test_a_new_labeler_is_shown_the_guidelines_before_the_first_item_once(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二"])
    GuidelineReading.objects.all().delete()
    page = visit(work.cast.labeler, work.label_path)
    panel = page.get_by_role("dialog", name="Guidelines")
    expect(panel.locator("strong")).to_have_text("先读完")
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("article", name="not placed")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    expect(panel).to_be_hidden()


def test_practice_tells_after_each_item_what_was_expected(visit: Visit) -> None:
    work = campaign()
    known(work, "practice", "机理", "舒服", "引擎")
    page = visit(work.cast.labeler, practice_path(work), locale="zh-CN")
    page.get_by_role("button", name="开始").click()
    place(page, "机理", "引擎", "舒服")
    expect(page.get_by_role("heading", name="与标准对照")).to_be_visible()
    expect(page.get_by_text("66%")).to_be_visible()  # two of three, never rounded up
    expect(page.get_by_text("3 组比较中 2 组与标准一致")).to_be_visible()
    expect(page.get_by_text("排在了前面")).to_have_count(1)
    expect(page.get_by_text("说明机理").first).to_be_visible()
    assert not Ranking.objects.exists()


def test_an_answer_that_could_not_be_sent_is_sent_again_without_loss(visit: Visit) -> None:
    work = campaign()
    known(work, "practice", "好", "坏")
    page = visit(work.cast.labeler, practice_path(work))
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("article")).to_have_count(2)
    page.context.set_offline(True)
    place(page, "好", "坏")
    expect(page.get_by_text("could not be sent")).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it compares")).to_be_visible()
    assert PracticeAnswer.objects.count() == 1


def test_work_begins_after_the_qualification_and_not_before(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二", "三"])
    for pair in (("好", "坏"), ("对", "错")):
        known(work, "qualification", *pair)
    Project.objects.filter(pk=work.project.pk).update(pass_mark=75)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("heading", name="A short qualification comes first")).to_be_visible()
    page.get_by_role("link", name="To the qualification").click()
    page.get_by_role("button", name="Begin").click()
    for wrong in (("坏", "好"), ("错", "对")):
        place(page, *wrong)
        answered(page, 1 if wrong[0] == "坏" else 2)
    expect(page.get_by_role("heading", name="Not there yet")).to_be_visible()
    expect(page.get_by_text("0% of the pairs were as expected; 75% were needed.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    place(page, "好", "坏")
    answered(page, 3)
    place(page, "对", "错")
    expect(page.get_by_role("heading", name="You passed")).to_be_visible()
    page.get_by_role("link", name="Start labeling").click()
    expect(page.get_by_role("article")).to_have_count(3)
    held = Membership.objects.get(project=work.project, user=work.cast.labeler)
    assert held.qualified_at is not None


def test_the_guidelines_come_before_practice_too_and_stay_within_reach(visit: Visit) -> None:
    work = campaign()
    known(work, "qualification", "好", "坏")
    Project.objects.filter(pk=work.project.pk).update(pass_mark=75)
    GuidelineReading.objects.all().delete()
    page = visit(work.cast.labeler)
    page.get_by_role("link", name="To the qualification").click()  # there is no other way to work
    panel = page.get_by_role("dialog", name="Guidelines")
    panel.get_by_role("button", name="I have read this").click()
    expect(panel).to_be_hidden()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_role("button", name="Guidelines").click()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_home_leads_to_the_qualification_until_it_is_passed(visit: Visit) -> None:
    work = campaign()
    known(work, "qualification", "好", "坏")
    Project.objects.filter(pk=work.project.pk).update(pass_mark=75)
    page = visit(work.cast.labeler)
    doors = page.get_by_role("navigation", name=work.project.name)
    expect(doors.get_by_role("link", name="To the qualification")).to_be_visible()
    expect(doors.get_by_role("link", name="Label", exact=True)).to_be_hidden()
    Membership.objects.filter(user=work.cast.labeler).update(qualified_at=timezone.now())
    page.reload()
    expect(doors.get_by_role("link", name="Label", exact=True)).to_be_visible()


def test_nobody_skips_for_a_reason_that_they_did_not_choose(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二"])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("s")
    form = page.get_by_role("dialog")
    expect(form.get_by_role("button", name="Skip")).to_be_disabled()
    expect(form.get_by_role("radio", checked=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(form).to_be_visible()
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(form).to_be_hidden()
    wait_until_quiet()
    assert Skip.objects.get().reason == "harmful"


def test_who_writes_is_told_only_keys_that_writing_has_and_can_report(visit: Visit) -> None:
    work = campaign()
    add_demonstration(work, "写一首短诗。")
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("textbox")).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    listed = page.get_by_role("dialog", name="Keys").get_by_role("definition")
    expect(listed).to_have_text(
        [
            "Skip with a reason",
            "Report a problem",
            "Show or hide the prompt",
            "Guidelines",
            "All keys",
        ]
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Report").click()
    expect(page.get_by_role("dialog", name="Report a problem")).to_be_visible()


def test_a_prompt_runs_its_own_way_in_my_judgments(visit: Visit) -> None:
    work = campaign()
    add_item(work, "ما هي عاصمة المغرب؟", ["الرباط", "فاس"])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    for key in ("1", "2", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    page.goto(f"{work.label_path}/history")
    expect(page.get_by_text("عاصمة")).to_have_css("direction", "rtl")
    page.get_by_role("button", name="What I said").click()
    expect(page.get_by_role("heading", name="Tier 1")).to_be_visible()


def test_a_reported_answer_is_gone_for_everybody_until_a_reviewer_decides(visit: Visit) -> None:
    work = campaign(language="en")
    add_item(work, "first?", ["fine", "my phone is 555"], priority=2)
    add_item(work, "second?", ["one", "two", "three"], priority=1)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("t")
    form = page.get_by_role("dialog")
    form.get_by_role("radio", name=re.compile("555")).check()
    form.get_by_role("radio", name="private data").check()
    form.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_text("Reported.")).to_be_visible()
    assert Completion.objects.get(text="my phone is 555").withdrawn_at is not None
    assert Item.objects.get(prompt__messages__0__content="first?").state == "triage"

    desk = visit(work.cast.reviewer, manage(work, "reports"))
    expect(desk.get_by_text("my phone is 555")).to_be_visible()
    expect(desk.get_by_text("1 item waits")).to_be_visible()
    desk.get_by_role("button", name="Dismiss").click()
    desk.get_by_role("dialog").get_by_role("button", name="Dismiss").click()
    expect(desk.get_by_text("Nothing to decide.")).to_be_visible()
    wait_until_quiet()
    assert Report.objects.get().state == "dismissed"
    assert Completion.objects.get(text="my phone is 555").withdrawn_at is None


def test_an_admin_makes_a_practice_item_and_asks_for_a_qualification(visit: Visit) -> None:
    work = campaign(language="en")
    page = visit(work.cast.admin, manage(work, "practice"))
    page.get_by_role("link", name="New practice item").click()
    page.get_by_text("Qualification", exact=True).click()
    page.get_by_role("textbox", name="Prompt").fill("Which is right?")
    page.get_by_label("Answer 1").first.fill("Wrong")
    page.get_by_label("Answer 2").first.fill("Right")
    page.get_by_label("Place of answer 1").select_option("2")
    page.get_by_label("Place of answer 2").select_option("1")
    page.get_by_label("Why this order").fill("Right is right.")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/practice")
    expect(page.get_by_text("Which is right?")).to_be_visible()
    made = PracticeItem.objects.get()
    order = {one["id"]: one["text"] for one in made.completions}
    assert [[order[key] for key in tier] for tier in made.expected] == [["Right"], ["Wrong"]]
    page.get_by_role("switch", name="Ask for a qualification").check()
    page.get_by_label("Pass mark").fill("80")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert Project.objects.get(pk=work.project.pk).pass_mark == 80


def test_a_break_is_suggested_quietly_and_can_be_turned_off(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["一", "二"])
    page = visit(work.cast.labeler, "/")  # where nothing counts the time and writes it
    worked = "localStorage['tiebreak.worked'] = JSON.stringify({ms: 3000000, at: Date.now()})"
    page.evaluate(worked)
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("1")
    reminder = page.get_by_role("complementary", name="Time for a break")
    expect(reminder).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("2")  # the work goes on as if nothing was there
    expect(page.get_by_role("article").nth(1)).to_have_accessible_name(re.compile("Tier 2"))
    reminder.get_by_role("button", name="Do not remind me").click()
    expect(reminder).to_be_hidden()
    page.reload()
    page.evaluate(worked)
    page.keyboard.press("1")
    page.wait_for_timeout(1500)
    expect(reminder).to_be_hidden()


@pytest.mark.parametrize("look", LOOKS)
def test_everything_around_the_labeling_can_be_used_by_everybody(
    visit: Visit, look: dict[str, Any]
) -> None:
    work = campaign()
    add_item(work, "天空为什么是蓝色的？", ["因为瑞利散射。", "因为海。"])
    known(work, "practice", "机理", "引擎")
    known(work, "qualification", "好", "坏")
    new_guidelines(work)
    page = visit(work.cast.labeler, **look)
    expect(page.get_by_role("progressbar").first).to_be_visible()
    assert_sound(page, "home with figures")
    page.goto(work.label_path)
    expect(page.get_by_role("dialog").locator("mark").first).to_be_visible()
    assert_sound(page, "what changed in the guidelines")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.evaluate("localStorage['tiebreak.worked'] = JSON.stringify({ms: 3000000, at: Date.now()})")
    page.reload()
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("1")
    expect(page.get_by_role("complementary", name=re.compile("break|休息"))).to_be_visible()
    assert_sound(page, "the break reminder")
    page.keyboard.press("t")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_sound(page, "the report dialog")
    Project.objects.filter(pk=work.project.pk).update(pass_mark=75)
    page.goto(practice_path(work))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_sound(page, "practice")
    page.get_by_role("button", name=re.compile("Begin|开始")).first.click()
    place(page, "引擎", "机理")
    expect(page.get_by_role("heading", name=re.compile("compares|对照"))).to_be_visible()
    assert_sound(page, "feedback")
    page.goto(practice_path(work))
    page.get_by_role("button", name=re.compile("Begin|开始")).click()
    place(page, "坏", "好")
    expect(page.get_by_role("heading", name=re.compile("Not there|还没有通过"))).to_be_visible()
    assert_sound(page, "the result of a round")
    Report.objects.create(
        project=work.project,
        item=Item.objects.get(),
        prompt=Item.objects.get().prompt,
        labeler=work.cast.labeler,
        reason="broken",
        note="第三行",
    )
    for name in ("reports", "practice", "practice/new"):
        console = visit(work.cast.admin, manage(work, name), **look)
        expect(console.get_by_role("heading", level=1)).to_be_visible()
        console.wait_for_load_state("networkidle")
        assert_sound(console, f"manage {name}")
