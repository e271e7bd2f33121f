"""Starting a run: what does not fit is refused in words, the same request twice is one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.labeling.services import create_ranking_items
from annotation.lib.errors import Invalid
from annotation.lib.translating import in_chinese
from annotation.registry.models import ModelVersion
from annotation.registry.services import promote, register_version
from annotation.runs.kinds import KINDS
from annotation.runs.models import DatasetSnapshot, Run
from annotation.runs.services import create_run
from tests.annotation.labeling.work import add_completion, add_prompt
from tests.annotation.labeling.work import prompt_set as named_set
from tests.annotation.registry.models import write_model
from tests.annotation.runs.test_mixes import plan
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(cast: Cast, tmp_path: Path) -> ModelVersion:
    return register_version(
        project=cast.project, directory=write_model(tmp_path / "policy"), name="base"
    )


def frozen(
    cast: Cast, policy: ModelVersion, query: dict[str, Any] | None = None, **counts: int
) -> DatasetSnapshot:
    return DatasetSnapshot.objects.create(
        project=cast.project,
        number=DatasetSnapshot.objects.count() + 1,
        query=query or {},
        cut_off="2026-01-01T00:00:00Z",
        counts=counts,
        sha256="0" * 64,
        artifact=policy.artifact,
    )


@pytest.fixture
def snapshot(cast: Cast, policy: ModelVersion) -> DatasetSnapshot:
    return frozen(cast, policy)


def filled(cast: Cast, purpose: str) -> PromptSet:
    """A set of one prompt."""
    return add_prompt(cast.project, f"For {purpose}", name=purpose, purpose=purpose).prompt_set


def post(cast: Cast, body: dict[str, object], **headers: str) -> tuple[int, dict[str, object]]:
    answer = client_for(cast.ml).post(
        f"/api/v1/projects/{cast.project.id}/runs", body, format="json", headers=headers
    )
    return answer.status_code, answer.json()


def test_a_setting_out_of_range_is_refused_with_field_value_and_range(
    cast: Cast, policy: ModelVersion, snapshot: DatasetSnapshot
) -> None:
    status, problem = post(
        cast,
        {
            "kind": "reward",
            "policy_version": str(policy.id),
            "snapshot": str(snapshot.id),
            "config": {"learning_rate": 3, "epoks": 2},
        },
    )
    assert status == 400
    messages = {error["field"]: error["message"] for error in problem["errors"]}  # type: ignore[index]
    assert set(messages) == {"config.learning_rate", "config.epoks"}
    assert "3 is not allowed" in messages["config.learning_rate"]
    assert "> 0 and <= 1.0" in messages["config.learning_rate"]
    assert "no such setting" in messages["config.epoks"]
    assert not Run.objects.exists()


def test_a_run_keeps_every_setting_it_was_not_told(
    cast: Cast, policy: ModelVersion, snapshot: DatasetSnapshot
) -> None:
    status, run = post(
        cast,
        {
            "kind": "reward",
            "policy_version": str(policy.id),
            "snapshot": str(snapshot.id),
            "config": {"epochs": 2},
        },
    )
    assert status == 202
    assert run["status"] == "queued"
    assert run["number"] == 1
    assert run["config"]["epochs"] == 2  # type: ignore[index]
    assert run["config"]["prompts_per_step"] == 64  # type: ignore[index]


def test_another_projects_things_do_not_exist_here(
    cast: Cast, policy: ModelVersion, tmp_path: Path
) -> None:
    foreign = register_version(
        project=cast.other_project, directory=write_model(tmp_path / "foreign"), name="foreign"
    )
    status, problem = post(cast, {"kind": "sft", "policy_version": str(foreign.id)})
    assert status == 400
    assert [e["field"] for e in problem["errors"]] == ["policy_version"]  # type: ignore[index]


def test_a_reward_model_is_no_policy(cast: Cast, snapshot: DatasetSnapshot, tmp_path: Path) -> None:
    reward = register_version(
        project=cast.project,
        directory=write_model(tmp_path / "rm", kind="reward"),
        name="rm",
        kind="reward",
    )
    assert (reward.score_shift, reward.score_scale) == (0.25, 2.0)
    status, problem = post(
        cast, {"kind": "reward", "policy_version": str(reward.id), "snapshot": str(snapshot.id)}
    )
    assert status == 400
    assert "kind reward" in problem["errors"][0]["message"]  # type: ignore[index]


def test_the_promoted_policy_is_pinned_where_none_is_named(
    cast: Cast, policy: ModelVersion, snapshot: DatasetSnapshot
) -> None:
    body: dict[str, object] = {"kind": "reward", "snapshot": str(snapshot.id)}
    status, problem = post(cast, body)
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "policy_version"  # type: ignore[index]
    assert error["message"] == "Choose a policy: the project has none in use."  # type: ignore[index]
    promote(version=policy, actor=cast.ml)
    status, run = post(cast, body)
    assert (status, run["policy_version"]) == (202, str(policy.id))


@pytest.fixture
def reward_model(cast: Cast, tmp_path: Path) -> ModelVersion:
    directory = write_model(tmp_path / "scores", kind="reward")
    return register_version(project=cast.project, directory=directory, name="rm", kind="reward")


@pytest.mark.parametrize("kind", ["ppo", "rloo", "grpo"])
def test_learning_from_scores_takes_prompts_that_are_meant_for_it_and_what_is_promoted(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion, kind: str
) -> None:
    for version in (policy, reward_model):
        promote(version=version, actor=cast.ml)
    for_ranking, for_updates = (filled(cast, purpose) for purpose in ("reward", "rl"))
    status, problem = post(cast, {"kind": kind})
    assert status == 400
    assert [e["field"] for e in problem["errors"]] == ["prompt_set"]  # type: ignore[index]
    status, problem = post(cast, {"kind": kind, "prompt_set": str(for_ranking.id)})
    assert status == 400
    assert "purpose rl, these are for reward" in problem["errors"][0]["message"]  # type: ignore[index]
    status, run = post(cast, {"kind": kind, "prompt_set": str(for_updates.id)})
    assert (status, run["kind"], run["status"]) == (202, kind, "queued")
    assert (run["policy_version"], run["reward_version"]) == (str(policy.id), str(reward_model.id))
    assert run["config"]["overlapping_prompts"] == "refuse"  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (
            "sample",
            {
                "plan": ("Choose a sampling plan.", "请选择采样方案。"),
                "policy_version": (
                    "Choose a policy: the project has none in use.",
                    "请选择策略模型：本项目没有在用的策略模型。",
                ),
                "prompt_set": ("Choose a prompt set.", "请选择提示词集。"),
            },
        ),
        (
            "pick",
            {
                "prompt_set": ("Choose a prompt set.", "请选择提示词集。"),
                "reward_version": (
                    "Choose a reward model: the project has none in use.",
                    "请选择奖励模型：本项目没有在用的奖励模型。",
                ),
            },
        ),
        (
            "evaluate",  # of what is chosen, never of what happens to be in use
            {
                "reward_version": ("Choose a reward model.", "请选择奖励模型。"),
                "snapshot": ("Choose a snapshot.", "请选择快照。"),
            },
        ),
    ],
)
def test_what_is_left_out_is_asked_for_in_peoples_words(
    cast: Cast, kind: str, asked: dict[str, tuple[str, str]]
) -> None:
    with pytest.raises(Invalid) as refusal:
        create_run(project=cast.project, kind=kind)
    errors = refusal.value.details["errors"]
    assert {e["field"]: (e["message"], in_chinese(e["message"])) for e in errors} == asked


OURS, OTHERS = {"<s>": 0, "a": 1, "b": 2}, {"<s>": 0, "a": 2, "b": 1}


def reading(
    cast: Cast,
    folder: Path,
    kind: str,
    vocabulary: Any,
    *,
    parent: ModelVersion | None = None,
    **more: Any,
) -> ModelVersion:
    """A version whose tokenizer has these tokens."""
    made = write_model(folder, kind=kind, vocabulary=vocabulary, **more)
    return register_version(
        project=cast.project, directory=made, name=folder.name, kind=kind, parent=parent
    )


@pytest.mark.parametrize("kind", ["ppo", "rloo", "grpo", "evaluate", "best_of_n"])
def test_a_reward_model_that_reads_other_tokens_than_the_policy_is_refused(
    cast: Cast, tmp_path: Path, kind: str
) -> None:
    policy = reading(cast, tmp_path / "ours", "policy", OURS)
    other = reading(cast, tmp_path / "other", "reward", OTHERS)
    # written anew: another file, the same tokens; and one more that the policy does not know
    again = reading(cast, tmp_path / "again", "reward", OURS | {"c": 3}, padding="right")
    listed = reading(cast, tmp_path / "listed", "reward", [["<s>", 0.0], ["a", -1.0], ["b", -2.0]])
    made = filled(cast, "rl")
    body: dict[str, object] = {"kind": kind, "prompt_set": str(made.pk)}
    body["policy_version"] = str(policy.pk)
    status, problem = post(cast, {**body, "reward_version": str(other.pk)})
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert (error["field"], error["rule"]) == ("reward_version", "tokenizer")  # type: ignore[index]
    assert in_chinese(error["message"]).startswith("reward_version：版本 1")  # type: ignore[index]
    for fitting in (again, listed):
        assert post(cast, {**body, "reward_version": str(fitting.pk)})[0] == 202


@pytest.mark.parametrize("kind", ["ppo", "rloo", "grpo", "evaluate", "best_of_n"])
@pytest.mark.parametrize("short", ["policy", "reward"])
def test_completions_that_leave_no_room_for_a_prompt_are_refused(
    cast: Cast, tmp_path: Path, kind: str, short: str
) -> None:
    body: dict[str, object] = {"kind": kind}
    for role in ("policy", "reward"):
        context = 32 if role == short else 64
        version = reading(cast, tmp_path / role, role, None, context=context)
        body[f"{role}_version"] = str(version.pk)
    purpose = "sft" if kind == "best_of_n" else "rl"
    body["prompt_set"] = str(filled(cast, purpose).pk)
    estimates = f"/api/v1/projects/{cast.project.id}/run-estimates"
    asked = {**body, "config": {"max_new_tokens": 32}}
    expected = client_for(cast.ml).post(estimates, asked, format="json")
    for status, problem in (post(cast, asked), (expected.status_code, expected.json())):
        assert status == 400
        (error,) = problem["errors"]  # type: ignore[misc]
        assert error["field"] == "config.max_new_tokens"  # type: ignore[index]
        assert "in the context of 32 tokens" in error["message"]  # type: ignore[index]
        assert "提示词留出空间" in in_chinese(error["message"])  # type: ignore[index]
    asked["config"] = {"max_new_tokens": 31}
    assert client_for(cast.ml).post(estimates, asked, format="json").status_code == 200
    assert post(cast, asked)[0] == 202


def refused_for_its_context(cast: Cast, body: dict[str, object], field: str) -> None:
    """By the form's estimate and by the request itself."""
    estimates = f"/api/v1/projects/{cast.project.id}/run-estimates"
    expected = client_for(cast.ml).post(estimates, body, format="json")
    for status, problem in (post(cast, body), (expected.status_code, expected.json())):
        assert status == 400
        (error,) = problem["errors"]  # type: ignore[misc]
        assert (error["field"], error["rule"]) == (field, "context")  # type: ignore[index]
        assert "in the context of 32 tokens" in error["message"]  # type: ignore[index]


