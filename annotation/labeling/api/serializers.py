"""The forms of requests and answers. What a labeler gets is built in the database (sql/handing_out.sql);
the `Assignment…` classes describe it for the OpenAPI document and for the tests.
"""

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from annotation.corpus.texts import preview
from annotation.labeling import selectors
from annotation.labeling.models import Demonstration, Item, Presentation, Ranking, Skip
from annotation.labeling.services import (
    BetterAnswer,
    DirectContent,
    RankingContent,
    ReadingContent,
    SpanContent,
)
from annotation.labeling.withdrawals import can_be_put_back
from annotation.lib.api import Cursor, StrictSerializer
from annotation.projects.models import Mode, Step

MANY = 64  # more than any screen shows, fewer than would hurt
DAY_MS = 86_400_000
TEXT_MAX = 100_000
OFFSET_MAX = 2**31 - 1
QUOTE_MAX = 20_000
SPANS_MAX = 200


@cache
def _blank(form: type[StrictSerializer]) -> StrictSerializer:
    return form()


def valid(form: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """What the request says in this form; raises ValidationError.

    One blank form serves all requests: validating keeps nothing in it, and building the fields
    anew takes longer than validating.
    """
    given: dict[str, Any] = _blank(form).run_validation(request.data)
    return given


class ClaimRequest(StrictSerializer):
    holding = serializers.ListField(child=serializers.UUIDField(), max_length=9, default=list)
    locale = serializers.CharField(max_length=10, allow_blank=True, default="")
    device = serializers.ChoiceField(
        choices=Presentation.Device.choices, allow_blank=True, default=""
    )


class AssignmentItem(StrictSerializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Item.Kind.choices)


class ShownMessage(StrictSerializer):
    role = serializers.CharField()
    content = serializers.CharField()


class ShownPrompt(StrictSerializer):
    messages = ShownMessage(many=True)


class ShownCompletion(StrictSerializer):
    id = serializers.UUIDField()
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class LabelingScreen(StrictSerializer):
    """What the project offers on the screen, as it was when the item was handed out."""

    mode = serializers.ChoiceField(choices=Mode.choices)
    steps = serializers.ListField(child=serializers.ChoiceField(choices=Step.choices))
    axes = serializers.ListField(child=serializers.CharField())
    flags = serializers.ListField(child=serializers.CharField())
    allow_ties = serializers.BooleanField()
    draw_cut = serializers.BooleanField(help_text="the line: nothing below is acceptable")
    write_better = serializers.BooleanField()
    mark_spans = serializers.BooleanField()
    take_notes = serializers.BooleanField(help_text="a note on each completion")


class PinnedGuideline(StrictSerializer):
    id = serializers.UUIDField()
    number = serializers.IntegerField()


class StoredDraft(StrictSerializer):
    revision = serializers.IntegerField()
    payload = serializers.JSONField()


class Assignment(StrictSerializer):
    """One piece of work in a labeler's hands; completions stand in the order to show them."""

    slot_id = serializers.UUIDField()
    lease_token = serializers.UUIDField()
    lease_until = serializers.DateTimeField()
    lease_seconds = serializers.IntegerField(help_text="seconds left, by the server's clock")
    project_id = serializers.UUIDField()
    item = AssignmentItem()
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)
    screen = LabelingScreen()
    supersedes = serializers.UUIDField(
        allow_null=True, help_text="the own judgment that was opened again; it stands meanwhile"
    )
    guideline = PinnedGuideline(allow_null=True)
    draft = StoredDraft(allow_null=True)
    presentation_id = serializers.UUIDField()
    server_time = serializers.DateTimeField()


class HeartbeatRequest(StrictSerializer):
    lease_token = serializers.UUIDField()


class HeartbeatAnswer(StrictSerializer):
    lease_until = serializers.DateTimeField()


class DraftRequest(StrictSerializer):
    lease_token = serializers.UUIDField()
    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 2)
    payload = serializers.JSONField()


class DraftAnswer(StrictSerializer):
    revision = serializers.IntegerField()
    lease_until = serializers.DateTimeField(allow_null=True)


class DirectComparisonInput(StrictSerializer):
    better = serializers.UUIDField()
    worse = serializers.UUIDField()
    is_tie = serializers.BooleanField(default=False)
    strength = serializers.IntegerField(
        min_value=1, max_value=3, allow_null=True, default=None, help_text="1 slight … 3 large"
    )


class SpanInput(StrictSerializer):
    """A highlighted passage: UTF-16 offsets in the rendered answer; the quote is the authority."""

    start = serializers.IntegerField(min_value=0, max_value=OFFSET_MAX)
    end = serializers.IntegerField(min_value=1, max_value=OFFSET_MAX)
    quote = serializers.CharField(max_length=QUOTE_MAX, trim_whitespace=False)
    flag = serializers.CharField(max_length=40, allow_null=True, default=None)
    note = serializers.CharField(
        max_length=2000, allow_blank=True, trim_whitespace=False, default=""
    )


