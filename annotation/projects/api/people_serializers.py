"""What goes over the wire for invitations, sessions and access."""

import ipaddress
from typing import Any

from rest_framework import serializers

from annotation.lib.api import Name, StrictSerializer
from annotation.projects.invitations import DAYS_MAX
from annotation.projects.models import Group, Invitation, Language, Role


class InvitationRow(serializers.ModelSerializer[Invitation]):
    """A link that lets people join, without the link."""

    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    email = serializers.CharField(help_text="only for the person with this address; empty: anyone")
    groups: serializers.SlugRelatedField[Group] = serializers.SlugRelatedField(
        many=True, slug_field="name", read_only=True
    )
    uses = serializers.IntegerField()
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "label",
            "roles",
            "groups",
            "email",
            "uses",
            "uses_max",
            "expires_at",
            "revoked_at",
            "created_at",
            "created_by",
        ]
        read_only_fields = fields


class MadeInvitation(InvitationRow):
    """The one answer that holds the token; the link is /join#TOKEN."""

    token = serializers.CharField()
    mailed = serializers.BooleanField()

    class Meta(InvitationRow.Meta):
        fields = [*InvitationRow.Meta.fields, "token", "mailed"]
        read_only_fields = fields


class NewInvitation(StrictSerializer):
    """The wish for a link."""

    roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices), min_length=1, max_length=len(Role.values)
    )
    groups = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=200,
        required=False,
        help_text="whoever joins as a labeler is in these at once",
    )
    days = serializers.IntegerField(min_value=1, max_value=DAYS_MAX)
    uses_max = serializers.IntegerField(min_value=1, max_value=500, required=False)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]  # a field here, not a title
        max_length=100, required=False, allow_blank=True
    )


class InvitationToken(StrictSerializer):
    """The token of a link."""

    token = serializers.CharField(max_length=100)


class OpenedInvitation(serializers.Serializer[Any]):
    """What somebody who holds a link is told before they join."""

    project_name = serializers.CharField(source="project.name")
    language = serializers.ChoiceField(Language.choices, source="project.language")
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))
    invited_by = serializers.SerializerMethodField()
    for_one_address = serializers.SerializerMethodField()

    def get_invited_by(self, invitation: Invitation) -> str:
        person = invitation.created_by
        return (person.display_name or person.username) if person else ""

    def get_for_one_address(self, invitation: Invitation) -> bool:
        return bool(invitation.email)


class SignUp(InvitationToken):
    """A new account for whoever holds the link."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    display_name = Name(max_length=150, required=False, allow_blank=True)
    locale = serializers.ChoiceField(Language.choices, required=False)


class Joined(serializers.Serializer[Any]):
    """Where the person belongs now."""

    project_id = serializers.UUIDField()
    username = serializers.CharField()


class SessionRow(serializers.Serializer[Any]):
    """A place where the person is signed in."""

    id = serializers.IntegerField()
    user_agent = serializers.CharField()
    address = serializers.SerializerMethodField(help_text="shortened: its network, not the device")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    is_current = serializers.SerializerMethodField()

    def get_address(self, session: Any) -> str:
        return shortened(session.ip)

    def get_is_current(self, session: Any) -> bool:
        return bool(session.session_key == self.context["key"])


def shortened(address: str) -> str:
    """The network of an address: /24 for IPv4, /48 for IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


class FactorPicture(serializers.Serializer[Any]):
    """A QR code as SVG, made here: no other host is asked."""

    svg = serializers.CharField()


class EndedSessions(serializers.Serializer[Any]):
    """How many sessions were ended."""

    ended = serializers.IntegerField()


class AccessChange(StrictSerializer):
    """Whether the person may sign in at all."""

    is_active = serializers.BooleanField()


class PersonAccess(serializers.Serializer[Any]):
    """An account, as staff see it."""

    id = serializers.UUIDField()
    username = serializers.CharField()
    is_active = serializers.BooleanField()
