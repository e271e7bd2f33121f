"""Own judgments: found again, read again, changed at any age."""

from datetime import timedelta

from django.db import connection
from playwright.sync_api import Page, expect

from annotation.labeling.models import Ranking
from tests.e2e.campaign import (
    Campaign,
    add_demonstration,
    add_item,
    campaign,
    shown_texts,
    stored_tiers,
)
from tests.e2e.conftest import Visit
from tests.e2e.test_labeling import ANSWERS, wait_for_rankings
from tests.e2e.test_resilience import press


def age(work: Campaign, by: timedelta) -> None:
    """What was judged in this project was judged so much earlier."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE labeling_ranking DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE labeling_ranking SET created_at = created_at - %s WHERE project_id = %s",
            [by, work.project.pk],
        )
        cursor.execute("ALTER TABLE labeling_ranking ENABLE TRIGGER USER")


def rank_one(page: Page, *keys: str) -> None:
    expect(page.get_by_role("article")).to_have_count(3)
    press(page, *keys, "Enter")
    wait_for_rankings(page, 1)


def test_a_judgment_is_found_by_kind_and_read_as_it_was_said(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "天空为什么是蓝色的？", ANSWERS[:3], priority=2)
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    rank_one(page, "2", "1", "m")
    add_demonstration(work, "写一首短诗。")
    page.goto(f"{work.label_path}/history")
    expect(page.get_by_text("天空为什么是蓝色的？")).to_be_visible()
    page.get_by_label("类型").select_option(label="示范回答")
    expect(page.get_by_text("没有符合条件的标注。")).to_be_visible()
    page.get_by_label("类型").select_option(label="排序")
    page.get_by_role("button", name="查看内容").click()
    a, b, c = shown_texts(item)
    for title, text in (("第 1 档", b), ("第 2 档", a), ("无法判断", c)):
        group = page.locator("section", has=page.get_by_role("heading", name=title, exact=True))
        expect(group.get_by_text(text)).to_be_visible()


def test_an_old_judgment_is_changed_and_stands_until_the_new_one_is_in(visit: Visit) -> None:
    work = campaign()
    item = add_item(work, "第一题", ANSWERS[:3], priority=2)
    page = visit(work.cast.labeler, work.label_path)
    rank_one(page, "1", "2", "3")
    age(work, timedelta(days=30))
    add_item(work, "第二题", ANSWERS[:3], priority=1)
    page.goto(f"{work.label_path}/history")
    page.get_by_role("button", name="Open again").click()
    expect(page.get_by_text("You are changing an earlier judgment.")).to_be_visible()
    expect(page.get_by_role("article", name="Answer C: Tier 3")).to_be_visible()
    page.reload()  # it is still this one
    expect(page.get_by_text("You are changing an earlier judgment.")).to_be_visible()
    assert Ranking.objects.get().state == "counted"
    page.get_by_role("article", name="Answer C: Tier 3").click()
    press(page, "1", "Enter")
    wait_for_rankings(page, 2)
    a, b, c = shown_texts(item)
    states = {one.state: stored_tiers(one) for one in Ranking.objects.all()}
    assert states == {"withdrawn": [{a}, {b}, {c}], "counted": [{a, c}, {b}]}
    expect(page.get_by_text("第二题")).to_be_visible()
    expect(page.get_by_text("You are changing an earlier judgment.")).to_be_hidden()


def test_an_old_judgment_can_be_left_as_it_was(visit: Visit) -> None:
    work = campaign()
    add_item(work, "第一题", ANSWERS[:3])
    page = visit(work.cast.labeler, work.label_path)
    rank_one(page, "1", "2", "3")
    age(work, timedelta(days=1))
    page.goto(f"{work.label_path}/history")
    page.get_by_role("button", name="Open again").click()
    page.get_by_role("button", name="Leave it as it was").click()
    expect(page.get_by_text("Nothing to label right now")).to_be_visible()
    assert [one.state for one in Ranking.objects.all()] == ["counted"]