@pytest.mark.parametrize("kind", ["ppo", "rloo", "grpo"])
def test_completions_must_fit_every_reward_model_that_is_heard(
    cast: Cast, tmp_path: Path, kind: str
) -> None:
    body: dict[str, object] = {"kind": kind, "prompt_set": str(filled(cast, "rl").pk)}
    body["policy_version"] = str(reading(cast, tmp_path / "p", "policy", OURS, context=64).pk)
    reading(cast, tmp_path / "short", "reward", OURS, context=32, weight=2.0)
    body["reward_version"] = str(reading(cast, tmp_path / "r", "reward", OURS, context=64).pk)
    asked = {**body, "config": {"max_new_tokens": 32, "reward_models": 2}}
    refused_for_its_context(cast, asked, "config.max_new_tokens")
    assert post(cast, {**body, "config": {"max_new_tokens": 32}})[0] == 202


def test_completions_must_fit_the_parent_that_a_policy_is_held_against(
    cast: Cast, tmp_path: Path
) -> None:
    parent = reading(cast, tmp_path / "parent", "policy", OURS, context=32)
    policy = reading(cast, tmp_path / "ours", "policy", OURS, parent=parent, context=64)
    body: dict[str, object] = {"kind": "evaluate", "policy_version": str(policy.pk)}
    body["prompt_set"] = str(filled(cast, "rl").pk)
    refused_for_its_context(
        cast, {**body, "config": {"max_new_tokens": 32}}, "config.max_new_tokens"
    )
    alone = {"max_new_tokens": 32, "against_parent": False}
    assert post(cast, {**body, "config": alone})[0] == 202


