"""An administrator chooses what labelers are offered, and a reviewer reads what they said with it."""

from playwright.sync_api import Page, expect

from annotation.labeling.models import Ranking
from annotation.projects.models import Project
from tests.annotation.labeling.work import Labeling, ids
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import manage


def save(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def test_an_admin_chooses_mode_steps_axes_flags_and_the_rest(visit: Visit) -> None:
    work = campaign(language="en")
    Project.objects.filter(pk=work.project.pk).update(draw_cut=False, take_notes=False)
    page = visit(work.cast.admin, manage(work, "settings"))
    switches = ("Grade before ordering", "Confirm after ordering", "Highlight passages")
    page.get_by_label("Guided duels").check()
    for switch in switches:  # they belong to tiers, and say so
        expect(page.get_by_role("switch", name=switch)).to_be_disabled()
    expect(page.get_by_text("Only in the mode “Tiers”.")).to_have_count(3)
    page.get_by_label("Tiers", exact=True).check()
    for switch in switches:
        page.get_by_role("switch", name=switch).check()
    save(page, "Save")
    axes = page.get_by_role("group", name="Axes", exact=True)
    expect(page.get_by_text("Grading needs at least one axis.")).to_be_visible()
    axes.get_by_text("Truthful").click()
    own = page.get_by_role("combobox", name="Axes: further ones")
    own.fill("warmth")
    own.press("Enter")
    page.get_by_role("group", name="Flags", exact=True).get_by_text("Harmful").click()
    save(page, "Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    work.project.refresh_from_db()
    kept = work.project
    assert (kept.mode, kept.steps, kept.axes) == (
        "tiers",
        ["grade", "confirm"],
        ["truthful", "warmth"],
    )
    assert (kept.flags, kept.mark_spans, kept.draw_cut) == (["harmful"], True, False)
    page.reload()
    expect(page.get_by_label("Tiers", exact=True)).to_be_checked()
    expect(axes.get_by_label("Truthful")).to_be_checked()
    expect(axes.get_by_text("warmth")).to_be_visible()


def test_choosing_duels_sets_two_answers_and_the_rule_is_told_at_its_field(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.admin, manage(work, "settings"), locale="zh-CN")
    page.get_by_label("二选一").check()
    number = page.get_by_label("每个条目的回答数")
    expect(number).to_have_value("2")
    number.fill("4")
    save(page, "保存")
    expect(page.get_by_text("“二选一”要求每条恰好有 2 个回答。")).to_have_count(1)
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("2")
    save(page, "保存")
    expect(page.get_by_text("已保存")).to_be_visible()
    work.project.refresh_from_db()
    assert (work.project.mode, work.project.completions_per_item) == ("duel", 2)


def test_a_reviewer_reads_grades_spans_reading_and_the_better_answer(visit: Visit) -> None:
    work = campaign()
    Project.objects.filter(pk=work.project.pk).update(
        axes=["helpful", "温度"], flags=["hallucination"], draw_cut=True, take_notes=True,
        mark_spans=True, write_better=True,
    )  # fmt: skip
    item = add_item(work, "天空为什么是蓝色的？", ["瑞利散射", "海的倒影", "不知道"])
    labeler = Labeling(work.cast.labeler, work.project)
    a, b, c = ids(given := labeler.work())
    sent = labeler.submit(
        given,
        mode="guided",
        tiers=[[a], [b, c]],
        unacceptable_below=1,
        direct=[
            {"better": a, "worse": b, "strength": 3},
            {"better": b, "worse": c, "is_tie": True},
        ],
        grades={a: {"helpful": 6, "温度": 2}},
        flags={b: ["hallucination"]},
        spans={
            b: [{"start": 0, "end": 2, "quote": "海的", "flag": "hallucination", "note": "不是"}]
        },
        notes={c: "没有回答"},
        reading={a: {"visible_ms": 12_400, "read_percent": 100}},
        unread_accepted=True,
        better_answer={"text": "因为**短波**散射更强。", "based_on": a},
    )
    assert sent.status_code == 201, sent.content
    page = visit(work.cast.reviewer, manage(work, f"items/{item.pk}"), locale="zh-CN")
    for words in (
        "排序方式：引导式两两比较",
        "未读完所有回答即继续",
        "有用性 6 分",
        "温度 2 分",
        "停留 12 秒",
        "“海的” – 编造事实 · 不是",
        "没有回答",
        "好得多",
        "不相上下",
        "以下不合格",
    ):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.locator("strong", has_text="短波")).to_be_visible()
    assert Ranking.objects.get().mode == "guided"
