"""Nothing a labeler did is lost: reloads, another device, a server that is away, an expired lease."""

from playwright.sync_api import Page, Route, expect

from annotation.labeling.models import Draft, Item, Ranking, Slot
from annotation.projects.models import Project
from tests.e2e.campaign import add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import Visit, session_cookie
from tests.e2e.server import Server
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings


def wait_for_draft(page: Page) -> None:
    for _ in range(100):
        if Draft.objects.exists():
            return
        page.wait_for_timeout(50)
    raise AssertionError("no draft is stored")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_reload_right_after_a_key_restores_what_was_placed(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:4])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(4)
    press(page, "2", "1", "m")
    page.reload()  # before the draft went to the server
    expect(page.get_by_role("article", name="Answer A: Tier 2")).to_be_visible()
    expect(page.get_by_role("article", name="Answer B: Tier 1")).to_be_visible()
    expect(page.get_by_role("article", name="Answer C: Cannot judge")).to_be_visible()
    expect(page.get_by_role("article", name="Answer D: not placed")).to_be_focused()


def test_after_a_reload_the_item_begun_is_on_screen_and_so_is_a_judgment_taken_back(
    visit: Visit,
) -> None:
    work = campaign()
    for number in range(4):
        add_item(work, f"第{number}题", ANSWERS[:2], priority=-number)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第0题")).to_be_visible()
    press(page, "1")
    wait_for_draft(page)
    for _ in range(2):
        page.wait_for_load_state("networkidle")  # another item is fetched ahead
        page.reload()
        expect(page.get_by_role("article", name="Answer A: Tier 1")).to_be_visible()
        expect(page.get_by_text("第0题")).to_be_visible()
    press(page, "2", "Enter")
    expect(page.get_by_text("第1题")).to_be_visible()
    wait_for_rankings(page, 1)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("第0题")).to_be_visible()
    page.reload()
    expect(page.get_by_role("article", name="Answer B: Tier 2")).to_be_visible()
    expect(page.get_by_text("第0题")).to_be_visible()


def test_what_is_handed_in_to_an_archived_project_goes_by_itself_once_it_is_restored(
    visit: Visit,
) -> None:
    work = campaign()
    for number in range(2):
        add_item(work, f"第{number}题", ANSWERS[:2], priority=-number)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第0题")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the other one is fetched ahead
    project = Project.objects.filter(pk=work.project.pk)
    project.update(state=Project.State.ARCHIVED)
    press(page, "1", "2", "Enter")
    expect(page.get_by_text("sent by itself once the project is restored")).to_be_visible()
    expect(page.get_by_text("第1题")).to_be_visible()
    with page.expect_response(lambda response: response.url.endswith("/heartbeat")) as refused:
        look_again(page)
    assert refused.value.status == 409
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("somewhere else")).to_be_hidden()
    expect(page.get_by_role("button", name="Discard it")).to_be_hidden()
    project.update(state=Project.State.ACTIVE)
    look_again(page)
    wait_for_rankings(page, 1)
    expect(page.get_by_text("1 unsent")).to_be_hidden()


def look_again(page: Page) -> None:
    """Come back to this tab."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_another_device_goes_on_from_the_draft_in_the_same_order(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:4])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(4)
    press(page, "3", "1")
    wait_for_draft(page)
    shown = [text.split() for text in page.get_by_role("article").all_inner_texts()]
    other = visit(work.cast.labeler, work.label_path)
    expect(other.get_by_role("article", name="Answer A: Tier 3")).to_be_visible()
    expect(other.get_by_role("article", name="Answer B: Tier 1")).to_be_visible()
    there = [text.split() for text in other.get_by_role("article").all_inner_texts()]
    assert there == shown


def test_a_ranking_submitted_to_a_stopped_server_arrives_once_when_it_is_back(
    visit: Visit, restarted: Server
) -> None:
    work = campaign()
    item = add_item(work, "第一题", ANSWERS[:3], priority=2)
    add_item(work, "第二题", ANSWERS[:3], priority=1)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    page.wait_for_load_state("networkidle")
    restarted.stop()
    press(page, "1", "2", "1", "Enter")
    expect(page.get_by_text("has not reached the server yet")).to_be_visible()
    expect(page.get_by_text("第二题")).to_be_visible()  # and the work goes on
    press(page, "3")
    restarted.start()
    wait_for_rankings(page, 1)
    expect(page.get_by_text("has not reached the server yet")).to_be_hidden()
    expect(page.get_by_role("article", name="Answer A: Tier 3")).to_be_visible()
    a, b, c = shown_texts(item)
    assert stored_tiers(Ranking.objects.get()) == [{a, c}, {b}]


def test_an_answer_lost_on_its_way_back_does_not_store_the_ranking_twice(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(3)
    sent: list[str] = []

    def lose_two_answers(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) <= 2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/submissions/**", lose_two_answers)
    press(page, "1", "2", "3", "Enter")
    expect(page.get_by_text("Submitted.")).to_be_visible()
    assert len(sent) == 3
    assert len(set(sent)) == 1  # one id
    assert Ranking.objects.count() == 1


def test_a_tab_closed_before_sending_sends_when_it_is_opened_again(visit: Visit) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:2], priority=2)
    add_item(work, "第二题", ANSWERS[:2], priority=1)
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_text("第一题")).to_be_visible()
    page.route("**/submissions/**", lambda route: route.abort())
    press(page, "2", "1", "Enter")
    expect(page.get_by_text("has not reached the server yet")).to_be_visible()
    page.unroute("**/submissions/**")
    page.reload()
    wait_for_rankings(page, 1)
    expect(page.get_by_text("第二题")).to_be_visible()


def test_an_unsent_ranking_survives_signing_out(visit: Visit, server: Server) -> None:
    work = campaign()
    add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.context.clear_cookies()
    press(page, "1", "2", "Enter")
    expect(page.get_by_text("You are signed out")).to_be_visible()
    page.context.add_cookies([session_cookie(server, work.cast.labeler)])
    page.reload()
    wait_for_rankings(page, 1)


def test_a_labeler_who_was_away_keeps_an_item_that_nobody_else_took(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler, work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "2", "1")
    give_up_leases(item)
    press(page, "Enter")
    wait_for_rankings(page, 1)
    a, b = shown_texts(item)
    ranking = Ranking.objects.get()
    assert ranking.state == "counted"
    assert stored_tiers(ranking) == [{b}, {a}]


def test_an_item_that_went_to_somebody_else_is_explained_and_the_work_is_kept(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "?", ANSWERS[:2])
    page = visit(work.cast.labeler)
    page.clock.install()
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    press(page, "2", "1")
    page.clock.run_for(1_000)
    wait_for_draft(page)  # which renews the lease
    give_up_leases(item)
    other = visit(work.cast.second_labeler, work.label_path)
    expect(other.get_by_role("article")).to_have_count(2)
    page.clock.run_for(31_000)  # the next heartbeat
    expect(page.get_by_text("this item went to somebody else")).to_be_visible()
    press(page, "Enter")
    page.clock.run_for(200)
    expect(page.get_by_text("It is kept but not counted")).to_be_visible()
    press(other, "1", "1", "Enter")
    wait_for_rankings(other, 2)
    states = Ranking.objects.order_by("created_at").values_list("labeler__username", "state")
    assert list(states) == [("labeler", "surplus"), ("second_labeler", "counted")]


def give_up_leases(item: Item) -> None:
    """What the sweeper does when a lease has run out."""
    Slot.objects.filter(item=item).update(
        state=Slot.State.OPEN, labeler=None, lease_token=None, lease_until=None
    )
