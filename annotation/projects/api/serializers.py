"""What goes over the wire for people, projects, members, guidelines and the audit trail."""

import re
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.accounts.models import (
    ApiToken,
    Preferences,
    Scope,
    TextSize,
    Theme,
    User,
)
from annotation.accounts.services import TOKEN_DAYS_MAX
from annotation.lib.api import Name, StrictSerializer
from annotation.projects.models import (
    GuidelineVersion,
    Language,
    Membership,
    Mode,
    Project,
    Role,
    Step,
)
from annotation.projects.selectors import role_names

ACTION_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,39}")


# --- the person who is signed in --------------------------------------------------------------
class MyProject(serializers.Serializer[Any]):
    """A project as its name in a menu."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    language = serializers.ChoiceField(Language.choices)
    state = serializers.ChoiceField(Project.State.choices)


class MyMembership(serializers.Serializer[Any]):
    """A project of the person with the roles held there."""

    project = MyProject()
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    suspended = serializers.BooleanField(help_text="nothing new is handed out; what is done counts")


class MyPreferences(serializers.ModelSerializer[Preferences]):
    """How the person wants their screen."""

    keys = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Preferences
        fields = [
            "keys",
            "break_minutes",
            "columns",
            "panes",
            "sync_scroll",
            "theme",
            "text_size",
        ]
        read_only_fields = fields


class Me(serializers.Serializer[Any]):
    """The person who is signed in."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    locale = serializers.ChoiceField(Language.choices)
    email = serializers.CharField()
    is_staff = serializers.BooleanField()
    back_office = serializers.BooleanField(help_text="staff, where /admin/ is served")
    has_password = serializers.BooleanField(help_text="false: signs in by single sign-on only")
    has_second_factor = serializers.BooleanField()
    needs_second_factor = serializers.ListField(
        child=serializers.CharField(),
        help_text="which of the person's roles count only with a second factor",
    )
    memberships = MyMembership(many=True)
    preferences = MyPreferences()


def _off_or_from_ten(minutes: int) -> None:
    if 0 < minutes < 10:
        raise serializers.ValidationError("0 for never, or 10 to 180 minutes.", code="min_value")


