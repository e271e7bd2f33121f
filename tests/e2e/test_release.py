"""From a snapshot to a policy in use, by hand; a policy is tried and what it said goes to labelers.

Workers are real. The trainer of the first test is the stand-in: the true one closes the same loop in
tests/workers/test_closed_loop.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Item
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from tests.annotation.labeling.work import add_prompt
from tests.annotation.quality.review.orders import judge
from tests.e2e.campaign import Campaign, add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import assert_sound
from tests.rewardmodel.conftest import tiny_policy
from tests.workers import harness
from tests.workers.harness import Worker

PATIENCE_MS = 240_000  # a busy machine takes half a minute only to load torch


@pytest.fixture
def worker(tmp_path: Path, settings: Any) -> Iterator[Worker]:
    """A worker on the queue of the web server's own broker."""
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    env = harness.environment(settings.ARTIFACT_DIR, settings.REDIS_URL, harness.STAND_IN)
    found = Worker(tmp_path / "worker.log", env)
    yield found
    found.end()


def train(work: Campaign, page: str) -> str:
    return f"/train/{work.project.pk}/{page}"


def judged(tmp_path: Path) -> tuple[Campaign, ModelVersion]:
    """A project with a policy in use and a few rankings."""
    work = campaign(name="Stories", language="en")
    folder = tmp_path / "tiny"
    folder.mkdir()
    tiny_policy(context_tokens=512).save(folder)
    base = register_version(project=work.project, directory=folder, name="base")
    promote(version=base, actor=work.cast.ml)
    for number in range(12):
        add_item(work, f"{number}: the cat", ["sat on the mat", "ran", "the sun is warm"])
    Item.objects.update(needed=1)
    for order in ("a|b|c", "c|ab", "b|a|c"):
        judge(work.cast.labeler, work.project, order)
    return work, base


def start(page: Page, work: Campaign, kind: str, **choices: str) -> None:
    """Fill in the form of a run, start it and wait for its end."""
    page.goto(train(work, f"runs/new?kind={kind}"))
    for label, choice in choices.items():
        page.get_by_role("combobox", name=label.replace("_", " ").capitalize(), exact=True).click()
        page.get_by_role("option", name=re.compile(choice)).first.click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Succeeded", timeout=PATIENCE_MS)


def test_from_a_snapshot_to_a_policy_in_use(visit: Visit, worker: Worker, tmp_path: Path) -> None:
    work, base = judged(tmp_path)
    add_prompt(work.project, "Why?", name="rl", purpose="rl")
    page = visit(work.cast.ml, train(work, "runs"))
    start(page, work, "export")
    start(page, work, "reward", snapshot="Snapshot 1")
    start(page, work, "ppo", reward_model="reward run", prompt_set="rl v1")
    start(page, work, "evaluate", policy="rl run", reward_model="reward run", prompt_set="rl v1")
    made = ModelVersion.objects.get(stage="rl")
    page.goto(train(work, "versions"))
    page.get_by_role("link", name=re.compile(made.name)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Policy {made.number}")
    checks = page.get_by_role("list", name="Before it comes into use")
    expect(checks.get_by_role("listitem").filter(has_text="Win rate")).to_contain_text(
        "does not hold"
    )
    page.get_by_role("button", name="Promote").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why it shall come into use").fill("It is a test.")
    dialog.get_by_role("button", name="Promote all the same").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Promoted", exact=True)).to_be_visible()
    event = AuditEvent.objects.get(action="version.promoted", object_id=str(made.pk))
    assert event.after["reason"] == "It is a test."
    assert "win_rate" in event.after["passed_over"]
    made.refresh_from_db()
    base.refresh_from_db()
    assert (made.status, base.status, made.parent) == ("promoted", "candidate", base)


def test_asking_side_by_side_and_sending_it_to_the_labelers(
    visit: Visit, worker: Worker, tmp_path: Path
) -> None:
    work, base = judged(tmp_path)
    Item.objects.all().update(priority=-5)
    page = visit(work.cast.ml, train(work, f"versions/{base.pk}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Policy 1")
    page.wait_for_timeout(300)
    assert_sound(page, "version")
    page.get_by_role("link", name="Try it").click()
    page.get_by_label("Prompt", exact=True).fill("the dog \u202e and the \x07bell")
    page.get_by_label("Max new tokens").fill("6")
    page.get_by_label("Top k").fill("3")
    page.get_by_role("button", name="Ask", exact=True).click()
    answers = page.get_by_role("article")
    expect(answers).to_have_count(4, timeout=PATIENCE_MS)
    answers.first.get_by_role("button", name="Tokens").click()
    expect(answers.first.get_by_role("row").filter(has_text="cut by top-k").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    pressed = answers.first.get_by_role("button", pressed=True)
    expect(pressed).to_have_count(1)
    assert_sound(page, "answers")
    for number in (0, 1):
        answers.nth(number).get_by_role("checkbox").check()
    page.get_by_role("button", name="Send to labelers (2)").click()
    expect(page.get_by_text("Sent to labelers.", exact=True)).to_be_visible()
    item = Item.objects.get(prompt__prompt_set__name="Playground")
    assert {one.policy_version for one in item.prompt.completions.all()} == {base}
    narrow = visit(work.cast.ml, page.url, locale="zh-CN", width=360, color_scheme="dark")
    expect(narrow.get_by_role("article")).to_have_count(4)
    assert_sound(narrow, "answers, narrow")
    for path in ("playground", "lineage", "versions", f"versions/{base.pk}"):
        narrow.goto(train(work, path))
        expect(narrow.get_by_role("heading", level=1)).to_be_visible()
        narrow.wait_for_timeout(300)
        assert_sound(narrow, path)
