"""What goes in and out of the endpoints of rounds and of their plan."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.lib.api import StrictSerializer, Told
from annotation.registry.models import ModelVersion
from annotation.runs import gates, round_selectors
from annotation.runs.models import Round, RoundEvent, RoundPlan, Run, Step
from annotation.runs.services.round_answers import DECISIONS
from annotation.runs.services.round_plans import DEFAULTS


def _choices(*names: str) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


STEP_CHOICES = _choices(*Step.values, "sft")  # fine-tuning stands in rounds by hand only
STATE_CHOICES = _choices(
    *("waiting", "working", "asks", "failed", "passed", "continued", "skipped", "left"),
    "unfilled",
)
PLACE_CHOICES = _choices(*(one.place for one in round_selectors.BY_HAND))
GATE_CHOICES = _choices(*gates.NAMES)


# --- the plan -----------------------------------------------------------------------------------


class RoundPlanRequestSerializer(StrictSerializer):
    """The whole plan; what is left out takes the default. A gate that is null is not asked."""

    trigger = serializers.ChoiceField(choices=RoundPlan.Trigger.choices, required=False)
    judgments = serializers.IntegerField(
        min_value=1, max_value=round_selectors.MOST_COUNTED, required=False
    )
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6), max_length=7, required=False
    )
    at = serializers.TimeField(required=False, allow_null=True)
    time_zone = serializers.CharField(max_length=60, required=False)
    mix = serializers.UUIDField()
    prompt_set = serializers.UUIDField()
    prompts_per_round = serializers.IntegerField(
        min_value=1, max_value=1_000_000, required=False, allow_null=True
    )
    pick_config = serializers.DictField(required=False, allow_null=True)
    snapshot_config = serializers.DictField(required=False)
    reward_config = serializers.DictField(required=False)
    policy_kind = serializers.ChoiceField(choices=RoundPlan.PolicyKind.choices, required=False)
    policy_config = serializers.DictField(required=False)
    rl_prompt_set = serializers.UUIDField()
    evaluation_set = serializers.UUIDField(required=False, allow_null=True)
    evaluation_config = serializers.DictField(required=False)
    reward_least_accuracy = serializers.FloatField(
        min_value=0, max_value=1, required=False, allow_null=True
    )
    reward_least_gain = serializers.FloatField(
        min_value=-1, max_value=1, required=False, allow_null=True
    )
    kl_ceiling = serializers.FloatField(
        min_value=0, max_value=100_000, required=False, allow_null=True
    )
    least_stop_rate = serializers.FloatField(
        min_value=0, max_value=1, required=False, allow_null=True
    )
    least_win_rate = serializers.FloatField(
        min_value=0, max_value=1, required=False, allow_null=True
    )
    least_campaign_win_rate = serializers.FloatField(
        min_value=0, max_value=1, required=False, allow_null=True
    )
    campaign_prompts = serializers.IntegerField(min_value=1, max_value=20_000, required=False)
    campaign_judgments = serializers.IntegerField(min_value=1, max_value=50, required=False)


class RoundPlanSerializer(StrictSerializer):
    state = serializers.ChoiceField(choices=RoundPlan.State.choices)
    trigger = serializers.ChoiceField(choices=RoundPlan.Trigger.choices)
    judgments = serializers.IntegerField()
    weekdays = serializers.ListField(child=serializers.IntegerField())
    at = serializers.TimeField(allow_null=True)
    time_zone = serializers.CharField()
    mix = serializers.UUIDField(source="mix_id")
    prompt_set = serializers.UUIDField(source="prompt_set_id")
    prompts_per_round = serializers.IntegerField(allow_null=True)
    pick_config = serializers.DictField(allow_null=True)
    snapshot_config = serializers.DictField()
    reward_config = serializers.DictField()
    policy_kind = serializers.ChoiceField(choices=RoundPlan.PolicyKind.choices)
    policy_config = serializers.DictField()
    rl_prompt_set = serializers.UUIDField(source="rl_prompt_set_id")
    evaluation_set = serializers.UUIDField(source="evaluation_set_id", allow_null=True)
    evaluation_config = serializers.DictField()
    reward_least_accuracy = serializers.FloatField(allow_null=True)
    reward_least_gain = serializers.FloatField(allow_null=True)
    kl_ceiling = serializers.FloatField(allow_null=True)
    least_stop_rate = serializers.FloatField(allow_null=True)
    least_win_rate = serializers.FloatField(allow_null=True)
    least_campaign_win_rate = serializers.FloatField(allow_null=True)
    campaign_prompts = serializers.IntegerField()
    campaign_judgments = serializers.IntegerField()
    changed_by = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField()
    paused_because = serializers.SerializerMethodField()

    def get_changed_by(self, plan: RoundPlan) -> str:
        return plan.changed_by.display_name if plan.changed_by is not None else ""

    def get_paused_because(self, plan: RoundPlan) -> str:
        """Why it paused by itself; empty where it did not."""
        return Told().to_representation(round_selectors.why_paused(plan))


class RoundPlanAnswerSerializer(StrictSerializer):
    """The project's plan, or null; and what a plan says where nothing else is asked for."""

    plan = serializers.SerializerMethodField()
    defaults = serializers.SerializerMethodField()

    @extend_schema_field(RoundPlanSerializer(allow_null=True))
    def get_plan(self, plan: RoundPlan | None) -> Any:
        found = plan if isinstance(plan, RoundPlan) else None
        return None if found is None else RoundPlanSerializer(found).data

    def get_defaults(self, plan: RoundPlan | None) -> dict[str, Any]:
        return DEFAULTS


