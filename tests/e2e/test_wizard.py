"""A new administrator from the sign-in page to the first labeled item, in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotation.accounts.models import User
from annotation.labeling.models import Item, Ranking
from annotation.projects.models import GuidelineVersion, Project
from annotation.runs.models import SamplingMix
from tests.cast import PASSWORD
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit

WORDS = {
    "en-US": {
        "user": "User name",
        "password": "Password",
        "sign in": "Sign in",
        "new": "New project",
        "name": "Name of the project",
        "next": "Save and go on",
        "preset": "HH, in pairs",
        "guidelines": "What labelers should go by",
        "prompts": "What they judge",
        "answers": "Whose answers stand in an item",
        "mixed": "Sampled from policies",
        "made": "The mix waits for a policy.",
        "go on": "Go on",
        "people": "Who labels",
        "ready": "Ready?",
        "open": "Open the project",
        "first": "Label the first item",
        "items": "Items wait",
        "screen": "What labelers see",
    },
    "zh-CN": {
        "user": "用户名",
        "password": "密码",
        "sign in": "登录",
        "new": "新建项目",
        "name": "项目名称",
        "next": "保存并继续",
        "preset": "HH 两两比较",
        "guidelines": "标注的依据",
        "prompts": "要标注的内容",
        "answers": "条目里放谁的回答",
        "mixed": "从策略模型采样",
        "made": "混采方案正在等待策略模型。",
        "go on": "继续",
        "people": "谁来标注",
        "ready": "准备好了吗？",
        "open": "开放项目",
        "first": "标注第一个条目",
        "items": "已有待标注的条目",
        "screen": "标注员看到的界面",
    },
}


def is_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("locale", WORDS)
def test_from_sign_in_to_the_first_labeled_item(visit: Visit, locale: str) -> None:
    words = WORDS[locale]
    language = "en" if locale == "en-US" else "zh-Hans"
    person = User.objects.create(username="founder", is_staff=True, locale=language)
    person.set_password(PASSWORD)
    person.save()
    page = visit(None, "/", locale=locale)
    page.get_by_label(words["user"]).fill("founder")
    page.get_by_label(words["password"]).fill(PASSWORD)
    page.get_by_role("button", name=words["sign in"], exact=True).click()
    page.get_by_role("link", name=words["new"]).click()
    page.get_by_label(words["name"]).fill("First")
    is_accessible(page)
    following = page.get_by_role("button", name=words["next"])
    following.click()
    expect(page.get_by_role("heading", name=words["screen"])).to_be_visible()
    page.get_by_role("button", name=words["preset"]).click()
    is_accessible(page)
    following.click()
    expect(page.get_by_role("heading", name=words["guidelines"], level=1)).to_be_visible()
    is_accessible(page)
    following.click()
    expect(page.get_by_role("heading", name=words["prompts"])).to_be_visible()
    page.reload()  # it goes on where it was
    expect(page.get_by_role("heading", name=words["prompts"])).to_be_visible()
    is_accessible(page)
    following.click()
    expect(page.get_by_role("heading", name=words["answers"])).to_be_visible()
    page.get_by_label(words["mixed"]).check()
    is_accessible(page)
    following.click()
    expect(page.get_by_text(words["made"])).to_be_visible()
    page.get_by_role("button", name=words["go on"]).click()
    expect(page.get_by_role("heading", name=words["people"])).to_be_visible()
    is_accessible(page)
    following.click()
    expect(page.get_by_role("heading", name=words["ready"])).to_be_visible()
    expect(page.get_by_text(words["items"])).to_be_visible()
    project = Project.objects.get()
    assert (project.state, project.language, project.mode) == ("paused", language, "duel")
    assert GuidelineVersion.objects.filter(project=project).count() == 1
    assert Item.objects.filter(project=project, state="open").count() == 3
    mix = SamplingMix.objects.get(project=project)  # it fits into a duel: one place each
    assert [(row.policy, row.count) for row in mix.rows.order_by("position")] == [
        ("promoted", 1),
        ("base", 1),
    ]
    assert mix.older_percent == 15
    page.get_by_role("button", name=words["open"]).click()
    page.get_by_role("button", name=words["first"]).click()
    expect(page.get_by_role("dialog")).to_be_visible()  # the guidelines, before the first item
    page.keyboard.press("Escape")
    expect(page.get_by_role("article")).to_have_count(2)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    for _ in range(100):
        if Ranking.objects.exists():
            break
        page.wait_for_timeout(100)
    assert Ranking.objects.get().labeler_id == person.pk


def test_who_labels_what_is_shown_and_changed(visit: Visit) -> None:
    work = campaign(language="en")
    add_item(work, "Why?", ["Because.", "No idea."])
    page = visit(work.cast.admin, f"/manage/{work.project.pk}/work")
    page.get_by_role("button", name="New group").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("Medicine")
    form.get_by_role("button", name="Save").click()
    expect(form).to_be_hidden()
    page.get_by_role("button", name="Change prompts").click()
    form.get_by_label("Medicine").check()
    expect(form.get_by_text("1 items, 1 of them open")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 item, and its groups are empty")).to_be_visible()
    is_accessible(page)