class ReadingInput(StrictSerializer):
    visible_ms = serializers.IntegerField(
        min_value=0, max_value=DAY_MS, help_text="how long it was on screen"
    )
    read_percent = serializers.IntegerField(
        min_value=0, max_value=100, help_text="how far it was seen without a gap"
    )


class BetterAnswerInput(StrictSerializer):
    text = serializers.CharField(max_length=TEXT_MAX, trim_whitespace=False)
    based_on = serializers.UUIDField(
        allow_null=True, default=None, help_text="the completion it was made from"
    )


class ByCompletion(serializers.DictField):
    """A mapping from completion id to something."""

    def to_internal_value(self, data: Any) -> dict[UUID, Any]:
        values = super().to_internal_value(data)
        if len(values) > MANY:
            raise serializers.ValidationError(f"At most {MANY} entries.", code="max_length")
        key = serializers.UUIDField()
        found: dict[UUID, Any] = {}
        for name, value in values.items():
            try:
                found[key.to_internal_value(name)] = value
            except serializers.ValidationError as error:
                raise serializers.ValidationError({name: error.detail}) from None
        return found


class RankingSubmission(StrictSerializer):
    """Every completion shown stands exactly once in tiers (best first), unplaced or cannot_judge."""

    lease_token = serializers.UUIDField()
    tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.UUIDField(), max_length=MANY),
        max_length=MANY,
    )
    unplaced = serializers.ListField(child=serializers.UUIDField(), max_length=MANY, default=list)
    cannot_judge = serializers.ListField(
        child=serializers.UUIDField(), max_length=MANY, default=list
    )
    unacceptable_below = serializers.IntegerField(
        min_value=0,
        max_value=MANY,
        allow_null=True,
        default=None,
        help_text="number of acceptable tiers; null: no cut was drawn",
    )
    direct = DirectComparisonInput(many=True, default=list)
    mode = serializers.ChoiceField(
        choices=Mode.choices, default=Mode.TIERS.value, help_text="how it was made"
    )
    grades = ByCompletion(
        child=serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=7)),
        default=dict,
        help_text="completion: axis: grade",
    )
    flags = ByCompletion(
        child=serializers.ListField(child=serializers.CharField(max_length=40), max_length=40),
        default=dict,
    )
    spans = ByCompletion(
        child=serializers.ListField(child=SpanInput(), max_length=SPANS_MAX), default=dict
    )
    notes = ByCompletion(
        child=serializers.CharField(max_length=2000, allow_blank=True, trim_whitespace=False),
        default=dict,
    )
    note = serializers.CharField(
        max_length=4000, allow_blank=True, trim_whitespace=False, default=""
    )
    better_answer = BetterAnswerInput(allow_null=True, default=None)
    reading = ByCompletion(child=ReadingInput(), default=dict)
    unread_accepted = serializers.BooleanField(
        default=False, help_text="went on after being told that not everything was read"
    )
    active_ms = serializers.IntegerField(
        min_value=0, max_value=DAY_MS, allow_null=True, default=None
    )
    supersedes = serializers.UUIDField(allow_null=True, default=None)

    def validate_direct(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(value) > MANY * (MANY - 1) // 2:
            raise serializers.ValidationError("Too many comparisons.", code="max_length")
        return value


def ranking_content(given: dict[str, Any]) -> RankingContent:
    """What a valid RankingSubmission says."""
    return RankingContent(
        tiers=given["tiers"],
        unplaced=given["unplaced"],
        cannot_judge=given["cannot_judge"],
        unacceptable_below=given["unacceptable_below"],
        direct=[DirectContent(**one) for one in given["direct"]],
        mode=given["mode"],
        grades=given["grades"],
        flags=given["flags"],
        spans={
            key: [SpanContent(**span) for span in spans] for key, spans in given["spans"].items()
        },
        notes=given["notes"],
        note=given["note"],
        better_answer=BetterAnswer(**better) if (better := given["better_answer"]) else None,
        reading={key: ReadingContent(**one) for key, one in given["reading"].items()},
        unread_accepted=given["unread_accepted"],
    )


class DemonstrationSubmission(StrictSerializer):
    lease_token = serializers.UUIDField()
    text = serializers.CharField(max_length=TEXT_MAX, trim_whitespace=False)
    note = serializers.CharField(
        max_length=4000, allow_blank=True, trim_whitespace=False, default=""
    )
    active_ms = serializers.IntegerField(
        min_value=0, max_value=DAY_MS, allow_null=True, default=None
    )
    supersedes = serializers.UUIDField(allow_null=True, default=None)


class SubmissionReceipt(StrictSerializer):
    id = serializers.UUIDField()
    client_uuid = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Ranking.State.choices)
    item_id = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class SkipRequest(StrictSerializer):
    lease_token = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Skip.Reason.choices)
    note = serializers.CharField(max_length=2000, allow_blank=True, default="")


