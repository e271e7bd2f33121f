"""Live chat over HTTP: the project's settings, and a labeler's own conversations."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.labeling import chat_selectors as looking
from annotation.labeling import services
from annotation.labeling.api import chat_forms as forms
from annotation.labeling.api.serializers import valid
from annotation.labeling.models import ChatTurn, Conversation
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.projects.api.access import TiebreakView, roles, signed_in


class ChatSettingsView(TiebreakView):
    """Which policy labelers talk to, how replies are drawn, and how much."""

    access = {"GET": roles("admin", "ml"), "PUT": roles("admin", "ml", scope="manage")}

    @extend_schema(operation_id="chat_settings_read", responses=forms.ChatSettingsForm)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(forms.ChatSettingsForm(looking.settings_of(self.project)).data)

    @extend_schema(
        operation_id="chat_settings_change",
        request=forms.ChatSettingsForm,
        responses=forms.ChatSettingsForm,
    )
    def put(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.ChatSettingsForm, request)
        stored = services.change_chat_settings(
            actor=self.person,
            project=self.project,
            policy_version=given.pop("policy_version_id"),
            plan=given.pop("plan_id"),
            **given,
        )
        return Response(forms.ChatSettingsForm(stored).data)


class OpenChatsView(TiebreakView):
    """The projects in which I may chat now."""

    access = {"GET": signed_in()}

    @extend_schema(operation_id="chats_list", responses=forms.OpenChat(many=True), filters=False)
    def get(self, request: Request) -> Response:
        return Response([{"project_id": key} for key in looking.open_chats(self.person)])


class ChatDoorView(TiebreakView):
    """Whether I may chat in this project, and how much."""

    access = {"GET": roles("labeler")}

    @extend_schema(operation_id="chat_read", responses=forms.ChatDoor)
    def get(self, request: Request, project_id: UUID) -> Response:
        settings = looking.settings_of(self.project)
        return Response(
            {
                "is_open": looking.is_open(settings),
                "must_qualify": looking.must_qualify(self.person, self.project),
                "most_turns": settings.most_turns,
                "conversations_left": looking.conversation_left(settings, self.person),
            }
        )


class ConversationsView(TiebreakView):
    """My conversations in a project, newest first."""

    access = {"GET": roles("labeler"), "POST": roles("labeler", scope="label")}

    @extend_schema(
        operation_id="conversations_list",
        parameters=PAGE_QUERY,
        responses=page_of(forms.ConversationRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        mine = looking.conversations_of(self.person, self.project)
        return paged(self, mine, forms.ConversationRow)

    @extend_schema(
        operation_id="conversations_create",
        request=forms.NewConversation,
        responses={200: forms.ConversationDetail, 201: forms.ConversationDetail},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        made, is_new = services.start_conversation(
            labeler=self.person, project=self.project, **valid(forms.NewConversation, request)
        )
        return _conversation(made, is_new=is_new)


class OwnConversation(TiebreakView):
    """What the views on one conversation share: it is its labeler's alone."""

    conversation: Conversation

    def project_id_of(self, **kwargs: Any) -> UUID:
        found = Conversation.objects.filter(pk=kwargs["conversation_id"]).first()
        if found is None or found.labeler_id != self.request.user.pk:
            raise exceptions.NotFound("There is no such thing here.")
        self.conversation = found
        return found.project_id


class ConversationView(OwnConversation):
    """One conversation with its turns; asked for again and again while replies are on their way."""

    access = {"GET": roles("labeler")}

    @extend_schema(operation_id="conversations_retrieve", responses=forms.ConversationDetail)
    def get(self, request: Request, conversation_id: UUID) -> Response:
        return _conversation(self.conversation)


class EndConversationView(OwnConversation):
    """End a conversation."""

    access = {"POST": roles("labeler", scope="label")}

    @extend_schema(
        operation_id="conversations_end", request=None, responses=forms.ConversationDetail
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        services.end_conversation(labeler=self.person, conversation=self.conversation)
        return _conversation(self.conversation)


class TurnsView(OwnConversation):
    """Say something."""

    access = {"POST": roles("labeler", scope="label")}

    @extend_schema(
        operation_id="turns_create",
        request=forms.NewTurn,
        responses={200: forms.ConversationDetail, 201: forms.ConversationDetail},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        _, is_new = services.say(
            labeler=self.person,
            conversation=self.conversation,
            **valid(forms.NewTurn, request),
        )
        return _conversation(self.conversation, is_new=is_new)


class AskAgainView(OwnConversation):
    """Try a turn once more that found no replies."""

    access = {"POST": roles("labeler", scope="label")}

    @extend_schema(operation_id="turns_retry", request=None, responses=forms.ConversationDetail)
    def post(self, request: Request, conversation_id: UUID, number: int) -> Response:
        turn = ChatTurn.objects.filter(conversation=self.conversation, number=number).first()
        if turn is None:
            raise exceptions.NotFound("There is no such thing here.")
        services.ask_again(labeler=self.person, turn=turn)
        return _conversation(self.conversation)


def _conversation(conversation: Conversation, *, is_new: bool = False) -> Response:
    settings = looking.settings_of(conversation.project)
    body = {
        "id": conversation.id,
        "project_id": conversation.project_id,
        "created_at": conversation.created_at,
        "ended_at": conversation.ended_at,
        "most_turns": settings.most_turns,
        "is_open": looking.is_open(settings) and conversation.ended_at is None,
        "turns": looking.shown_turns(conversation),
        "server_time": timezone.now(),
    }
    code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    return Response(body, status=code)