class KeysField(serializers.DictField):
    """{action: key} by the names of the interface; a key is a value of KeyboardEvent.key."""

    child = serializers.CharField(min_length=1, max_length=20, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        keys: dict[str, str] = super().to_internal_value(data)
        if len(keys) > 100:
            raise serializers.ValidationError("At most 100 keys.", code="max_length")
        for name in keys:
            if not ACTION_NAME.fullmatch(name):
                raise serializers.ValidationError(
                    {name[:60]: ["The name of an action is a lower-case word."]}, code="invalid"
                )
        return keys


class PreferencesChange(StrictSerializer):
    """What is left out stays as it is; `keys` is replaced as a whole."""

    keys = KeysField(required=False)
    break_minutes = serializers.IntegerField(
        min_value=0,
        max_value=180,
        validators=[_off_or_from_ten],
        required=False,
        help_text="0: never; else 10 to 180",
    )
    columns = serializers.IntegerField(min_value=1, max_value=3, allow_null=True, required=False)
    panes = serializers.BooleanField(required=False)
    sync_scroll = serializers.BooleanField(required=False)
    theme = serializers.ChoiceField(Theme.choices, required=False)
    text_size = serializers.ChoiceField(TextSize.choices, required=False)


class MeChange(StrictSerializer):
    """What people may change about themselves."""

    display_name = Name(max_length=150, allow_blank=True, required=False)
    locale = serializers.ChoiceField(Language.choices, required=False)
    preferences = PreferencesChange(required=False)


class Token(serializers.ModelSerializer[ApiToken]):
    """A script's key, without the key."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "expires_at", "last_used_at", "created_at"]
        read_only_fields = fields


class NewToken(StrictSerializer):
    """The wish for a key."""

    name = Name(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), min_length=1, max_length=len(Scope.values)
    )
    days = serializers.IntegerField(min_value=1, max_value=TOKEN_DAYS_MAX)


class IssuedToken(Token):
    """The one answer that holds the secret."""

    secret = serializers.CharField(read_only=True)

    class Meta(Token.Meta):
        fields = [*Token.Meta.fields, "secret"]
        read_only_fields = fields


# --- projects ---------------------------------------------------------------------------------
class ProjectSummary(serializers.ModelSerializer[Project]):
    """What everybody in a project may know about it."""

    steps = serializers.ListField(child=serializers.ChoiceField(Step.choices))

    class Meta:
        model = Project
        fields = [
            "id",
            "name",
            "description",
            "language",
            "state",
            "mode",
            "steps",
            "allow_ties",
            "draw_cut",
            "write_better",
            "mark_spans",
            "take_notes",
            "axes",
            "flags",
        ]
        read_only_fields = fields


class ProjectDetail(ProjectSummary):
    """A project with its settings; labelers get only the fields of the summary."""

    completions_per_item = serializers.IntegerField(required=False)
    judgments_per_item = serializers.IntegerField(required=False)
    pass_mark = serializers.IntegerField(required=False, allow_null=True)
    budget = serializers.IntegerField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    daily_cap = serializers.IntegerField(required=False, allow_null=True)
    lease_seconds_min = serializers.IntegerField(required=False)
    lease_seconds_max = serializers.IntegerField(required=False)
    created_at = serializers.DateTimeField(required=False)

    class Meta(ProjectSummary.Meta):
        fields = [
            *ProjectSummary.Meta.fields,
            "completions_per_item",
            "judgments_per_item",
            "pass_mark",
            "budget",
            "ends_at",
            "daily_cap",
            "lease_seconds_min",
            "lease_seconds_max",
            "created_at",
        ]
        read_only_fields = fields


def _words() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=20, required=False
    )


class ProjectChange(StrictSerializer):
    """Settings of a project; all optional."""

    name = Name(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    language = serializers.ChoiceField(Language.choices, required=False)
    state = serializers.ChoiceField(Project.State.choices, required=False)
    completions_per_item = serializers.IntegerField(min_value=2, max_value=9, required=False)
    judgments_per_item = serializers.IntegerField(min_value=1, max_value=50, required=False)
    mode = serializers.ChoiceField(Mode.choices, required=False)
    steps = serializers.ListField(
        child=serializers.ChoiceField(Step.choices), max_length=len(Step.values), required=False
    )
    allow_ties = serializers.BooleanField(required=False)
    draw_cut = serializers.BooleanField(required=False)
    write_better = serializers.BooleanField(required=False)
    mark_spans = serializers.BooleanField(required=False)
    take_notes = serializers.BooleanField(required=False)
    axes = _words()
    flags = _words()
    pass_mark = serializers.IntegerField(
        min_value=50, max_value=100, allow_null=True, required=False
    )
    budget = serializers.IntegerField(
        min_value=1, max_value=1_000_000_000, allow_null=True, required=False
    )
    ends_at = serializers.DateTimeField(allow_null=True, required=False)
    daily_cap = serializers.IntegerField(
        min_value=1, max_value=10_000, allow_null=True, required=False
    )
    lease_seconds_min = serializers.IntegerField(min_value=30, max_value=86400, required=False)
    lease_seconds_max = serializers.IntegerField(min_value=30, max_value=86400, required=False)


class NewProject(ProjectChange):
    """A new project needs a name and a language; it starts active, or paused to be prepared."""

    name = Name(max_length=120)
    language = serializers.ChoiceField(Language.choices)
    state = serializers.ChoiceField(
        [Project.State.ACTIVE.value, Project.State.PAUSED.value], required=False
    )


# --- members ----------------------------------------------------------------------------------
class Member(serializers.Serializer[User]):
    """A person in a project."""

    user_id = serializers.UUIDField(source="id")
    username = serializers.CharField()
    display_name = serializers.CharField()
    email = serializers.SerializerMethodField(help_text="told to admins only")
    is_active = serializers.BooleanField()
    suspended_at = serializers.SerializerMethodField()
    has_second_factor = serializers.SerializerMethodField(help_text="null: told to admins only")
    roles = serializers.SerializerMethodField()

    def get_suspended_at(self, person: User) -> datetime | None:
        held: list[Membership] = person.held  # type: ignore[attr-defined]
        return held[0].suspended_at if held else None

    def get_has_second_factor(self, person: User) -> bool | None:
        told = Role.ADMIN in self.context["view"].roles
        return bool(person.factors) if told else None  # type: ignore[attr-defined]

    def get_email(self, person: User) -> str:
        return person.email if Role.ADMIN in self.context["view"].roles else ""

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Role.choices)))
    def get_roles(self, person: User) -> list[str]:
        return role_names(person.held)  # type: ignore[attr-defined]


def _roles_field() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.ChoiceField(Role.choices), min_length=1, max_length=len(Role.values)
    )


class NewMember(StrictSerializer):
    """Somebody to add; a password means: create the person."""

    username = serializers.CharField(max_length=150)
    display_name = Name(max_length=150, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    password = serializers.CharField(
        max_length=200, required=False, trim_whitespace=False, write_only=True
    )
    roles = _roles_field()


class MemberRoles(StrictSerializer):
    """The roles a member shall have, all of them."""

    roles = _roles_field()


# --- guidelines ---------------------------------------------------------------------
class Guideline(serializers.ModelSerializer[GuidelineVersion]):
    """One version of the instructions."""

    class Meta:
        model = GuidelineVersion
        fields = ["id", "number", "text", "changes", "created_at"]
        read_only_fields = fields


class ReadGuideline(serializers.ModelSerializer[GuidelineVersion]):
    """The version that the caller said they had read."""

    class Meta:
        model = GuidelineVersion
        fields = ["number", "text"]
        read_only_fields = fields


class LatestGuideline(Guideline):
    """The version in force, and the one that the caller read last, to show what changed."""

    last_read = ReadGuideline(allow_null=True)

    class Meta(Guideline.Meta):
        fields = [*Guideline.Meta.fields, "last_read"]
        read_only_fields = fields


class NewGuideline(StrictSerializer):
    """The next version of the instructions."""

    text = serializers.CharField(max_length=100_000, trim_whitespace=False)
    changes = serializers.CharField(max_length=500, allow_blank=True, default="")

    def validate_text(self, value: str) -> str:
        if not value.strip():
            self.fields["text"].fail("blank")
        return value