class MyJudgment(StrictSerializer):
    id = serializers.UUIDField()
    client_uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["ranking", "demonstration"])
    state = serializers.ChoiceField(choices=Ranking.State.choices)
    item_id = serializers.UUIDField()
    slot_id = serializers.UUIDField()
    prompt_preview = serializers.CharField()
    created_at = serializers.DateTimeField()
    can_undo = serializers.BooleanField()
    can_reopen = serializers.BooleanField()
    superseded_by = serializers.UUIDField(
        allow_null=True, help_text="client_uuid of the own judgment that took its place"
    )
    conversation_id = serializers.UUIDField(
        allow_null=True,
        help_text="the live chat in which it was made; taken back, it is asked there",
    )


class MyJudgmentContent(StrictSerializer):
    """One's own judgment with what it was about; `said` has the form in which it was submitted."""

    id = serializers.UUIDField()
    client_uuid = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["ranking", "demonstration"])
    state = serializers.ChoiceField(choices=Ranking.State.choices)
    created_at = serializers.DateTimeField()
    active_ms = serializers.IntegerField(allow_null=True)
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)
    said = serializers.DictField()


class MyJudgmentPage(StrictSerializer):
    """A page that goes forward only: `previous` is always null."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MyJudgment(many=True)


def page_size(text: str | None) -> int:
    """The size asked for, 1 to 500, 50 at first."""
    if text is None:
        return Cursor.page_size
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= Cursor.max_page_size):
        raise serializers.ValidationError({"page_size": ["A whole number from 1 to 500."]})
    return int(text)


def read_cursor(text: str | None) -> tuple[datetime, UUID] | None:
    """The position a `next` link stands for; a forged one is a missing page."""
    if text is None:
        return None
    moment, _, key = text.partition("~")
    try:
        position = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        raise NotFound("Invalid cursor") from None
    if position[0].tzinfo is None:
        raise NotFound("Invalid cursor")
    return position


def write_cursor(request: Request, position: tuple[datetime, UUID]) -> str:
    """The address of the page below `position`."""
    moment, key = position
    address = request.build_absolute_uri()
    return str(replace_query_param(address, "cursor", f"{moment.isoformat()}~{key}"))


class DayOfWork(StrictSerializer):
    date = serializers.DateField()
    count = serializers.IntegerField()
    active_ms = serializers.IntegerField()


CLOSED = ["archived", "paused", "ended", "budget_reached", "not_qualified", "daily_cap"]


class MyProgress(StrictSerializer):
    """One's own pace, and how far the project is; nobody is compared with anybody."""

    done_today = serializers.IntegerField()
    done_total = serializers.IntegerField()
    open_for_me_estimate = serializers.IntegerField(help_text="looks at 1,000 open slots at most")
    median_active_ms = serializers.IntegerField(allow_null=True)
    days = DayOfWork(many=True, help_text="the last 14 days, today last")
    drafts = serializers.IntegerField(help_text="unfinished work that can still be taken up")
    project_done = serializers.IntegerField(help_text="judgments of the project that are in")
    project_total = serializers.IntegerField(help_text="judgments that the project wants")
    closed = serializers.ChoiceField(
        choices=CLOSED, allow_blank=True, help_text="why nothing new is handed out to the caller"
    )
    tells_expected = serializers.BooleanField(
        help_text="after a judgment it may be told what was expected: ask for its feedback"
    )


class ItemsRequest(StrictSerializer):
    prompt_set = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=["ranking", "demonstration"])
    needed = serializers.IntegerField(min_value=1, max_value=50, required=False)
    k = serializers.IntegerField(min_value=2, max_value=9, required=False)


class ItemsMade(StrictSerializer):
    created = serializers.IntegerField()
    existing = serializers.IntegerField()
    too_few = serializers.IntegerField(help_text="prompts with fewer than two different texts")


class VoidRequest(StrictSerializer):
    withdraw_judgments = serializers.BooleanField(default=False)


class WithdrawRequest(StrictSerializer):
    reason = serializers.CharField(max_length=2000)


class ItemsQuery(serializers.Serializer[Any]):
    """The restrictions that stand in the address of the list of items."""

    state = serializers.ChoiceField(Item.State.choices, required=False)
    kind = serializers.ChoiceField(Item.Kind.choices, required=False)
    labeler = serializers.UUIDField(required=False, help_text="who judged it")
    prompt_set = serializers.UUIDField(required=False)
    disagreement = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="whether judgments lie apart"
    )
    adjudicated = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="whether review decided it"
    )


