"""A labeler talks to a policy: says something, waits, ranks, goes on; nothing said is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.corpus.models import Completion
from annotation.labeling.models import ChatTurn, Conversation, Item, Ranking
from annotation.registry.services import register_version
from tests.annotation.labeling.chats import open_chat, plan_of, policy_of, worker_writes
from tests.e2e.campaign import Campaign, add_item, campaign
from tests.e2e.conftest import PATIENCE_MS, Visit
from tests.e2e.test_accessibility import assert_sound
from tests.e2e.test_labeling import wait_for_rankings
from tests.rewardmodel.conftest import tiny_policy
from tests.workers import harness
from tests.workers.harness import Worker

REPLIES = ("从前有一座山。", "我不知道。", "山里有座庙。")
LOOKS = [
    pytest.param({"locale": "zh-CN", "width": 1440}, id="zh-wide"),
    pytest.param({"locale": "en-US", "width": 360, "color_scheme": "dark"}, id="en-narrow-dark"),
]


@pytest.fixture
def work() -> Campaign:
    """A project whose chat is open."""
    made = campaign(name="Stories", language="en")
    open_chat(made.project, made.cast.admin)
    return made


def begin(visit: Visit, work: Campaign, **look: object) -> Page:
    """The labeler in a new conversation."""
    page = visit(work.cast.labeler, f"/chat/{work.project.pk}", **look)
    page.get_by_role("button", name=re.compile("New conversation|开始新对话")).click()
    expect(page.get_by_role("textbox")).to_be_focused()
    return page


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.keyboard.press("Enter")


def wait_for_turns(page: Page, count: int) -> None:
    """The server has stored so many turns."""
    for _ in range(PATIENCE_MS // 50):
        if ChatTurn.objects.count() >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{ChatTurn.objects.count()} turns are stored, not {count}")


def test_from_the_home_page_through_two_turns_to_the_end(visit: Visit, work: Campaign) -> None:
    page = visit(work.cast.labeler, "/")
    page.get_by_role("link", name="Chat", exact=True).click()
    page.get_by_role("button", name="New conversation").click()
    say(page, "Tell me a story.")
    expect(page.get_by_text("Answers are being written")).to_be_visible()
    wait_for_turns(page, 1)
    worker_writes(*REPLIES)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("2", "1", "3", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    chosen = page.get_by_role("radio", checked=True)
    expect(chosen).to_have_accessible_name(re.compile("Answer B.*Tier 1"))
    say(page, "And then?")
    wait_for_turns(page, 2)
    second = ChatTurn.objects.get(number=2)
    best = Ranking.objects.get().placements.get(tier=1).completion
    assert second.continues == best
    worker_writes("The end.", "The end.", "The end.")
    expect(page.get_by_text("nothing to rank")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=best.text)).to_be_visible()
    page.get_by_role("button", name="End conversation").click()
    page.get_by_role("dialog").get_by_role("button", name="End conversation").click()
    expect(page.get_by_text("This conversation has ended.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    page.get_by_role("link", name="All conversations").click()
    row = page.get_by_role("link", name=re.compile("Tell me a story."))
    expect(row).to_contain_text("2 turns")
    expect(row).to_contain_text("Ended")


def test_with_several_best_answers_the_labeler_chooses(visit: Visit, work: Campaign) -> None:
    page = begin(visit, work)
    say(page, "Hello")
    wait_for_turns(page, 1)
    worker_writes("One.", "Two.", "Three.")
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "1", "2", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    expect(page.get_by_role("radio")).to_have_count(3)
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("textbox").fill("Go on")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert ChatTurn.objects.count() == 1
    page.get_by_role("radio", name=re.compile("Answer C")).check()
    page.get_by_role("button", name="Send").click()
    wait_for_turns(page, 2)
    shown = Item.objects.get().slots.get().presentations.get().order
    assert ChatTurn.objects.get(number=2).continues_id == shown[2]


def test_enter_sends_shift_enter_does_not_and_an_input_method_is_left_alone(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    field = page.get_by_role("textbox")
    field.press_sequentially("one")
    page.keyboard.press("Shift+Enter")
    field.press_sequentially("two")
    expect(field).to_have_value("one\ntwo")
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "ni", "selectionStart": 2, "selectionEnd": 2})
    field.evaluate(
        "e => e.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'Enter', keyCode: 229, isComposing: true, bubbles: true}))"
    )
    page.wait_for_timeout(200)
    assert ChatTurn.objects.count() == 0
    client.send("Input.insertText", {"text": "你"})
    page.keyboard.press("Enter")
    wait_for_turns(page, 1)
    assert ChatTurn.objects.get().text == "one\ntwo你"


def test_waiting_survives_a_reload_and_so_does_an_unfinished_message(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    page.get_by_role("textbox").fill("half a thought")
    page.reload()
    expect(page.get_by_role("textbox")).to_have_value("half a thought")
    page.get_by_role("button", name="Send").click()
    wait_for_turns(page, 1)
    page.wait_for_timeout(2_100)
    page.reload()
    expect(page.get_by_text("Answers are being written")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[2-9]\d* s$"))).to_be_visible()
    worker_writes(*REPLIES)
    expect(page.get_by_role("article")).to_have_count(3)


def test_a_message_is_stored_once_though_the_network_ate_the_answer(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    eaten: list[str] = []

    def eat(route: Route) -> None:
        if eaten:
            route.continue_()
            return
        eaten.append(str(route.fetch().status))
        route.abort()

    page.route("**/turns", eat)
    say(page, "Hello")
    expect(page.get_by_text("Answers are being written")).to_be_visible()
    assert (eaten, ChatTurn.objects.count()) == (["201"], 1)


def test_a_message_written_offline_is_sent_after_a_reload(visit: Visit, work: Campaign) -> None:
    page = begin(visit, work)
    page.route("**/turns", lambda route: route.abort())
    say(page, "Hello")
    expect(page.get_by_text("has not arrived yet")).to_be_visible()
    page.unroute("**/turns")
    page.reload()
    wait_for_turns(page, 1)
    expect(page.get_by_text("Answers are being written")).to_be_visible()
    assert ChatTurn.objects.get().text == "Hello"


def test_a_turn_without_replies_says_so_and_can_be_asked_again(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work, locale="zh-CN")
    say(page, "你好")
    wait_for_turns(page, 1)
    ChatTurn.objects.update(state="failed", error_code="gave_up")
    expect(page.get_by_text("试了三次，仍没有得到回答。")).to_be_visible()
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("正在生成回答……")).to_be_visible()
    worker_writes(*REPLIES)
    expect(page.get_by_role("article")).to_have_count(3)


def test_a_ranking_can_be_taken_back_and_a_skipped_one_goes_on(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    say(page, "Hello")
    wait_for_turns(page, 1)
    worker_writes(*REPLIES)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("article")).to_have_count(3)
    assert Ranking.objects.get().state == "withdrawn"
    page.keyboard.press("s")
    page.get_by_role("dialog").get_by_label("Something is broken").check()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Skip")).click()
    expect(page.get_by_text("These answers are not ranked.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(3)


def test_a_ranking_taken_back_from_the_history_waits_in_its_conversation(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    say(page, "Hello")
    wait_for_turns(page, 1)
    worker_writes(*REPLIES)
    expect(page.get_by_role("article")).to_have_count(3)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    page.goto(f"{work.label_path}/history")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("article")).to_have_count(3)
    assert str(Conversation.objects.get().pk) in page.url


def test_the_labeling_page_does_not_show_the_answers_of_a_chat(
    visit: Visit, work: Campaign
) -> None:
    page = begin(visit, work)
    say(page, "Hello")
    wait_for_turns(page, 1)
    worker_writes(*REPLIES)
    add_item(work, "ordinary", ["plain one", "plain two"])
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article").first).to_contain_text("plain")


def test_an_ml_engineer_switches_the_chat_on(visit: Visit) -> None:
    work = campaign(name="Stories", language="en")
    policy_of(work.project, name="storyteller")
    plan_of(work.project, name="lively")
    plan_of(work.project, name="always the same", strategy="greedy", n=1)
    page = visit(work.cast.ml, f"/train/{work.project.pk}/chat")
    page.get_by_role("switch", name="Labelers may chat").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose a policy of this project in use.").first).to_be_visible()
    page.get_by_role("combobox", name="Policy", exact=True).click()
    page.get_by_role("option", name=re.compile("storyteller")).click()
    page.get_by_role("combobox", name="Sampling plan").click()
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("option", name="lively").click()
    page.get_by_label("Answers per turn").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert_sound(page, "settings")
    door = visit(work.cast.labeler, "/")
    expect(door.get_by_role("link", name="Chat", exact=True)).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_is_sound(visit: Visit, work: Campaign, look: dict[str, object]) -> None:
    page = visit(work.cast.labeler, f"/chat/{work.project.pk}", **look)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_sound(page, "no conversations")
    page.get_by_role("button", name=re.compile("New conversation|开始新对话")).click()
    expect(page.get_by_role("textbox")).to_be_visible()
    assert_sound(page, "nothing said")
    say(page, "Say something long: " + "长" * 300)
    expect(page.get_by_text(re.compile("being written|正在生成回答"))).to_be_visible()
    assert_sound(page, "waiting")
    wait_for_turns(page, 1)
    ChatTurn.objects.update(state="failed", error_code="refused")
    expect(page.get_by_role("button", name=re.compile("Try again|重试"))).to_be_visible()
    assert_sound(page, "failed")
    page.get_by_role("button", name=re.compile("Try again|重试")).click()
    expect(page.get_by_text(re.compile("being written|正在生成回答"))).to_be_visible()
    worker_writes("乙" * 900, "| a | b |\n|---|---|\n| 1 | 2 |", "x" * 200)
    expect(page.get_by_role("article")).to_have_count(3)
    assert_sound(page, "ranking")
    for key in ("1", "1", "2", "Enter"):
        page.keyboard.press(key)
    unread = page.get_by_text(re.compile("Not read to the end|尚未读完"))
    expect(page.get_by_role("radio").first.or_(unread.first)).to_be_visible()
    if unread.count():  # on a small screen not all of it has been seen
        page.keyboard.press("Enter")
    expect(page.get_by_role("radio")).to_have_count(3)
    assert_sound(page, "choosing")
    page.get_by_role("button", name=re.compile("End conversation|结束对话")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_sound(page, "asking about the end")
    page.get_by_role("dialog").get_by_role(
        "button", name=re.compile("End conversation|结束对话")
    ).click()
    expect(page.get_by_text(re.compile("has ended|已经结束"))).to_be_visible()
    assert_sound(page, "ended")
    page.goto(f"/chat/{work.project.pk}")
    expect(page.get_by_role("link", name=re.compile("Say something"))).to_be_visible()
    assert_sound(page, "list")


@pytest.fixture
def real_worker(tmp_path: Path, settings: Any) -> Iterator[Worker]:
    """A worker on the queue of the web server's own broker, with artifacts of this test."""
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    env = harness.environment(settings.ARTIFACT_DIR, settings.REDIS_URL, harness.STAND_IN)
    worker = Worker(tmp_path / "worker.log", env).wait_until_ready()
    yield worker
    worker.end()


def test_a_real_policy_answers_in_the_browser(
    visit: Visit, real_worker: Worker, tmp_path: Path
) -> None:
    work = campaign(name="Stories", language="en")
    folder = tmp_path / "tiny"
    folder.mkdir()
    tiny_policy(context_tokens=512).save(folder)
    version = register_version(project=work.project, directory=folder, name="tiny")
    open_chat(work.project, work.cast.admin, policy_version=version.pk)
    page = begin(visit, work)
    say(page, "the cat")
    expect(page.get_by_role("article")).to_have_count(3, timeout=120_000)
    for key in ("1", "2", "3", "Enter"):
        page.keyboard.press(key)
    wait_for_rankings(page, 1)
    say(page, "sat on the mat")
    expect(page.get_by_role("article")).to_have_count(3, timeout=30_000)
    assert Completion.objects.count() == 6
    assert Conversation.objects.count() == 1
