"""The rounds page: the loop with its figures, a gate's question answered, the plan written down."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.runs.models import Round, RoundPlan
from annotation.runs.services import automatic
from tests.annotation.runs.loop import go, start, wish
from tests.annotation.runs.test_campaigns import at_the_judges, judge
from tests.annotation.runs.test_mixes import version
from tests.cast import Cast, assemble
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import violations

TOO_FAR = {"policy": {"evaluation": {"kl_after": 30.0, "stop_rate_after": 0.9}}}
LOOKS = [
    pytest.param({"locale": "en-US", "width": 1440}, id="en-wide"),
    pytest.param({"locale": "zh-CN", "width": 360, "color_scheme": "dark"}, id="zh-narrow-dark"),
]


def address(cast: Cast, query: str = "") -> str:
    return f"/train/{cast.project.pk}/rounds{query}"


def test_a_question_is_answered_and_a_figure_leads_to_its_judgments(visit: Visit) -> None:
    cast = assemble()
    start(cast)
    go(cast, **TOO_FAR)
    page = visit(cast.ml, address(cast))
    question = page.get_by_role("region", name="Round 1 waits for you")
    expect(question).to_contain_text("Nothing has been promoted")
    steps = page.get_by_role("list", name="Steps of round 1").get_by_role("listitem")
    expect(steps.filter(has_text="does not hold: at most 25")).to_have_count(1)
    expect(steps.filter(has_text="4 rankings in all (4 asked for)")).to_have_count(1)
    # accuracy → its run → the snapshot's judgments → one of them
    steps.get_by_role("link", name="70%").click()
    page.get_by_role("link", name="Snapshot 1").click()
    rows = page.get_by_role("table").get_by_role("link")
    expect(rows.first).to_be_visible()
    page.goto(address(cast))
    question.get_by_role("button", name="Go on all the same").click()
    expect(question.get_by_label("Why")).to_have_attribute("aria-invalid", "true")
    question.get_by_label("Why").fill("30 nats are fine here")
    question.get_by_role("button", name="Go on all the same").click()
    expect(question).to_be_hidden()
    round = Round.objects.get()
    assert (round.step, round.events.get(kind="continued").words) == (
        "evaluation",
        "30 nats are fine here",
    )


def test_the_win_rate_of_a_campaign_leads_to_its_judgments(visit: Visit) -> None:
    cast = assemble()
    made = at_the_judges(cast)
    assert made.base is not None
    judge(cast, made.base, most=11)
    automatic.advance_all()
    page = visit(cast.ml, address(cast))
    rate = page.get_by_role("link", name="0%", exact=True)
    expect(rate).to_have_count(2)  # at its step, and in the table of rounds
    rate.last.click()
    expect(page).to_have_url(re.compile(f"/judging/{made.pk}$"))
    page.get_by_role("link", name=re.compile(r"^11\b")).click()
    expect(page.get_by_role("table").get_by_role("link").first).to_be_visible()


def test_a_plan_is_written_down_let_go_and_paused(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    plan = wish(cast)
    page = visit(cast.ml, address(cast))
    page.get_by_role("link", name="Plan rounds").click()
    for label, choice in (
        ("Sampling mix", "mix v1"),
        ("Prompts to rank", "Prompts v1"),
        ("Prompts to learn on", "rl v1"),
    ):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).click()
    page.get_by_label("New rankings", exact=True).fill("40")
    page.get_by_label("KL at most").fill("12")
    page.get_by_label("Win rate above").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("trains after 40 new rankings")).to_be_visible()
    made = RoundPlan.objects.get()
    assert (made.mix, made.judgments, made.kl_ceiling) == (plan["mix"], 40, 12.0)
    assert (made.least_win_rate, made.reward_least_accuracy, made.state) == (None, 0.5, "paused")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("Going on by itself")).to_be_visible()
    automatic.advance_all()  # what the server does by itself within 15 seconds
    expect(page.get_by_role("heading", name="Round 1", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_text("Close this round before its end").click()
    page.get_by_label("Why").fill("Only a try.")
    page.get_by_role("button", name="Close the round").click()
    expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
    automatic.advance_all()
    expect(page.get_by_role("heading", name="Round 2", exact=True)).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused")).to_be_visible()


def test_numbers_are_stored_as_they_are_typed(visit: Visit) -> None:
    cast = assemble()
    start(cast)
    page = visit(cast.ml, address(cast, "?plan=edit"))
    gate = page.get_by_label("Win rate above")
    expect(gate).to_have_value("50")
    gate.clear()
    gate.press_sequentially("52.5")
    heading = page.get_by_role("heading", name="Policy", exact=True)
    policy = page.locator("section").filter(has=heading)
    policy.get_by_text("more settings").click()
    for label, text in (
        ("KL coefficient", "0.05"),
        ("Learning rate", "1e-5"),
        ("Inner epochs", "3"),
    ):
        field = policy.get_by_label(label, exact=True)
        field.clear()
        field.press_sequentially(text)
        expect(field).to_have_value(text)
    clip = policy.get_by_label("Value clip", exact=True)
    expect(clip).to_have_value("0.2")
    clip.clear()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Going on by itself")).to_be_visible()
    plan = RoundPlan.objects.get()
    assert plan.least_win_rate == 0.525
    typed = ("kl_coefficient", "learning_rate", "inner_epochs", "value_clip")
    assert [plan.policy_config[name] for name in typed] == [0.05, 1e-5, 3, None]


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_is_accessible_and_as_wide_as_the_screen(
    visit: Visit, look: dict[str, object]
) -> None:
    cast = assemble()
    start(cast)
    go(cast)
    go(cast, **TOO_FAR)
    page = visit(cast.ml, **look)
    for query in ("", "?plan=edit"):
        page.goto(address(cast, query))
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= int(str(look["width"]))
        assert violations(page) == []


def test_rounds_come_in_pages_and_a_link_leads_to_an_old_one(visit: Visit) -> None:
    cast = assemble()
    policy = version(cast, 1, promoted=True)
    old, *_ = [
        Round.objects.create(
            project=cast.project, number=number, policy_version=policy, closed_at=timezone.now()
        )
        for number in range(1, 24)
    ]
    page = visit(cast.ml, address(cast, f"?round={old.pk}"))
    expect(page.get_by_role("heading", name="Round 1", exact=True)).to_be_visible()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(21)  # and their head
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(24)
    rows.nth(1).get_by_role("link", name="23", exact=True).click()
    expect(page.get_by_role("heading", name="Round 23")).to_be_visible()