class RoundPlanStateSerializer(StrictSerializer):
    state = serializers.ChoiceField(choices=RoundPlan.State.choices)


# --- rounds -------------------------------------------------------------------------------------


class OverLengthSerializer(StrictSerializer):
    """How much more accurate than "the longer text wins" on the same pairs; `low` and `high`: 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class RoundGateSerializer(StrictSerializer):
    """A figure held against its bound; `low` and `high` are its 95 % interval. A bound of null: not asked.

    `clusters`: how many prompts or sets of completions an interval rests on; of too few there is none.
    """

    gate = serializers.ChoiceField(choices=GATE_CHOICES)
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    bound = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField()
    clusters = serializers.IntegerField(allow_null=True)
    over_length = OverLengthSerializer(allow_null=True)


class RoundRunSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Run.Kind.choices)
    status = serializers.ChoiceField(choices=Run.Status.choices)
    progress_done = serializers.IntegerField()
    progress_total = serializers.IntegerField(allow_null=True)


class RoundSnapshotSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    cut_off = serializers.DateTimeField()


class RoundVersionSerializer(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ModelVersion.Kind.choices)
    number = serializers.IntegerField()
    name = serializers.CharField()


class RoundStepSerializer(StrictSerializer):
    """One step of a round: its state, its runs, what it made, and its figures."""

    step = serializers.ChoiceField(choices=STEP_CHOICES)
    state = serializers.ChoiceField(choices=STATE_CHOICES)
    reason = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    runs = RoundRunSerializer(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    gates = RoundGateSerializer(many=True)
    snapshot = RoundSnapshotSerializer(allow_null=True)
    version = RoundVersionSerializer(allow_null=True)


class RoundQuestionSerializer(StrictSerializer):
    """What a round asks a person, and which answers make sense."""

    id = serializers.IntegerField()
    step = serializers.ChoiceField(choices=Step.choices)
    reason = serializers.CharField()
    words = Told()
    at = serializers.DateTimeField()


class RoundPlaceSerializer(StrictSerializer):
    """Where people may put a run, the step that it is of, and the kinds of run that may stand there."""

    place = serializers.ChoiceField(choices=PLACE_CHOICES)
    step = serializers.ChoiceField(choices=STEP_CHOICES)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Run.Kind.choices))


class RoundSerializer(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    policy_version = serializers.UUIDField(source="policy_version_id")
    policy = RoundVersionSerializer(source="policy_version")
    automatic = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(choices=Round.Outcome.choices, allow_blank=True)
    step = serializers.CharField()
    attempt = serializers.IntegerField()
    steps = serializers.SerializerMethodField()
    question = serializers.SerializerMethodField()
    judged_since = serializers.SerializerMethodField()
    sample_run = serializers.UUIDField(source="sample_run_id", allow_null=True)
    pick_run = serializers.UUIDField(source="pick_run_id", allow_null=True)
    snapshot_run = serializers.UUIDField(source="snapshot_run_id", allow_null=True)
    sft_run = serializers.UUIDField(source="sft_run_id", allow_null=True)
    reward_run = serializers.UUIDField(source="reward_run_id", allow_null=True)
    check_run = serializers.UUIDField(source="check_run_id", allow_null=True)
    ppo_run = serializers.UUIDField(source="ppo_run_id", allow_null=True)
    evaluate_run = serializers.UUIDField(source="evaluate_run_id", allow_null=True)
    places = serializers.SerializerMethodField()
    campaign = serializers.UUIDField(source="campaign_id", allow_null=True)
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_automatic(self, round: Round) -> bool:
        return round.plan_id is not None

    @extend_schema_field(serializers.ChoiceField(choices=_choices("open", "asks", "closed")))
    def get_state(self, round: Round) -> str:
        return round_selectors.state_of(round)

    @extend_schema_field(RoundStepSerializer(many=True))
    def get_steps(self, round: Round) -> object:
        return RoundStepSerializer(round_selectors.steps_of(round), many=True).data

    @extend_schema_field(RoundPlaceSerializer(many=True))
    def get_places(self, round: Round) -> object:
        """In the order of the steps; none in a round that a plan carries on, or that is closed."""
        return RoundPlaceSerializer(round_selectors.places_of(round), many=True).data

    @extend_schema_field(RoundQuestionSerializer(allow_null=True))
    def get_question(self, round: Round) -> object:
        asked = round_selectors.question_of(round)
        return None if asked is None else RoundQuestionSerializer(asked).data

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_judged_since(self, round: Round) -> object:
        """Judgments after this moment are new to the round; null: all are."""
        return round_selectors.judged_since(round)


class RoundRequestSerializer(StrictSerializer):
    policy_version = serializers.UUIDField()


class RoundRunsSerializer(StrictSerializer):
    """Which runs stand in which place; null empties a place."""

    sample_run = serializers.UUIDField(required=False, allow_null=True)
    snapshot_run = serializers.UUIDField(required=False, allow_null=True)
    sft_run = serializers.UUIDField(required=False, allow_null=True)
    reward_run = serializers.UUIDField(required=False, allow_null=True)
    check_run = serializers.UUIDField(required=False, allow_null=True)
    ppo_run = serializers.UUIDField(required=False, allow_null=True)
    evaluate_run = serializers.UUIDField(required=False, allow_null=True)


class RoundAnswerRequestSerializer(StrictSerializer):
    """`question`: which one is answered; closing needs none. `step`: where a retry begins. `words`:
    why; not needed for a retry."""

    decision = serializers.ChoiceField(choices=_choices(*DECISIONS))
    question = serializers.IntegerField(
        min_value=1, max_value=2**62, required=False, allow_null=True
    )
    words = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    step = serializers.ChoiceField(choices=Step.choices, required=False)


class RoundEventSerializer(StrictSerializer):
    """What happened in a round, newest first."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=RoundEvent.Kind.choices)
    step = serializers.ChoiceField(choices=Step.choices)
    attempt = serializers.IntegerField()
    reason = serializers.CharField()
    words = serializers.CharField()
    figures = serializers.DictField()
    at = serializers.DateTimeField()
    run = serializers.SerializerMethodField()
    by = serializers.SerializerMethodField()

    def to_representation(self, event: RoundEvent) -> dict[str, Any]:
        """What a round asks is in the server's words; what a person says stays as it was written."""
        row: dict[str, Any] = super().to_representation(event)
        if event.kind == RoundEvent.Kind.ASKED:
            row["words"] = Told().to_representation(event.words)
        return row

    @extend_schema_field(RoundRunSerializer(allow_null=True))
    def get_run(self, event: RoundEvent) -> object:
        return None if event.run is None else RoundRunSerializer(event.run).data

    def get_by(self, event: RoundEvent) -> str:
        return event.by.display_name if event.by is not None else ""