def test_a_sampling_plan_must_leave_room_for_a_prompt(cast: Cast, tmp_path: Path) -> None:
    drawn = plan(cast)  # at most 8 new tokens
    body: dict[str, object] = {"kind": "sample", "plan": str(drawn.pk)}
    body["prompt_set"] = str(filled(cast, "rl").pk)
    policy = reading(cast, tmp_path / "short", "policy", None, context=32)
    body["policy_version"] = str(policy.pk)
    assert post(cast, body)[0] == 202
    long = SamplingPlan.objects.create(
        project=cast.project, name="long", strategy="sample", n=2, max_new_tokens=32
    )
    refused_for_its_context(cast, {**body, "plan": str(long.pk)}, "plan")


def test_a_choice_by_disputes_wants_reward_models_whose_weights_differ(
    cast: Cast, tmp_path: Path
) -> None:
    prompt = add_prompt(cast.project, "How?", name="rl", purpose="rl")
    for text in ("so", "or so"):
        add_completion(prompt, text)
    chosen = reading(cast, tmp_path / "chosen", "reward", OURS)
    # another version whose files differ, and which learnt the same to the bit
    reading(cast, tmp_path / "twin", "reward", OURS, padding="right")
    asked: dict[str, object] = {"kind": "pick", "prompt_set": str(prompt.prompt_set_id)}
    asked |= {"reward_version": str(chosen.pk)}
    by_disputes = {**asked, "config": {"disagreement_share": 10, "reward_models": 3}}
    status, problem = post(cast, by_disputes)
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "config.disagreement_share"  # type: ignore[index]
    assert "no second reward model that differs" in error["message"]  # type: ignore[index]
    assert "没有第二个权重不同" in in_chinese(error["message"])  # type: ignore[index]
    assert post(cast, asked)[0] == 202  # without disputes one may choose alone
    reading(cast, tmp_path / "other", "reward", OURS, weight=2.0)
    assert post(cast, by_disputes)[0] == 202


