"""Watching runs: alarms in words, samples, the log, runs side by side, the line, what one will take."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import PromptSet
from annotation.lib import presence
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.models import Run, RunEvent, RunLog, RunMetric
from annotation.runs.services import create_run
from tests.annotation.labeling.work import add_prompt
from tests.annotation.registry.models import write_model
from tests.cast import Cast, assemble
from tests.e2e.conftest import Visit
from tests.e2e.test_data import violations

HOSTILE = '<img src=x onerror="document.title=1"> [click](javascript:alert(1))'
ALARM = {
    "code": "over_optimised",
    "stops": True,
    "since": 64,
    "step": 96,
    "figures": {"train_then": 0.15, "train_now": 0.88, "held_then": 0.5, "held_now": 0.1},
    "message": "…",
}
MADE = {
    "versions": {"rewardmodel": "1", "torch": "2.13.0", "code": "0123456789ab", "threads": "2"},
    "hardware": {"machine": "x86_64", "cores": 2, "memory_bytes": 8_000_000_000},
}


def version(cast: Cast, folder: Path, kind: str) -> ModelVersion:
    """A network that calls itself a thousand wide, with three weights."""
    write_model(folder, kind=kind)
    config = json.loads((folder / "config.json").read_text())
    shape = {"hidden_size": 1000, "num_hidden_layers": 2, "num_attention_heads": 1}
    (folder / "config.json").write_text(json.dumps(config | shape))
    made = register_version(project=cast.project, directory=folder, name=f"tiny {kind}", kind=kind)
    return promote(version=made, actor=cast.ml)


def ended(
    cast: Cast, prompts: PromptSet, config: dict[str, Any], alarms: list[Any], **where: Any
) -> Run:
    """A PPO run of eight iterations that took four minutes."""
    run = create_run(
        project=cast.project,
        kind="ppo",
        config=config,
        prompt_set=prompts,
        requested_by=cast.ml,
        **where,
    )
    begun = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(
        status="running", lease_until=begun, started_at=begun, tries=1
    )
    for step in range(8, 72, 8):
        at = begun + timedelta(seconds=3 * step)
        for name, value in (("score_mean", step / 50), ("kl", step / 10)):
            RunMetric.objects.create(run=run, step=step, name=name, value=value, at=at)
    report = {
        "ended": "alarm" if alarms else "complete",
        "kept_updates": 32,
        "evaluation": {"gain": {"value": config["kl_coefficient"], "low": 0.0, "high": 1.0}},
    }
    Run.objects.filter(pk=run.pk).update(
        status="succeeded",
        lease_until=None,
        finished_at=begun + timedelta(minutes=4),
        report=report,
        alarms=alarms,
        provenance=MADE,
    )
    return run


def sample(run: Run, step: int, after: str, score: float) -> None:
    told = {"prompt": "Why?", "before": "No.", "completion": after}
    payload = {**told, "step": step, "score": score, "reference_score": -0.5}
    RunEvent.objects.create(run=run, epoch=1, type="sample", payload=payload)


@pytest.fixture
def cast(tmp_path: Path, nobody_there: None) -> Iterator[Cast]:
    found = assemble()
    made = [version(found, tmp_path / kind, kind) for kind in ("policy", "reward")]
    now = timezone.now().isoformat()
    there = {"queues": ["train"], "at_once": 1, "memory_bytes": 8_000_000_000, "hardware": "cpu"}
    presence.say({"name": "train@here", "started_at": now, **there})
    yield found
    for one in made:  # the server's store outlives the test
        shutil.rmtree(store.path_of(one.artifact_id))


def fits(page: Page, width: int) -> None:
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


def test_a_run_that_was_stopped_is_explained_compared_cloned_and_put_in_line(
    visit: Visit, cast: Cast
) -> None:
    prompts = add_prompt(cast.project, "Why?", name="rl", purpose="rl").prompt_set
    place = {"needs": "cpu", "priority": 1}
    stopped = ended(cast, prompts, {"kl_coefficient": 0.01}, [ALARM], **place)
    other = ended(cast, prompts, {"kl_coefficient": 0.2}, [])
    two = {"name": "two", "distributed_type": "MULTI_CPU", "mixed_precision": "no"}
    two |= {"processes": 2, "machines": 1}
    Run.objects.filter(pk=other.pk).update(launch={**two, "sha256": "ab" * 32, "text": ""})
    RunLog.objects.create(run=stopped, text=f"loss 0.5 {HOSTILE}\n", cut=True)
    sample(stopped, 0, "No.", -0.5)
    page = visit(cast.ml, f"/train/{cast.project.pk}/runs", width=1440)
    expect(page.get_by_text("Stopped by its alarm", exact=True)).to_be_visible()
    page.get_by_role("link", name=re.compile(f"^{stopped.number} ·")).click()

    alarm = page.get_by_role("alert", name="Alarms")
    expect(alarm).to_contain_text("Stopped by its alarm: Scores up, held-out scores down")
    expect(alarm).to_contain_text("From step 64 to 96:")
    expect(alarm).to_contain_text("rose from 0.15 to 0.88")
    expect(alarm).to_contain_text("what there was after 32 updates")
    expect(alarm).to_contain_text("larger KL coefficient")
    samples = page.get_by_role("region", name="Samples")
    expect(samples.get_by_role("row")).to_have_count(2)
    page.get_by_text("Last lines of the trainer").click()
    expect(page.locator("pre").filter(has_text="loss 0.5")).to_contain_text(HOSTILE)
    expect(page.get_by_text("0123456789ab")).to_be_visible()
    fits(page, 1440)

    page.get_by_role("link", name="Clone with changes").click()
    expect(page.get_by_text(f"As run {stopped.number}.")).to_be_visible()
    kl = page.get_by_label("KL coefficient", exact=True)
    expect(kl).to_have_value("0.01")
    will = page.get_by_role("region", name="What it will take")
    expect(will).to_contain_text("fits: the largest worker has 8 GB")
    expect(will).to_contain_text(f"About 4 min: reckoned from what run {other.number} took")
    expect(page.get_by_role("combobox", name="Class of worker")).to_have_value("CPU (1 worker)")
    expect(page.get_by_role("combobox", name="Priority")).to_have_value("High")
    kl.clear()
    kl.press_sequentially("0.05")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}$"))
    clone = Run.objects.latest("id")
    assert (clone.kind, clone.prompt_set, clone.config["kl_coefficient"]) == ("ppo", prompts, 0.05)
    assert (clone.needs, clone.priority) == ("cpu", 1)

    Run.objects.filter(pk=clone.pk).update(priority=0)
    create_run(project=cast.project, kind="ppo", prompt_set=prompts, requested_by=cast.ml)
    page.goto(f"/train/{cast.project.pk}/runs/queue")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text(f"{clone.number} ·")
    page.get_by_role("button", name=f"Raise run {clone.number + 1}").click()
    expect(rows.nth(1)).to_contain_text(f"{clone.number + 1} ·")
    expect(rows.nth(1)).to_contain_text("High")
    assert AuditEvent.objects.filter(action="run.priority_changed", actor=cast.ml).count() == 1
    fits(page, 1440)

    page.goto(f"/train/{cast.project.pk}/runs")
    for run in (stopped, other):
        page.get_by_label(f"Choose run {run.number} for comparison").check()
    page.get_by_role("link", name="Compare 2 runs").click()
    differ = page.get_by_role("region", name="What differs")
    expect(differ.get_by_role("row")).to_have_count(4)
    expect(differ.get_by_role("row", name="Class of worker")).to_contain_text("CPUAny worker")
    launches = differ.get_by_role("row", name="Accelerate configuration")
    expect(launches).to_contain_text("One process")
    expect(launches).to_contain_text("two: 2 processes")
    expect(differ).to_contain_text("0.01")
    expect(page.get_by_role("region", name="Results")).to_contain_text("0.2 (0 … 1)")
    chart = page.get_by_role("figure", name="score_mean of 2 runs")
    expect(chart.locator("canvas")).to_be_visible()
    page.get_by_text("Hours since start").click()
    expect(page).to_have_url(re.compile("x=hours"))
    fits(page, 1440)


def test_in_chinese_on_a_narrow_screen_samples_grow_and_what_cannot_run_is_refused(
    visit: Visit, cast: Cast
) -> None:
    prompts = add_prompt(cast.project, "Why?", name="rl", purpose="rl").prompt_set
    runs = [ended(cast, prompts, {"kl_coefficient": kl}, [ALARM]) for kl in (0.01, 0.2)]
    going = create_run(project=cast.project, kind="ppo", prompt_set=prompts, requested_by=cast.ml)
    until = timezone.now() + timedelta(hours=1)
    warned = {**ALARM, "code": "length", "stops": False, "figures": {"then": 20, "now": 61.5}}
    Run.objects.filter(pk=going.pk).update(status="running", lease_until=until, alarms=[warned])
    sample(going, 0, "No.", -0.5)
    look = {"locale": "zh-CN", "width": 360, "color_scheme": "dark"}
    page = visit(cast.ml, f"/train/{cast.project.pk}/runs/{going.pk}", **look)
    expect(page.get_by_role("alert", name="告警")).to_contain_text(
        "回答平均 61.5 个词元，起初为 20 个"
    )
    samples = page.get_by_role("region", name="样例")
    expect(samples.get_by_role("row")).to_have_count(2)
    sample(going, 8, HOSTILE, 1.25)
    expect(samples).to_contain_text(HOSTILE)
    expect(samples).to_contain_text("1.25")
    expect(samples.get_by_role("row")).to_have_count(2)
    fits(page, 360)
    page.goto(f"/train/{cast.project.pk}/runs/compare?runs={','.join(str(r.pk) for r in runs)}")
    expect(page.get_by_role("figure", name="2 个运行的 kl")).to_be_visible()
    fits(page, 360)
    there = {"queues": ["train"], "at_once": 1, "memory_bytes": 300_000_000}
    presence.say({"name": "train@here", "started_at": timezone.now().isoformat(), **there})
    page.goto(f"/train/{cast.project.pk}/runs/new?kind=ppo")
    will = page.get_by_role("region", name="预计开销")
    expect(will).to_contain_text("无法运行")
    expect(page.get_by_role("button", name="开始", exact=True)).to_be_disabled()
    fits(page, 360)
