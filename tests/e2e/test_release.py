"""From judgments to a policy in use, by hand in the browser, with real workers; and the pages around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.accounts.models import AuditEvent
from annotation.labeling.models import Item
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import Run
from tests.e2e.campaign import Campaign, add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_accessibility import assert_sound
from tests.rewardmodel.conftest import tiny_policy
from tests.workers import harness
from tests.workers.harness import Worker
from tests.workers.test_closed_loop import prompt_set, rank_by_length

PATIENCE_MS = 240_000  # a busy machine takes half a minute only to load torch
Start = Callable[..., None]


@pytest.fixture
def worker(tmp_path: Path, settings: Any) -> Iterator[Worker]:
    """A worker on the queue of the web server's own broker, with the real trainer."""
    settings.ARTIFACT_DIR = tmp_path / "artifacts"
    env = harness.environment(settings.ARTIFACT_DIR, settings.REDIS_URL, "")
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
    return work, base


def start(
    page: Page, work: Campaign, kind: str, choices: dict[str, str], numbers: dict[str, str]
) -> None:
    """Fill in the form of a run and wait for its end."""
    page.goto(train(work, f"runs/new?kind={kind}"))
    for label, choice in choices.items():
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).first.click()
    more = page.get_by_role("button", name="more settings")
    for label, value in numbers.items():
        if not page.get_by_label(label, exact=True).first.is_visible() and more.is_visible():
            more.click()
        page.get_by_label(label, exact=True).first.fill(value)
    page.get_by_role("button", name="Start").click()
    done = page.get_by_text("Succeeded", exact=True).first
    failed = page.get_by_role("alert").first
    expect(done.or_(failed)).to_be_visible(timeout=PATIENCE_MS)
    assert not failed.is_visible(), failed.inner_text()


def test_from_a_snapshot_to_a_policy_in_use(visit: Visit, worker: Worker, tmp_path: Path) -> None:
    work, base = judged(tmp_path)
    rank_by_length(work.cast)
    prompt_set(work.cast, "rl", 4)
    page = visit(work.cast.ml, train(work, "runs"))
    start(page, work, "export", {}, {})
    start(page, work, "reward", {"Snapshot": "Snapshot 1"}, {"Prompts per step": "8"})
    updated = {"Reward model": "reward run", "Prompt set": "rl v1"}
    small = {
        "Iterations": "1",
        "Rollouts per iteration": "4",
        "Minibatch size": "4",
        "Max new tokens": "8",
    }
    start(page, work, "ppo", updated, small)
    against = {"Policy": "rl run", "Reward model": "reward run", "Prompt set": "rl v1"}
    start(page, work, "evaluate", against, {"Max new tokens": "8"})
    made = ModelVersion.objects.get(stage="rl")
    page.goto(train(work, "versions"))
    page.get_by_role("link", name=re.compile(made.name)).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Policy {made.number}")
    expect(page.get_by_role("list", name="Before it comes into use")).to_contain_text("Win rate")
    page.get_by_role("button", name="Promote").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why it shall come into use").fill("It is a test.")
    dialog.get_by_role("button", name="Promote all the same").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Promoted", exact=True)).to_be_visible()
    event = AuditEvent.objects.get(action="version.promoted", object_id=str(made.pk))
    assert event.after["reason"] == "It is a test."
    made.refresh_from_db()
    base.refresh_from_db()
    assert (made.status, base.status, made.parent) == ("promoted", "candidate", base)
    assert Run.objects.filter(status="succeeded").count() == 4


def test_asking_side_by_side_and_sending_it_to_the_labelers(
    visit: Visit, worker: Worker, tmp_path: Path
) -> None:
    work, base = judged(tmp_path)
    Item.objects.all().update(priority=-5)
    page = visit(work.cast.ml, train(work, f"versions/{base.pk}"))
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
