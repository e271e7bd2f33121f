"""A session that ends under a page takes nothing with it that was typed into the page."""

from playwright.sync_api import Page, expect

from annotation.accounts.models import User
from annotation.runs.models import JudgingCampaign
from tests.annotation.runs.test_campaigns import evaluation_set
from tests.annotation.runs.test_mixes import plan, version
from tests.cast import PASSWORD, assemble
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_judging import filled_in
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings


def sign_in(page: Page, person: User) -> None:
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog.get_by_text("Nothing that you typed is lost")).to_be_visible()
    dialog.get_by_label("User name").fill(person.username)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()


def test_a_form_is_sent_after_signing_in_again_as_it_was_filled_in(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    version(cast, 2)
    evaluation_set(cast, 12)
    plan(cast, n=1)
    page = visit(cast.ml, f"/train/{cast.project.pk}/judging")
    form = filled_in(page, "half written")
    page.context.clear_cookies()
    form.get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.press("Escape")  # closes neither dialog
    sign_in(page, cast.ml)
    expect(form.get_by_label("Name")).to_have_value("half written")
    expect(form.get_by_text("You are signed out")).to_be_hidden()
    form.get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_role("heading", name="half written")).to_be_visible()
    assert JudgingCampaign.objects.count() == 1


def test_somebody_else_who_signs_in_finds_nothing_of_what_was_typed(visit: Visit) -> None:
    cast = assemble()
    version(cast, 1, promoted=True)
    page = visit(cast.ml, f"/train/{cast.project.pk}/playground")
    prompt = page.get_by_label("Prompt", exact=True)
    prompt.fill("between us")
    page.context.clear_cookies()
    page.get_by_role("button", name="Ask").click()
    with page.expect_navigation():
        sign_in(page, cast.outsider)
    page.get_by_label("Account of Outsider").wait_for()
    assert "between us" not in page.content()


def test_a_judgment_made_meanwhile_goes_once_its_labeler_is_back(visit: Visit) -> None:
    work = campaign()
    for number in range(2):
        add_item(work, f"第{number}题", ANSWERS[:2], priority=-number)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第0题")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the other one is fetched ahead
    page.context.clear_cookies()
    for key in ("1", "2", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("You are signed out")).to_be_visible()
    page.keyboard.press("2")  # the work goes on for the time being
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    page.evaluate("new BroadcastChannel('tiebreak.session').postMessage('changed')")
    sign_in(page, work.cast.labeler)
    wait_for_rankings(page, 1)
    expect(page.get_by_text("You are signed out")).to_be_hidden()
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
