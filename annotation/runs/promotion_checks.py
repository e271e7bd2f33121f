"""What a version must show before it comes into use, each check with the figure it rests on. Reads only.

The bounds are those of the project's round plan; where there is none, the two that nobody should do
without: a reward model orders held-out pairs better than a coin, and a new policy wins more often than
the one it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q

from annotation.registry import selectors as registry
from annotation.registry import store
from annotation.registry.models import ModelVersion
from annotation.runs import campaign_report, gates
from annotation.runs.models import DatasetSnapshot, ErasureMark, JudgingCampaign, RoundPlan, Run

NAMES = ("stored", "judgments_stand", *gates.NAMES)


@dataclass(frozen=True)
class Bounds:
    """What is asked; None: nothing."""

    reward_least_accuracy: float | None = 0.5
    reward_least_gain: float | None = None
    kl_ceiling: float | None = None
    least_stop_rate: float | None = None
    least_win_rate: float | None = 0.5
    least_campaign_win_rate: float | None = None


@dataclass(frozen=True)
class Check:
    """One condition: whether it holds, and for a measured one the figure, its bound and the run.

    `over_length` as in `gates.Gate`: told beside the check, which holds without it. `prompt_set`: the only
    prompts on which an evaluation counts. `baseline`: the version in use that one must be held against.
    """

    gate: str
    passed: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    clusters: int | None = None
    over_length: dict[str, float] | None = None
    run: Run | None = None
    prompt_set: UUID | None = None
    baseline: UUID | None = None


def bounds_of(version: ModelVersion) -> Bounds:
    """Those of the round plan, or the usual ones."""
    plan = RoundPlan.objects.filter(project_id=version.project_id).first()
    if plan is None:
        return Bounds()
    return Bounds(**{name: getattr(plan, name) for name in Bounds.__dataclass_fields__})


def checks_of(version: ModelVersion) -> list[Check]:
    """Every check that is asked of this version; a figure that nobody asked for is none."""
    plain = [
        Check("stored", store.is_stored(version.artifact)),
        Check("judgments_stand", judgments_stand(version)),
    ]
    bounds = bounds_of(version)
    return [*plain, *_measured(version, bounds), *_judged(version, bounds)]


def judgments_stand(version: ModelVersion) -> bool:
    """Whether no judgment behind a version was withdrawn by a deletion since."""
    return not ErasureMark.objects.filter(version=version).exists()


def failed(checks: list[Check]) -> list[str]:
    """Names of the checks that do not hold."""
    return [check.gate for check in checks if not check.passed]


def _measured(version: ModelVersion, bounds: Bounds) -> list[Check]:
    made_by = Run.objects.filter(output_version=version).first()
    if made_by is None or made_by.kind == Run.Kind.IMPORT:
        return []  # nothing was trained here: nobody's judgment is in it
    if version.kind == ModelVersion.Kind.REWARD:
        found = _told(gates.reward_gates(made_by.report, bounds.reward_least_accuracy), made_by)
        return found + _against_the_one_in_use(version, bounds)
    if version.stage != ModelVersion.Stage.RL:
        return []
    told = gates.policy_gates(made_by.report, bounds.kl_ceiling, bounds.least_stop_rate)
    prompts = _prompts_of_plan(version)
    judged = _against_parent(version, prompts)
    report = judged.report if judged else {}
    won = _told(gates.evaluation_gates(report, bounds.least_win_rate), judged)
    return _told(told, made_by) + [replace(check, prompt_set=prompts) for check in won]


def _against_the_one_in_use(version: ModelVersion, bounds: Bounds) -> list[Check]:
    used = registry.promoted(project_id=version.project_id, kind=version.kind)
    if used is None or used.pk == version.pk:
        return []
    # on what a reward model chose, nobody's judgment says which of two is better
    judged = _latest_evaluation(
        ~Q(snapshot__query__has_key=DatasetSnapshot.CHOSEN_BY),
        reward_version=version,
        config__baseline_reward_version=str(used.pk),
    )
    report = judged.report if judged else {}
    told = _told(gates.check_gates(report, bounds.reward_least_gain), judged)
    return [replace(check, baseline=used.pk) for check in told]


def _judged(version: ModelVersion, bounds: Bounds) -> list[Check]:
    """What people said of a policy beside the one in use, in the last campaign in which both met."""
    if bounds.least_campaign_win_rate is None or version.kind != ModelVersion.Kind.POLICY:
        return []
    used = registry.promoted(project_id=version.project_id, kind="policy")
    if used is None or used.pk == version.pk:
        return []
    met = (
        JudgingCampaign.objects.filter(draw__parts__policy_version=version)
        .filter(draw__parts__policy_version=used)
        .order_by("-id")
    )
    campaign = met.first()
    rate, always = None, (0.0, 1.0)  # nobody was asked
    if campaign is not None:
        said = campaign_report.said_in(campaign)
        found = campaign_report.head_to_head(said, said.place(version.pk), said.place(used.pk))
        rate, always = found["rate"], found["always"]
    return _told([gates.campaign_gate(rate, always, bounds.least_campaign_win_rate)], None)


def _prompts_of_plan(version: ModelVersion) -> UUID | None:
    """The prompts that the plan of rounds evaluates on, where it names some."""
    plan = RoundPlan.objects.filter(project_id=version.project_id).first()
    return plan.evaluation_set_id if plan else None


def _against_parent(version: ModelVersion, prompts: UUID | None) -> Run | None:
    """The last evaluation that held a policy against its parent, on these prompts or on any.

    Others, as of perplexity on demonstrations alone, say nothing of how often it wins.
    """
    where = {"prompt_set": prompts} if prompts else {}
    return _latest_evaluation(
        policy_version=version, report__policy__has_key="against_baseline", **where
    )


def _latest_evaluation(*conditions: Q, **asked: object) -> Run | None:
    done = Run.objects.filter(*conditions, kind="evaluate", status="succeeded", **asked)
    return done.order_by("-id").first()


def _told(found: list[gates.Gate], run: Run | None) -> list[Check]:
    """Gates as checks; one without a bound holds whatever its figure is, and would only look like a check."""
    return [Check(**gate.as_json(), run=run) for gate in found if gate.bound is not None]