class ItemRow(serializers.ModelSerializer[Item]):
    """An item in a list."""

    prompt_preview = serializers.SerializerMethodField()

    class Meta:
        model = Item
        fields = [
            "id",
            "kind",
            "state",
            "needed",
            "counted",
            "control",
            "is_imported",
            "prompt_preview",
            "created_at",
        ]

    def get_prompt_preview(self, item: Item) -> str:
        return preview(item.prompt.messages)


class ItemCompletionRow(StrictSerializer):
    """A completion with its origin, which is blank for whoever is not told; never for labelers."""

    id = serializers.UUIDField(source="completion.id")
    position = serializers.IntegerField()
    text = serializers.CharField(source="completion.text")
    origin = serializers.CharField(source="completion.origin")
    system = serializers.CharField(source="completion.system")
    policy_version = serializers.UUIDField(source="completion.policy_version_id", allow_null=True)
    policy_version_name = serializers.SerializerMethodField()

    def get_policy_version_name(self, row: Any) -> str:
        version = row.completion.policy_version
        return f"{version.name} {version.number}" if version else ""

    def to_representation(self, row: Any) -> dict[str, Any]:
        blank = {"origin": "", "system": "", "policy_version": None, "policy_version_name": ""}
        return super().to_representation(row) | ({} if self.context["with_origin"] else blank)


class RankingContentRow(StrictSerializer):
    """A ranking in the form in which it was submitted."""

    tiers = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    unplaced = serializers.ListField(child=serializers.UUIDField())
    cannot_judge = serializers.ListField(child=serializers.UUIDField())
    unacceptable_below = serializers.IntegerField(allow_null=True)
    direct = DirectComparisonInput(many=True)
    mode = serializers.ChoiceField(choices=Mode.choices, allow_blank=True)
    grades = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
    flags = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    spans = serializers.DictField(child=SpanInput(many=True))
    notes = serializers.DictField(child=serializers.CharField())
    note = serializers.CharField()
    better_answer = BetterAnswerInput(allow_null=True)
    reading = serializers.DictField(child=ReadingInput())
    unread_accepted = serializers.BooleanField()


class JudgmentRow(serializers.Serializer[Any]):
    """What rankings and demonstrations of an item share in its detail."""

    id = serializers.UUIDField()
    state = serializers.CharField()
    labeler_id = serializers.UUIDField()
    labeler_name = serializers.SerializerMethodField()
    guideline_number = serializers.SerializerMethodField()
    active_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)

    def get_labeler_name(self, row: Ranking | Demonstration) -> str:
        return row.labeler.display_name or row.labeler.username

    def get_guideline_number(self, row: Ranking | Demonstration) -> int | None:
        return row.guideline_version.number if row.guideline_version else None


class ItemWithdrawal(StrictSerializer):
    """One time that review took a judgment out."""

    actor_name = serializers.SerializerMethodField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
    restored_at = serializers.DateTimeField(allow_null=True)
    restored_as = serializers.CharField()

    def get_actor_name(self, row: Any) -> str:
        return "" if row.actor is None else row.actor.display_name or row.actor.username


class ItemRanking(JudgmentRow):
    supersedes = serializers.UUIDField(source="supersedes_id", allow_null=True)
    withdrawals = ItemWithdrawal(many=True)
    can_restore = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField()

    def get_can_restore(self, row: Ranking) -> bool:
        return can_be_put_back(row)

    @extend_schema_field(RankingContentRow)
    def get_content(self, row: Ranking) -> dict[str, Any]:
        return selectors.content_of(row)


class ItemDemonstration(JudgmentRow):
    text = serializers.CharField()
    note = serializers.CharField()


class ItemSkip(StrictSerializer):
    labeler_id = serializers.UUIDField()
    reason = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.DateTimeField()


class ItemDetail(ItemRow):
    """An item with its completions, their origin, and every judgment of it."""

    prompt = serializers.SerializerMethodField()
    radar_run = serializers.SerializerMethodField(help_text="in which the radar caught an output")
    completions = ItemCompletionRow(source="item_completions", many=True)
    rankings = ItemRanking(many=True)
    demonstrations = ItemDemonstration(many=True)
    skips = ItemSkip(many=True)

    class Meta(ItemRow.Meta):
        fields = [
            *ItemRow.Meta.fields,
            "prompt",
            "radar_run",
            "completions",
            "rankings",
            "demonstrations",
            "skips",
        ]

    @extend_schema_field(ShownPrompt)
    def get_prompt(self, item: Item) -> dict[str, Any]:
        return {"messages": item.prompt.messages}

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_radar_run(self, item: Item) -> str | None:
        found = item.meta.get("radar")
        is_told = self.context["with_origin"] and isinstance(found, dict)
        return str(found["run"]) if is_told else None
