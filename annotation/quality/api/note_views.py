"""Notes on one's work: read and answered by the labeler, followed by those who review."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus.texts import preview
from annotation.labeling.api.serializers import ShownCompletion, ShownPrompt, valid
from annotation.lib.api import PAGE_QUERY, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView, roles
from annotation.quality.api.review_serializers import name_of
from annotation.quality.models import FeedbackNote
from annotation.quality.review import feedback


class MyNoteRow(serializers.ModelSerializer[FeedbackNote]):
    """A note as its labeler finds it in the list."""

    prompt_preview = serializers.SerializerMethodField()
    withdrawn = serializers.SerializerMethodField()

    class Meta:
        model = FeedbackNote
        fields = [
            "id",
            "reason",
            "message",
            "prompt_preview",
            "withdrawn",
            "read_at",
            "answer",
            "answer_text",
            "created_at",
        ]
        read_only_fields = fields

    def get_prompt_preview(self, note: FeedbackNote) -> str:
        return preview(note.ranking.item.prompt.messages)

    def get_withdrawn(self, note: FeedbackNote) -> bool:
        return note.ranking.state == "withdrawn"


class GivenOrder(StrictSerializer):
    """The order that review gave."""

    tiers = serializers.ListField(child=serializers.ListField(child=serializers.UUIDField()))
    unplaced = serializers.ListField(child=serializers.UUIDField())
    unacceptable_below = serializers.IntegerField(allow_null=True)


class MyNote(StrictSerializer):
    """The work again, read-only: what I said, and what review said."""

    note = MyNoteRow()
    prompt = ShownPrompt()
    completions = ShownCompletion(many=True)
    said = serializers.DictField()
    given = GivenOrder(allow_null=True)


class NoteAnswerRequest(StrictSerializer):
    answer = serializers.ChoiceField([one for one in FeedbackNote.Answer.choices if one[0]])
    text = serializers.CharField(max_length=4000)


class NoteRow(serializers.ModelSerializer[FeedbackNote]):
    """A note for those who review."""

    prompt_preview = serializers.SerializerMethodField()
    labeler_name = serializers.SerializerMethodField()
    author_name = serializers.SerializerMethodField()
    item = serializers.UUIDField(source="ranking.item_id")

    class Meta:
        model = FeedbackNote
        fields = [
            "id",
            "item",
            "ranking_id",
            "labeler_name",
            "author_name",
            "reason",
            "message",
            "prompt_preview",
            "read_at",
            "answer",
            "answer_text",
            "answered_at",
            "created_at",
        ]
        read_only_fields = fields

    def get_prompt_preview(self, note: FeedbackNote) -> str:
        return preview(note.ranking.item.prompt.messages)

    def get_labeler_name(self, note: FeedbackNote) -> str:
        return name_of(note.labeler)

    def get_author_name(self, note: FeedbackNote) -> str:
        return name_of(note.author)


class MyNotesView(TiebreakView):
    """What I was told about my work, newest first."""

    access = {"GET": roles("labeler")}

    @extend_schema(operation_id="my_notes", parameters=PAGE_QUERY, responses=page_of(MyNoteRow))
    def get(self, request: Request, project_id: UUID) -> Response:
        return paged(self, feedback.notes_of(self.person, self.project), MyNoteRow)


class _NoteView(TiebreakView):
    thing = ("quality_feedbacknote", "note_id")

    def note(self, note_id: UUID) -> FeedbackNote:
        return feedback.own_note(self.person, note_id)

    def answer(self, note_id: UUID) -> Response:
        shown: dict[str, Any] = feedback.shown(self.note(note_id))
        return Response(MyNote(shown).data)


class MyNoteView(_NoteView):
    """One note, with the work it is about."""

    access = {"GET": roles("labeler")}

    @extend_schema(operation_id="my_note", responses=MyNote)
    def get(self, request: Request, note_id: UUID) -> Response:
        return self.answer(note_id)


class NoteReadView(_NoteView):
    """I have read it."""

    access = {"POST": roles("labeler", scope="label")}

    @extend_schema(operation_id="my_note_read", request=None, responses={204: None})
    def post(self, request: Request, note_id: UUID) -> Response:
        feedback.mark_read(self.note(note_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class NoteAnswerView(_NoteView):
    """Reply to it once, or dispute it."""

    access = {"PUT": roles("labeler", scope="label")}

    @extend_schema(operation_id="my_note_answer", request=NoteAnswerRequest, responses=MyNote)
    def put(self, request: Request, note_id: UUID) -> Response:
        note = self.note(note_id)
        given = valid(NoteAnswerRequest, request)
        feedback.answer(note=note, kind=given["answer"], text=given["text"])
        return self.answer(note_id)


class NotesView(TiebreakView):
    """What labelers were told, and what they answered."""

    access = {"GET": roles("admin", "reviewer")}
    query = frozenset({"answer"})

    @extend_schema(
        operation_id="review_notes",
        parameters=[*PAGE_QUERY, OpenApiParameter("answer", str, enum=["reply", "dispute"])],
        responses=page_of(NoteRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        wanted = request.query_params.get("answer")
        if wanted is not None and wanted not in ("reply", "dispute"):
            raise exceptions.ValidationError({"answer": ["One of reply, dispute."]})
        return paged(self, feedback.notes_in(self.project, wanted), NoteRow)