def test_how_a_policy_foretells_demonstrations_asks_for_no_room(
    cast: Cast, tmp_path: Path, policy: ModelVersion
) -> None:
    reader = reading(cast, tmp_path / "reader", "policy", None, context=32)
    snapshot = str(frozen(cast, policy, demonstrations=5).pk)
    body: dict[str, object] = {"policy_version": str(reader.pk), "snapshot": snapshot}
    assert post(cast, {"kind": "evaluate", **body})[0] == 202


def test_a_promoted_reward_model_that_reads_other_tokens_is_not_taken(
    cast: Cast, tmp_path: Path
) -> None:
    policy = reading(cast, tmp_path / "ours", "policy", OURS)
    promote(version=reading(cast, tmp_path / "other", "reward", OTHERS), actor=cast.ml)
    made = filled(cast, "rl")
    body: dict[str, object] = {"prompt_set": str(made.pk), "policy_version": str(policy.pk)}
    status, problem = post(cast, {**body, "kind": "ppo"})
    assert (status, problem["errors"][0]["field"]) == (400, "reward_version")  # type: ignore[index]
    assert not Run.objects.exists()


def test_a_policy_is_not_held_against_a_parent_that_reads_other_tokens(
    cast: Cast, tmp_path: Path
) -> None:
    parent = reading(cast, tmp_path / "parent", "policy", OTHERS)
    policy = reading(cast, tmp_path / "ours", "policy", OURS, parent=parent)
    made = filled(cast, "rl")
    body: dict[str, object] = {"kind": "evaluate", "policy_version": str(policy.pk)}
    body["prompt_set"] = str(made.pk)
    status, problem = post(cast, body)
    assert status == 400
    assert [e["field"] for e in problem["errors"]] == ["config.against_parent"]  # type: ignore[index]
    assert post(cast, {**body, "config": {"against_parent": False}})[0] == 202


