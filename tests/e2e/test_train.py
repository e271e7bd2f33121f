"""The ML team at work: starting runs, watching them, choosing versions."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.models import DatasetSnapshot, Run, RunEvent, RunMetric
from annotation.runs.services.creation import create_run
from tests.annotation.labeling.work import add_completion, add_prompt
from tests.annotation.runs.test_mixes import mix_of, plan, row
from tests.e2e.campaign import Campaign, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import violations


def train(work: Campaign, page: str) -> str:
    return f"/train/{work.project.pk}/{page}"


def artifact(letter: str) -> Artifact:
    return Artifact.objects.create(digest=letter * 64, bytes=1_048_576, files={})


def policy(work: Campaign, number: int = 1, parent: ModelVersion | None = None) -> ModelVersion:
    return ModelVersion.objects.create(
        project=work.project,
        kind=ModelVersion.Kind.POLICY,
        number=number,
        name=f"storyteller {number}",
        stage=ModelVersion.Stage.SFT if parent else ModelVersion.Stage.BASE,
        parent=parent,
        artifact=artifact("abcdef"[number]),
        metrics={"perplexity": 12.5},
    )


def snapshot(work: Campaign) -> DatasetSnapshot:
    return DatasetSnapshot.objects.create(
        project=work.project,
        number=1,
        query={},
        cut_off=timezone.now(),
        counts={"rankings": 40},
        sha256="a" * 64,
        artifact=artifact("9"),
    )


def running(work: Campaign) -> Run:
    run = create_run(
        project=work.project,
        kind="sft",
        requested_by=work.cast.ml,
        policy_version=policy(work),
        snapshot=snapshot(work),
    )
    until = timezone.now() + timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(
        status="running", lease_until=until, progress_done=3, progress_total=12, phase="train"
    )
    return run


def test_a_run_is_started_from_a_form_with_what_was_chosen(visit: Visit) -> None:
    work = campaign()
    base, data = policy(work), snapshot(work)
    page = visit(work.cast.ml, train(work, "runs"))
    page.get_by_role("link", name="New run").click()
    page.get_by_role("button", name=re.compile("^Fine-tune")).click()
    page.get_by_role("combobox", name="Policy").click()
    page.get_by_role("option", name=re.compile("storyteller 1")).click()
    page.get_by_role("combobox", name="Snapshot").click()
    page.get_by_role("option", name="Snapshot 1").click()
    page.get_by_label("Epochs").fill("5")
    page.get_by_role("button", name="more settings").click()
    page.get_by_label("Weight decay").fill("0.01")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=re.compile("1 · Fine-tune"))).to_be_visible()
    run = Run.objects.get()
    assert (run.kind, run.status) == ("sft", "queued")
    assert (run.policy_version, run.snapshot) == (base, data)
    assert (run.config["epochs"], run.config["weight_decay"]) == (5, 0.01)


def test_what_was_begun_in_the_form_is_there_again_until_it_is_started_or_begun_afresh(
    visit: Visit,
) -> None:
    work = campaign()
    chosen_snapshot = snapshot(work)
    address = f"runs/new?kind=reward&policy_version={policy(work).pk}&snapshot={chosen_snapshot.pk}"
    page = visit(work.cast.ml, train(work, address))
    name, note = page.get_by_label("Name"), page.get_by_text("You go on with what you had begun")
    rate = page.get_by_label("Learning rate")
    name.fill("Half a thought")
    rate.fill("0.002")
    rate.press("Tab")
    expect(note).to_be_hidden()
    page.reload()
    expect(note).to_be_visible()
    expect(name).to_have_value("Half a thought")
    expect(rate).to_have_value("0.002")
    page.get_by_role("button", name="Start afresh").click()
    expect(name).to_have_value("")
    expect(note).to_be_hidden()

    name.fill("Whole")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Whole"))).to_be_visible()
    page.goto(train(work, address))
    expect(name).to_have_value("")
    expect(note).to_be_hidden()


def test_what_does_not_fit_is_told_at_its_field(visit: Visit) -> None:
    work = campaign()
    page = visit(work.cast.ml, train(work, "runs/new?kind=reward"))
    page.get_by_label("Epochs").fill("100000")
    page.get_by_role("button", name="Start").click()
    epochs = page.get_by_label("Epochs")
    expect(epochs).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text(re.compile("100000 is not allowed")).first).to_be_visible()
    epochs.fill("2")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Choose a snapshot.").first).to_be_visible()
    assert Run.objects.count() == 0


def test_curves_and_progress_of_a_running_run_move_by_themselves(visit: Visit) -> None:
    work = campaign()
    run = running(work)
    RunMetric.objects.create(run=run, step=1, name="loss", value=2.5)
    page = visit(work.cast.ml, train(work, f"runs/{run.pk}"), locale="zh-CN")
    curve = page.get_by_role("figure", name=re.compile("^损失"))
    expect(curve).to_contain_text("loss")
    expect(curve).to_contain_text("2.5")
    expect(curve.locator("canvas")).to_be_visible()
    expect(page.get_by_text("3 / 12 · 训练")).to_be_visible()
    RunMetric.objects.create(run=run, step=2, name="loss", value=1.25)
    RunEvent.objects.create(run=run, epoch=1, type="warning", payload={"message": "太长的文本"})
    Run.objects.filter(pk=run.pk).update(progress_done=9)
    expect(curve).to_contain_text("1.25")
    expect(page.get_by_text("9 / 12")).to_be_visible()
    expect(page.get_by_text("太长的文本")).to_be_visible()


def test_a_running_run_is_cancelled_and_a_failed_one_says_why_and_is_retried(visit: Visit) -> None:
    work = campaign()
    run = running(work)
    page = visit(work.cast.ml, train(work, f"runs/{run.pk}"))
    page.get_by_role("button", name="Cancel the run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the run").last.click()
    expect(page.get_by_text("Stopping")).to_be_visible()
    run.refresh_from_db()
    assert run.cancel_requested_at is not None
    Run.objects.filter(pk=run.pk).update(
        status="failed",
        lease_until=None,
        error_code="diverged",
        error_message="The loss became infinite at step 7; try a lower learning rate.",
    )
    expect(page.get_by_role("alert")).to_contain_text("try a lower learning rate")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Queued", exact=True).first).to_be_visible()
    run.refresh_from_db()
    assert run.status == "queued"


def test_versions_stand_under_their_parents_and_one_is_promoted(visit: Visit) -> None:
    work = campaign()
    first = policy(work)
    second = policy(work, 2, parent=first)
    page = visit(work.cast.ml, train(work, "versions"))
    rows = page.get_by_role("row").filter(has_text="storyteller")
    expect(rows.nth(1)).to_contain_text("└ 2 storyteller 2")
    for place in (0, 1):
        rows.nth(place).get_by_role("button", name="Promote").click()
        dialog = page.get_by_role("dialog")  # there are no files behind these versions
        dialog.get_by_label("Why it shall come into use").fill("Only a test.")
        dialog.get_by_role("button", name="Promote all the same").click()
        expect(rows.nth(place)).to_contain_text("Promoted")
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.status == "promoted"
    assert first.status != "promoted"


def test_an_update_from_scores_starts_on_prompts_that_are_meant_for_it(visit: Visit) -> None:
    work = campaign()
    base = policy(work)
    scores = ModelVersion.objects.create(
        project=work.project,
        kind=ModelVersion.Kind.REWARD,
        number=2,
        name="scores",
        stage=ModelVersion.Stage.REWARD,
        parent=base,
        artifact=artifact("d"),
    )
    for purpose in ("reward", "rl"):
        add_prompt(work.project, f"For {purpose}", name=f"{purpose} prompts", purpose=purpose)
    page = visit(work.cast.ml, train(work, "runs/new"))
    page.get_by_role("button", name=re.compile("^RLOO")).click()
    for label, choice in (("Policy", "storyteller"), ("Reward model", "scores")):
        page.get_by_role("combobox", name=label).click()
        page.get_by_role("option", name=re.compile(choice)).click()
    page.get_by_role("combobox", name="Prompt set").click()
    offered = page.get_by_role("option", name=re.compile("prompts v1"))
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("rl prompts")
    offered.click()
    page.get_by_label("Completions per prompt").fill("2")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("RLOO")
    run = Run.objects.get()
    assert (run.kind, run.policy_version, run.reward_version) == ("rloo", base, scores)
    assert run.config["completions_per_prompt"] == 2


def test_a_sampling_plan_is_made_where_it_is_needed(visit: Visit) -> None:
    work = campaign()
    policy(work)
    page = visit(work.cast.ml, train(work, "runs/new?kind=sample"))
    page.get_by_role("button", name="New sampling plan").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("careful")
    dialog.get_by_label("Top p").fill("0.9")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox", name="Sampling plan")).to_have_value("careful")
    plan = work.project.sampling_plans.get()
    assert (plan.top_p, plan.n, plan.strategy) == (0.9, 4, "sample")


def test_a_round_is_opened_and_closed_by_hand(visit: Visit) -> None:
    work = campaign()
    policy(work)
    page = visit(work.cast.ml, train(work, "rounds"))
    page.get_by_text("Begin a round by hand").click()
    page.get_by_role("combobox", name="Policy").click()
    page.get_by_role("option", name=re.compile("storyteller")).click()
    policies = page.get_by_role("combobox", name="Policy")
    page.get_by_role("button", name="Begin").click()
    expect(policies).to_have_value("")
    expect(page.get_by_role("button", name="Begin")).to_be_disabled()  # one choice, one round
    expect(policies).not_to_have_attribute("placeholder", re.compile("promoted"))
    frozen = create_run(project=work.project, kind="export", requested_by=work.cast.ml)
    page.get_by_text("Runs of this round").click()
    page.get_by_role("combobox", name="Snapshot").click()
    page.get_by_role("option", name=re.compile(f"^{frozen.number} · ")).click()
    steps = page.get_by_role("list", name=re.compile("^Steps of round"))
    expect(steps.get_by_role("link", name=re.compile(f"{frozen.number}$"))).to_be_visible()
    assert work.project.rounds.get().snapshot_run == frozen
    page.get_by_role("button", name="Close the round").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the round").last.click()
    expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
    assert work.project.rounds.get().closed_at is not None
    expect(steps.get_by_text("Not filled")).to_have_count(4)  # all that are shown but the snapshot


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_the_report_of_a_run_shows_its_numbers_whole_on_a_telephone(
    visit: Visit, locale: str
) -> None:
    work = campaign()
    run = running(work)
    accuracy = {"value": 0.59633, "low": 0.54128, "high": 0.65137}
    report = {"judged_by": {"newest_reward_models": {"length_baseline_of_pairs": accuracy}}}
    Run.objects.filter(pk=run.pk).update(report=report)
    page = visit(work.cast.ml, train(work, f"runs/{run.pk}"), locale=locale, width=390)
    rows = page.locator("tr", has_text="length_baseline_of_pairs")
    expect(rows).to_contain_text("0.59633 (0.54128 … 0.65137)")
    lines = """row => {
        const frame = row.closest("[role=region]");
        const text = row.cells[1].firstChild;
        const lines = [...text.data.matchAll(/[0-9.]+/g)].map(({index, 0: number}) => {
            const range = document.createRange();
            range.setStart(text, index);
            range.setEnd(text, index + number.length);
            return range.getClientRects().length;
        });
        return [frame.scrollWidth - frame.clientWidth, ...lines];
    }"""
    assert rows.evaluate(lines) == [0, 1, 1, 1]


def chosen(work: Campaign) -> Run:
    """A run that chooses what to label next, waiting in line, with the report it will have."""
    prompt = add_prompt(work.project, "Why?", name="to rank")
    for answer in ("Because.", "No reason."):
        add_completion(prompt, answer)
    run = create_run(
        project=work.project,
        kind="pick",
        requested_by=work.cast.ml,
        reward_version=ModelVersion.objects.create(
            project=work.project,
            kind=ModelVersion.Kind.REWARD,
            number=1,
            name="taste",
            stage=ModelVersion.Stage.REWARD,
            artifact=artifact("7"),
        ),
        prompt_set=prompt.prompt_set,
    )
    rule = {"picked": 2, "uncertainty_mean": 0.4}
    report = {
        **{"candidates": 9, "picked": 4, "reward_models": 2, "judged": 3},
        "items": {"created": 4, "existing": 0},
        "by_rule": {"information": rule, "random": rule},
        "uncertainty": {"edges": [0, 0.3, 0.6], "candidates": [6, 3], "picked": [1, 3]},
    }
    Run.objects.filter(pk=run.pk).update(report=report)
    return run


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({"locale": "en-US", "width": 1440}, id="en-wide"),
        pytest.param(
            {"locale": "zh-CN", "width": 390, "color_scheme": "dark"}, id="zh-narrow-dark"
        ),
    ],
)
def test_every_page_is_accessible_and_as_wide_as_the_screen(
    visit: Visit, look: dict[str, object]
) -> None:
    work = campaign()
    run = running(work)
    policy(work, 2, parent=run.policy_version)
    for step in range(1, 9):
        RunMetric.objects.create(run=run, step=step, name="loss", value=3 / step)
    Run.objects.filter(pk=run.pk).update(
        report={"accuracy": {"value": 0.6, "low": 0.5, "high": 0.7}, "long": list(range(40))}
    )
    choice = chosen(work)
    mixed = mix_of(work.cast, row("promoted", plan(work.cast), 4))
    page = visit(work.cast.ml, **look)
    faults = {}
    for path in (
        *("versions", "runs", "runs/new?kind=ppo", "runs/new?kind=dpo", "runs/new?kind=sample"),
        *("runs/new?kind=pick", "runs/queue", "lineage", f"sampling?mix={mixed.pk}", "chat"),
        *(f"runs/{run.pk}", f"runs/{choice.pk}", "rounds"),
    ):
        page.goto(train(work, path))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= int(str(look["width"])), (
            path
        )
        if found := violations(page):
            faults[path] = found
    page.goto(train(work, "versions"))
    page.get_by_role("button", name=re.compile("served model|服务端模型")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(300)
    if found := violations(page):
        faults["a dialog"] = found
    assert faults == {}
