"""Prompt templates over HTTP: saving, looking at what rows would make, making it."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus import selectors, templates
from annotation.corpus.api.prompt_views import valid
from annotation.corpus.api.serializers import MAX_TEXT, ChatMessage
from annotation.corpus.api.views import READERS, WRITERS
from annotation.corpus.models import PromptSet, PromptTemplate, TemplateVersion
from annotation.lib.api import PAGE_QUERY, Name, StrictSerializer, page_of, paged
from annotation.projects.api.access import TiebreakView

MAX_TABLE = 1_900_000  # characters; what a request may hold
SHOWN_PROMPTS = 20
SHOWN_ISSUES = 200


class TextField(serializers.CharField):
    """Words of a template, as they are."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=MAX_TEXT, trim_whitespace=False, **more)


class TemplateExample(StrictSerializer):
    """A question and the answer to it that shows how."""

    input = TextField()
    output = TextField()


class TemplateWording(StrictSerializer):
    """A name that is in use gets the next version."""

    name = Name(max_length=120)
    system = TextField(allow_blank=True, default="")
    examples = serializers.ListField(
        child=TemplateExample(), max_length=templates.MAX_EXAMPLES, required=False
    )
    body = TextField()


class TemplateVersionRow(serializers.ModelSerializer[TemplateVersion]):
    """One wording and the variables in it."""

    examples = TemplateExample(many=True)
    variables = serializers.SerializerMethodField()

    class Meta:
        model = TemplateVersion
        fields = ["id", "number", "system", "examples", "body", "variables", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_variables(self, version: TemplateVersion) -> list[str]:
        return templates.variables(version)


class TemplateRow(serializers.ModelSerializer[PromptTemplate]):
    """A template with all its versions, the newest first."""

    versions = serializers.SerializerMethodField()

    class Meta:
        model = PromptTemplate
        fields = ["id", "name", "retired_at", "versions", "created_at"]
        read_only_fields = fields

    @extend_schema_field(TemplateVersionRow(many=True))
    def get_versions(self, template: PromptTemplate) -> Any:
        rows = sorted(template.versions.all(), key=lambda one: -one.number)
        return TemplateVersionRow(rows, many=True).data


class FillRequest(StrictSerializer):
    """Rows from a table or from the prompts of a set; the prompts go to `prompt_set`."""

    version = serializers.UUIDField(help_text="of the template")
    prompt_set = serializers.UUIDField()
    table = serializers.CharField(max_length=MAX_TABLE, required=False, trim_whitespace=False)
    form = serializers.ChoiceField(["csv", "tsv", "jsonl"], default="csv")
    source = serializers.UUIDField(  # type: ignore[assignment]
        required=False, help_text="the prompt set that gives the rows"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("table" in attrs) == ("source" in attrs):
            raise serializers.ValidationError("Give either a table or a source.", code="one_of")
        return attrs


class FillIssue(StrictSerializer):
    """Why a row makes no prompt; rows are counted from 1."""

    row = serializers.IntegerField()
    variable = serializers.CharField()
    rule = serializers.CharField()
    message = serializers.CharField()


class FilledPrompt(StrictSerializer):
    row = serializers.IntegerField()
    messages = ChatMessage(many=True)


class FillOutcome(StrictSerializer):
    """What the rows make: rows = new + repeated + already + refused."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    repeated = serializers.IntegerField(help_text="rows that make the prompt of an earlier row")
    already = serializers.IntegerField(help_text="the set holds these prompts, perhaps retired")
    refused = serializers.IntegerField()
    unused = serializers.ListField(
        child=serializers.CharField(), help_text="columns that the template does not name"
    )
    prompts = FilledPrompt(many=True)
    issues = FillIssue(many=True)


class TemplatesView(TiebreakView):
    """The prompt templates of a project."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="prompt_templates_list",
        parameters=PAGE_QUERY,
        responses=page_of(TemplateRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        rows = PromptTemplate.objects.filter(project=self.project).prefetch_related("versions")
        return paged(self, rows, TemplateRow)

    @extend_schema(
        operation_id="prompt_templates_save", request=TemplateWording, responses=TemplateRow
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        made = templates.save_template(
            actor=self.person, project=self.project, **valid(TemplateWording, request)
        )
        return Response(TemplateRow(made.template).data)


class OfTemplate(TiebreakView):
    """A view that fills one template."""

    thing = ("corpus_prompttemplate", "template_id")

    def asked(self, request: Request, template_id: UUID) -> dict[str, Any]:
        """The version, the rows and the target set that a request names."""
        given = valid(FillRequest, request)
        found = TemplateVersion.objects.select_related("template").filter(
            pk=given["version"], template_id=template_id
        )
        version = found.first()
        if version is None:
            raise exceptions.ValidationError({"version": ["No such version of this template."]})
        target = self._set(given["prompt_set"], "prompt_set")
        if "table" in given:
            rows = templates.table_rows(given["table"], given["form"])
        else:
            rows = templates.set_rows(self._set(given["source"], "source"))
        return {"version": version, "rows": rows, "target": target}

    def _set(self, prompt_set_id: UUID, field: str) -> PromptSet:
        found = selectors.prompt_set(prompt_set_id)
        if found is None or found.project_id != self.project.pk:
            raise exceptions.ValidationError({field: ["No such prompt set here."]})
        return found


class TemplatePreviewView(OfTemplate):
    """The prompts that rows would make; nothing is stored."""

    access = {"POST": WRITERS}

    @extend_schema(
        operation_id="prompt_templates_preview", request=FillRequest, responses=FillOutcome
    )
    def post(self, request: Request, template_id: UUID) -> Response:
        return Response(
            FillOutcome(outcome(templates.fill(**self.asked(request, template_id)))).data
        )


class TemplatePromptsView(OfTemplate):
    """Make the prompts; making them again adds nothing."""

    access = {"POST": WRITERS}

    @extend_schema(operation_id="prompt_templates_fill", request=FillRequest, responses=FillOutcome)
    def post(self, request: Request, template_id: UUID) -> Response:
        asked = self.asked(request, template_id)
        made = templates.create_prompts(actor=self.person, **asked)
        return Response(FillOutcome(outcome(made)).data)


def outcome(made: templates.Filling) -> dict[str, Any]:
    """The form of what was or would be made."""
    return {
        "rows": made.rows,
        "new": len(made.prompts),
        "repeated": made.repeated,
        "already": made.already,
        "refused": made.rows - len(made.prompts) - made.repeated - made.already,
        "unused": made.unused,
        "prompts": [
            {"row": row, "messages": messages}
            for row, messages, _ in list(made.prompts.values())[:SHOWN_PROMPTS]
        ],
        "issues": [
            {"row": i.row, "variable": i.variable, "rule": i.rule, "message": i.message}
            for i in made.issues[:SHOWN_ISSUES]
        ],
    }