@pytest.mark.parametrize(
    ("kind", "empty"),
    [("sft", "demonstrations"), ("reward", "rankings"), ("dpo", "rankings")],
)
def test_a_snapshot_without_what_is_learnt_from_is_refused(
    cast: Cast, policy: ModelVersion, kind: str, empty: str
) -> None:
    body: dict[str, object] = {"kind": kind, "policy_version": str(policy.pk)}
    both = {"demonstrations": 5, "rankings": 5}
    nothing = frozen(cast, policy, **{**both, empty: 0})
    status, problem = post(cast, {**body, "snapshot": str(nothing.pk)})
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert (error["field"], error["rule"]) == ("snapshot", "empty")  # type: ignore[index]
    assert f"holds no {empty}" in error["message"]  # type: ignore[index]
    assert "快照 1 不含" in in_chinese(error["message"])  # type: ignore[index]
    enough = frozen(cast, policy, **{empty: 1})
    assert post(cast, {**body, "snapshot": str(enough.pk)})[0] == 202


@pytest.mark.parametrize("kind", ["reward", "export"])
def test_what_a_reward_model_chose_is_taken_by_no_run_that_asks_for_judgments_of_people(
    cast: Cast, policy: ModelVersion, kind: str
) -> None:
    chosen = frozen(cast, policy, {"best_of_n": 1}, rankings=5, demonstrations=5)
    body: dict[str, object] = {"kind": kind, "snapshot": str(chosen.pk)}
    if kind == "reward":
        body["policy_version"] = str(policy.pk)
    status, problem = post(cast, body)
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "snapshot"  # type: ignore[index]
    assert "holds what a reward model chose" in error["message"]  # type: ignore[index]
    assert "奖励模型选出的" in in_chinese(error["message"])  # type: ignore[index]
    for learning in ("sft", "dpo"):
        body = {"kind": learning, "snapshot": str(chosen.pk), "policy_version": str(policy.pk)}
        status, run = post(cast, body)
        assert (status, run["judgments_in"]) == (202, [])


def coming(cast: Cast, kind: str, config: dict[str, Any] | None = None) -> Run:
    """A run that others may wait for."""
    return Run.objects.create(
        project=cast.project,
        number=Run.objects.count() + 1,
        kind=kind,
        status="queued",
        config=config or {},
        idempotency_key=uuid4(),
    )


@pytest.mark.parametrize("kind", ["reward", "export"])
def test_what_a_reward_model_will_choose_is_not_waited_for_by_what_asks_for_judgments_of_people(
    cast: Cast, policy: ModelVersion, kind: str
) -> None:
    chooses = coming(cast, "best_of_n")
    body: dict[str, object] = {"kind": kind, "waits_for": str(chooses.pk)}
    if kind == "reward":
        body["policy_version"] = str(policy.pk)
    status, problem = post(cast, body)
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "waits_for"  # type: ignore[index]
    assert "gives what a reward model chose" in error["message"]  # type: ignore[index]
    assert "奖励模型选出的" in in_chinese(error["message"])  # type: ignore[index]
    judged = frozen(cast, policy, rankings=5, demonstrations=5)
    assert post(cast, {**body, "snapshot": str(judged.pk)})[0] == 202, "it takes another"
    learns = {"kind": "sft", "waits_for": str(chooses.pk), "policy_version": str(policy.pk)}
    assert post(cast, learns)[0] == 202


