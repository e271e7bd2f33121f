"""The forms of curating prompts: filters, acts, history, groups of near-duplicates."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from annotation.corpus.api.serializers import ChatMessage, PromptRow, PromptSetRow
from annotation.corpus.finding import STATES, Filter
from annotation.corpus.history import name_of
from annotation.corpus.likeness import THRESHOLD
from annotation.corpus.models import Prompt, PromptAct, Split
from annotation.corpus.texts import TAG, TAG_LENGTH
from annotation.lib.api import StrictSerializer

BULK = ("retire", "restore", "tag", "untag")
MAX_IDS = 500


class TagField(serializers.RegexField):
    """A tag as corpus.texts has it."""

    def __init__(self, **more: Any) -> None:
        super().__init__(TAG, max_length=TAG_LENGTH, **more)


class PromptFilter(StrictSerializer):
    """What a list, a count or an act is about; what is left out asks for nothing."""

    search = serializers.CharField(max_length=200, required=False, allow_blank=True)
    tag = serializers.CharField(max_length=40, required=False, allow_blank=True)
    language = serializers.CharField(max_length=20, required=False, allow_blank=True)
    split = serializers.ChoiceField(Split.choices, required=False)
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=120, required=False, allow_blank=True
    )
    state = serializers.ChoiceField(STATES, required=False)
    completions = serializers.BooleanField(required=False)
    items = serializers.BooleanField(required=False)
    judged = serializers.BooleanField(required=False)
    near = serializers.BooleanField(
        required=False, help_text="nearly the same as another prompt of the project"
    )


FILTERS = frozenset(PromptFilter().fields)


def filter_of(request: Request) -> Filter:
    """The filter in the address."""
    given = {name: value for name, value in request.query_params.items() if name in FILTERS}
    form = PromptFilter(data=given)
    form.is_valid(raise_exception=True)
    return Filter(**form.validated_data)


class ActRequest(StrictSerializer):
    """Either `ids`, or a `prompt_set` and what is looked for in it."""

    client_uuid = serializers.UUIDField(help_text="the same again is the same act")
    kind = serializers.ChoiceField(BULK)
    ids = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MAX_IDS, required=False
    )
    prompt_set = serializers.UUIDField(required=False)
    filter = PromptFilter(required=False)
    tags = serializers.ListField(child=TagField(), min_length=1, max_length=20, required=False)
    expected = serializers.IntegerField(
        min_value=0,
        required=False,
        allow_null=True,
        help_text="how many prompts change; another number refuses the act",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("prompt_set" in attrs):
            raise serializers.ValidationError("Give either ids or a prompt set.", code="one_of")
        if (attrs["kind"] in ("tag", "untag")) != ("tags" in attrs):
            raise serializers.ValidationError(
                {"tags": ["Tags belong to tagging, and tagging needs them."]}
            )
        return attrs


class PromptActRow(serializers.ModelSerializer[PromptAct]):
    """An act and who did it. `undone`: by a later act."""

    actor = serializers.SerializerMethodField()
    undone = serializers.SerializerMethodField()

    class Meta:
        model = PromptAct
        fields = ["id", "kind", "actor", "wish", "count", "undone", "undoes", "created_at"]
        read_only_fields = fields

    def get_actor(self, act: PromptAct) -> str:
        return name_of(act.actor)

    def get_undone(self, act: PromptAct) -> bool:
        return hasattr(act, "undone_by")


class SelectionCount(StrictSerializer):
    """How many prompts fit, and how many of them the act would change."""

    fitting = serializers.IntegerField()
    affected = serializers.IntegerField()
    open_items = serializers.IntegerField(
        help_text="of the affected, that retiring takes out of circulation, or restoring puts back"
    )


class SelectionRequest(StrictSerializer):
    """Ticked prompts of the set, and what is to be done to them."""

    kind = serializers.ChoiceField(BULK)
    ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MAX_IDS)


class Facet(StrictSerializer):
    value = serializers.CharField()
    count = serializers.IntegerField()


class PromptFacets(StrictSerializer):
    """What the prompts of a set that are in use can be filtered by, with their numbers."""

    tags = Facet(many=True)
    languages = Facet(many=True)
    splits = Facet(many=True)
    sources = Facet(many=True)
    pending = serializers.IntegerField(
        help_text="prompts of the set that are not compared with others yet"
    )


class HistoryEntry(StrictSerializer):
    """What happened to a prompt, or to one that it supersedes or that superseded it."""

    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(["created", *PromptAct.Kind.values])
    prompt = serializers.UUIDField()
    act = serializers.UUIDField(allow_null=True)
    undone = serializers.BooleanField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class PromptWording(StrictSerializer):
    """One wording in the line of edits, oldest first."""

    id = serializers.UUIDField()
    messages = ChatMessage(many=True)
    retired_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class NearPrompt(StrictSerializer):
    """A prompt that is nearly the same."""

    id = serializers.UUIDField()
    similarity = serializers.FloatField()
    messages = ChatMessage(many=True)
    prompt_set = PromptSetRow(source="set")
    retired_at = serializers.DateTimeField(allow_null=True)


class PromptCompletion(StrictSerializer):
    """An answer and where it came from; never for labelers."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    shown = serializers.CharField()
    origin = serializers.CharField()
    who = serializers.CharField(help_text="the policy version, the imported system or the author")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PromptItem(StrictSerializer):
    """Work that was made of the prompt."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.CharField()
    counted = serializers.IntegerField()
    needed = serializers.IntegerField()


class PromptDetail(PromptRow):
    """A prompt with all that hangs on it."""

    prompt_set = PromptSetRow()
    meta = serializers.JSONField()
    completions = PromptCompletion(many=True, source="answers")
    items = PromptItem(many=True, source="work")
    wordings = PromptWording(many=True)
    history = HistoryEntry(many=True, source="entries")
    near = NearPrompt(many=True, source="alike")

    class Meta(PromptRow.Meta):
        model = Prompt
        fields = [
            *PromptRow.Meta.fields,
            *("prompt_set", "meta", "completions", "items", "wordings", "history", "near"),
        ]
        read_only_fields = fields


class PromptEdit(StrictSerializer):
    """A prompt before and after."""

    before = PromptRow()
    after = PromptRow()


class PromptSetDifference(StrictSerializer):
    """What a version has that an older one has not; the lists may be shorter than the counts."""

    older = PromptSetRow()
    newer = PromptSetRow()
    added = PromptRow(many=True)
    removed = PromptRow(many=True)
    edited = PromptEdit(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class GroupMember(PromptRow):
    """One of several prompts that are nearly the same."""

    prompt_set = PromptSetRow()
    similarity = serializers.FloatField(help_text="with the prompt that is most like it")

    class Meta(PromptRow.Meta):
        model = Prompt
        fields = [*PromptRow.Meta.fields, "prompt_set", "similarity"]
        read_only_fields = fields


class NearGroup(StrictSerializer):
    """A group; `size` counts also members that are not listed."""

    key = serializers.UUIDField()
    size = serializers.IntegerField()
    purposes = serializers.ListField(child=serializers.CharField())
    prompts = GroupMember(many=True)


class NearGroups(StrictSerializer):
    """`after` of the next request is `next`."""

    total = serializers.IntegerField()
    pending = serializers.IntegerField(help_text="prompts of the project not compared yet")
    threshold = serializers.FloatField(default=THRESHOLD)
    next = serializers.UUIDField(allow_null=True)
    groups = NearGroup(many=True)