def test_a_reward_model_is_not_measured_on_what_a_reward_model_chose(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    chosen = str(frozen(cast, policy, {"best_of_n": 1}, rankings=5, demonstrations=5).pk)
    chooses, learns = (str(coming(cast, kind).pk) for kind in ("best_of_n", "reward"))
    measured = {"reward_version": str(reward_model.pk)}
    for inputs, field in (
        ({**measured, "snapshot": chosen}, "snapshot"),
        ({**measured, "waits_for": chooses}, "waits_for"),
        ({"waits_for": learns, "snapshot": chosen}, "snapshot"),
    ):
        status, problem = post(cast, {"kind": "evaluate", **inputs})
        assert status == 400
        (error,) = problem["errors"]  # type: ignore[misc]
        assert error["field"] == field  # type: ignore[index]
        assert "measured on what people judged" in error["message"]  # type: ignore[index]
        assert "人的判断" in in_chinese(error["message"])  # type: ignore[index]
    # how well a policy foretells demonstrations may be asked of any
    foretells: dict[str, object] = {"kind": "evaluate", "policy_version": str(policy.pk)}
    assert post(cast, {**foretells, "snapshot": chosen})[0] == 202
    assert post(cast, {**foretells, "waits_for": chooses})[0] == 202
    judged = str(frozen(cast, policy, rankings=5).pk)
    assert post(cast, {"kind": "evaluate", **measured, "snapshot": judged})[0] == 202


def test_a_reward_model_is_held_against_another_and_on_judgments(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    judged = str(frozen(cast, policy, rankings=5).pk)
    config = {"baseline_reward_version": str(reward_model.pk)}
    for inputs, words in (
        (
            {"reward_version": str(reward_model.pk), "snapshot": judged},
            "choose another as its baseline",
        ),
        ({"policy_version": str(policy.pk), "snapshot": judged}, "Choose a reward model"),
    ):
        status, problem = post(cast, {"kind": "evaluate", "config": config, **inputs})
        assert status == 400
        (error,) = problem["errors"]  # type: ignore[misc]
        assert error["field"] == "config.baseline_reward_version"  # type: ignore[index]
        assert words in error["message"]  # type: ignore[index]
        assert "请" in in_chinese(error["message"])  # type: ignore[index]


@pytest.mark.parametrize("kind", ["sft", "reward", "dpo"])
def test_gold_items_and_repeats_are_learnt_from_no_sooner_by_waiting_for_them(
    cast: Cast, policy: ModelVersion, kind: str
) -> None:
    measured = coming(cast, "export", {"include": ["gold"]})
    body: dict[str, object] = {"kind": kind, "policy_version": str(policy.pk)}
    status, problem = post(cast, {**body, "waits_for": str(measured.pk)})
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "waits_for"  # type: ignore[index]
    assert "freezes gold items or repeats" in error["message"]  # type: ignore[index]
    assert "标准题" in in_chinese(error["message"])  # type: ignore[index]
    plain = coming(cast, "export", {"include": []})
    assert post(cast, {**body, "waits_for": str(plain.pk)})[0] == 202


def test_the_command_writes_no_dataset_of_what_a_reward_model_chose(
    cast: Cast, policy: ModelVersion, tmp_path: Path
) -> None:
    chosen = frozen(cast, policy, {"best_of_n": 1}, rankings=5)
    wish = {"snapshot": chosen.number, "out": tmp_path / "dataset"}
    with pytest.raises(CommandError, match="a reward model chose this"):
        call_command("export_rows", cast.project.name, "dataset", **wish)


def test_the_best_of_n_are_drawn_by_settings_of_the_run_and_at_random(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    made = filled(cast, "sft")
    body: dict[str, object] = {"kind": "best_of_n", "prompt_set": str(made.pk)}
    body |= {"policy_version": str(policy.pk), "reward_version": str(reward_model.pk)}
    for config, field in (
        ({"strategy": "greedy"}, "config.strategy"),
        ({"samples_per_prompt": 2, "keep_per_prompt": 3}, "config.keep_per_prompt"),
    ):
        status, problem = post(cast, {**body, "config": config})
        assert (status, [e["field"] for e in problem["errors"]]) == (400, [field])  # type: ignore[attr-defined]
    status, run = post(cast, {**body, "config": {"samples_per_prompt": 8}})
    assert (status, run["config"]["samples_per_prompt"]) == (202, 8)  # type: ignore[index]


def test_nothing_to_learn_from_is_made_of_prompts_that_are_held_out_to_evaluate_on(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    body: dict[str, object] = {"kind": "best_of_n"}
    body |= {"policy_version": str(policy.pk), "reward_version": str(reward_model.pk)}
    held_out, others = filled(cast, "evaluation"), filled(cast, "sft")
    status, problem = post(cast, {**body, "prompt_set": str(held_out.pk)})
    assert status == 400
    (error,) = problem["errors"]  # type: ignore[misc]
    assert error["field"] == "prompt_set"  # type: ignore[index]
    assert "held out to evaluate on" in error["message"]  # type: ignore[index]
    assert "评估" in in_chinese(error["message"])  # type: ignore[index]
    assert post(cast, {**body, "prompt_set": str(others.pk)})[0] == 202


def test_prompts_are_evaluated_on_where_a_policy_answers_them(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion, snapshot: DatasetSnapshot
) -> None:
    body: dict[str, object] = {"kind": "evaluate", "prompt_set": str(filled(cast, "evaluation").pk)}
    body |= {"reward_version": str(reward_model.pk), "snapshot": str(snapshot.pk)}
    status, problem = post(cast, body)
    assert status == 400
    assert [(e["field"], e["rule"]) for e in problem["errors"]] == [("policy_version", "required")]  # type: ignore[attr-defined]
    _, first = post(
        cast, {"kind": "sft", "policy_version": str(policy.pk), "snapshot": body["snapshot"]}
    )
    assert post(cast, {**body, "waits_for": first["id"]})[0] == 202  # type: ignore[index]
    assert post(cast, {**body, "policy_version": str(policy.pk)})[0] == 202


@pytest.mark.parametrize("kind", ["sample", "ppo", "rloo", "grpo", "evaluate", "pick", "best_of_n"])
def test_what_works_on_prompts_asks_for_one_in_use(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion, kind: str
) -> None:
    purpose = KINDS[kind].purpose or "reward"
    made = named_set(cast.project, "mine", purpose)
    given: dict[str, object] = {"prompt_set": made.pk, "policy_version": policy.pk}
    given["plan" if kind == "sample" else "reward_version"] = (
        plan(cast).pk if kind == "sample" else reward_model.pk
    )
    body = {"kind": kind, **{name: str(key) for name, key in given.items()}}
    gone = add_prompt(cast.project, "Retired", name="mine")
    gone.retired_at = gone.created_at
    gone.save()
    status, problem = post(cast, body)
    assert status == 400
    assert [(e["field"], e["rule"]) for e in problem["errors"]] == [("prompt_set", "empty")]  # type: ignore[attr-defined]
    prompt = add_prompt(cast.project, "In use", name="mine")
    if kind == "pick":
        body.pop("policy_version")
        for number in range(2):  # what a choice takes
            add_completion(prompt, f"Answer {number}")
    assert post(cast, body)[0] == 202


def test_a_choice_without_two_samples_of_a_prompt_is_refused_with_what_to_do(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    prompt = add_prompt(cast.project, "Why?", name="mine")
    body: dict[str, object] = {
        "kind": "pick",
        "prompt_set": str(prompt.prompt_set_id),
        "reward_version": str(reward_model.pk),
    }

    def refused(**more: object) -> tuple[str, str]:
        status, problem = post(cast, {**body, **more})
        assert status == 400
        (error,) = problem["errors"]  # type: ignore[attr-defined]
        return error["field"], error["message"]

    add_completion(prompt, "Because.", origin="human", author=cast.ml)  # no sample
    for _ in range(2):  # one text
        add_completion(prompt, "Because.")
    field, words = refused()
    assert field == "prompt_set"
    assert "sample first" in words
    drawn = create_run(
        **{"project": cast.project, "kind": "sample", "plan": plan(cast)},
        **{"policy_version": policy, "prompt_set": prompt.prompt_set},
    )
    assert post(cast, {**body, "waits_for": str(drawn.pk)})[0] == 202, "they are coming"

    other = add_completion(prompt, "No reason.")
    assert post(cast, body)[0] == 202
    field, words = refused(policy_version=str(policy.pk))
    assert field == "policy_version"
    assert f"of policy {policy.number}" in words

    pair = [other, prompt.completions.filter(text="Because.", origin="import")[0]]
    create_ranking_items(project=cast.project, groups={prompt.pk: pair})
    field, words = refused()
    assert field == "config.only_new"
    assert "switch this off" in words
    assert post(cast, {**body, "config": {"only_new": False}})[0] == 202


def test_prompts_that_an_import_brings_are_waited_for_by_all_that_follows_it(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion
) -> None:
    made, other = named_set(cast.project, "coming"), named_set(cast.project, "other")
    config = {"kind": "prompts", "filename": "p.jsonl"}
    coming = create_run(project=cast.project, kind="import", config=config, prompt_set=made)
    common: dict[str, Any] = {"project": cast.project, "policy_version": policy}
    drawn = create_run(kind="sample", plan=plan(cast), prompt_set=made, waits_for=coming, **common)
    judge = {"kind": "pick", "reward_version": reward_model, "waits_for": drawn, **common}
    assert create_run(prompt_set=made, **judge).status == "blocked"
    with pytest.raises(Invalid) as refused:
        create_run(prompt_set=other, **judge)
    assert [one["rule"] for one in refused.value.details["errors"]] == ["empty"]


def test_learning_from_rankings_takes_a_snapshot_and_no_reward_model(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion, snapshot: DatasetSnapshot
) -> None:
    for version in (policy, reward_model):
        promote(version=version, actor=cast.ml)
    body: dict[str, object] = {"kind": "dpo", "snapshot": str(snapshot.id)}
    status, problem = post(cast, {**body, "reward_version": str(reward_model.id)})
    assert status == 400
    assert "has no use for it" in problem["errors"][0]["message"]  # type: ignore[index]
    status, run = post(cast, {**body, "config": {"beta": 0.3}})
    assert (status, run["policy_version"], run["reward_version"]) == (202, str(policy.id), None)
    assert (run["config"]["beta"], run["config"]["ties"]) == (0.3, "drop")  # type: ignore[index]


@pytest.mark.parametrize("name", ["reward_function", "reward_url"])
def test_no_run_chooses_code_or_an_address_by_a_setting(
    cast: Cast, policy: ModelVersion, reward_model: ModelVersion, name: str
) -> None:
    prompts = filled(cast, "rl")
    status, problem = post(
        cast,
        {
            "kind": "rloo",
            "policy_version": str(policy.id),
            "reward_version": str(reward_model.id),
            "prompt_set": str(prompts.id),
            "config": {name: "http://localhost/score"},
        },
    )
    assert status == 400
    assert [e["field"] for e in problem["errors"]] == [f"config.{name}"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("address", "body", "field", "some"),
    [
        ("runs", {"kind": "dance"}, "kind", "one of export, sample, sft, reward, ppo"),
        ("round-plan", {"policy_kind": "dance"}, "policy_kind", "one of ppo, rloo, grpo"),
        ("webhooks", {"events": ["dance"]}, "events.0", "one of ranking.counted, ranking."),
    ],
)
def test_a_choice_that_is_none_is_refused_with_all_there_are(
    cast: Cast, address: str, body: dict[str, Any], field: str, some: str
) -> None:
    for language, before, after in (
        ("en", '"dance" is not', some),
        ("zh-Hans", "“dance”不是", "可选："),
    ):
        client, at = client_for(cast.admin if address == "webhooks" else cast.ml), cast.project.pk
        send = client.put if address == "round-plan" else client.post
        headers = {"accept-language": language}
        refused = send(f"/api/v1/projects/{at}/{address}", body, format="json", headers=headers)
        errors = refused.json()["errors"]
        (told,) = [one["message"] for one in errors if one["field"] == field]
        assert told.startswith(before)
        assert after in told
        assert some.removeprefix("one of ") in told


def test_the_same_key_and_content_is_one_run_and_other_content_is_refused(cast: Cast) -> None:
    key = str(uuid4())
    first = post(cast, {"kind": "export"}, **{"Idempotency-Key": key})
    again = post(cast, {"kind": "export"}, **{"Idempotency-Key": key})
    other = post(
        cast, {"kind": "export", "config": {"validation_fraction": 0.5}}, **{"Idempotency-Key": key}
    )
    assert first[0] == again[0] == 202
    assert first[1]["id"] == again[1]["id"]
    assert other[0] == 422
    assert Run.objects.count() == 1


def test_a_run_that_waits_takes_its_input_from_what_it_waits_for(
    cast: Cast, policy: ModelVersion
) -> None:
    export = create_run(project=cast.project, kind="export", requested_by=cast.ml)
    reward = create_run(
        project=cast.project, kind="reward", policy_version=policy, waits_for=export
    )
    assert (reward.status, reward.snapshot, reward.number) == ("blocked", None, 2)


def test_a_cut_off_in_the_future_or_without_zone_is_refused(cast: Cast) -> None:
    for text in ("2999-01-01T00:00:00Z", "2026-01-01T00:00:00", "soon"):
        status, problem = post(cast, {"kind": "export", "config": {"cut_off": text}})
        assert status == 400
        assert problem["errors"][0]["field"] == "config.cut_off"  # type: ignore[index]
