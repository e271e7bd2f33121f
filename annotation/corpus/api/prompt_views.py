"""Curating prompt sets and prompts over HTTP."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.corpus import acts, finding, history, selectors, services, sets
from annotation.corpus.api import prompt_forms as forms
from annotation.corpus.api import serializers
from annotation.corpus.api.views import READERS, WRITERS
from annotation.corpus.likeness import THRESHOLD
from annotation.corpus.models import Prompt, PromptAct, PromptSet
from annotation.corpus.texts import messages_of
from annotation.lib.api import PAGE_QUERY, Cursor, page_of, paged
from annotation.projects.api.access import TiebreakView
from annotation.projects.figures import figures

FILTER_QUERY = [forms.PromptFilter]


class OfPromptSet(TiebreakView):
    """A view on one prompt set."""

    prompt_set: PromptSet

    def project_id_of(self, prompt_set_id: UUID) -> UUID:  # type: ignore[override]
        found = selectors.prompt_set(prompt_set_id)
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.prompt_set = found
        return found.project_id


class PromptSetView(OfPromptSet):
    """One prompt set."""

    access = {"GET": READERS, "PATCH": WRITERS}

    @extend_schema(operation_id="prompt_sets_read", responses=serializers.PromptSetRow)
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        return Response(serializers.PromptSetRow(self.prompt_set).data)

    @extend_schema(
        operation_id="prompt_sets_change",
        request=serializers.PromptSetChange,
        responses=serializers.PromptSetRow,
    )
    def patch(self, request: Request, prompt_set_id: UUID) -> Response:
        wish = valid(serializers.PromptSetChange, request)
        sets.change_prompt_set(actor=self.person, prompt_set=self.prompt_set, changes=wish)
        return Response(serializers.PromptSetRow(selectors.prompt_set(prompt_set_id)).data)


class PromptSetVersionsView(OfPromptSet):
    """The next version of a set."""

    access = {"POST": WRITERS}

    @extend_schema(
        operation_id="prompt_sets_new_version",
        request=serializers.NewVersion,
        responses={201: serializers.PromptSetRow},
    )
    def post(self, request: Request, prompt_set_id: UUID) -> Response:
        wish = valid(serializers.NewVersion, request)
        made = sets.new_version(actor=self.person, prompt_set=self.prompt_set, **wish)
        return Response(serializers.PromptSetRow(selectors.prompt_set(made.pk)).data, status=201)


class PromptSetChangesView(OfPromptSet):
    """What a version has that an older one has not."""

    access = {"GET": READERS}
    query = frozenset({"against"})

    @extend_schema(
        operation_id="prompt_sets_changes",
        parameters=[
            OpenApiParameter(
                "against", OpenApiTypes.UUID, description="without it: the version it began as"
            )
        ],
        responses=forms.PromptSetDifference,
    )
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        asked = uuid_in(request, "against")
        older = selectors.prompt_set(asked or self.prompt_set.based_on_id or prompt_set_id)
        if older is None or older.project_id != self.project.pk:
            raise exceptions.ValidationError({"against": ["No such prompt set here."]})
        found = sets.difference(older, self.prompt_set)
        shown = {
            "older": older,
            "newer": self.prompt_set,
            "added": found.added,
            "removed": found.removed,
            "edited": [{"before": one.before, "after": one.after} for one in found.edited],
            "counts": found.counts,
        }
        return Response(forms.PromptSetDifference(shown).data)


class PromptSetCountsView(TiebreakView):
    """How much is in each prompt set of the project."""

    access = {"GET": READERS}

    @extend_schema(
        operation_id="prompt_sets_counts", responses=serializers.PromptSetCounts(many=True)
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        counts, _ = figures(self.project, selectors.set_counts)
        rows = [{"prompt_set": key, **each} for key, each in counts.items()]
        return Response(serializers.PromptSetCounts(rows, many=True).data)


class PromptFacetsView(OfPromptSet):
    """What the prompts of a set can be filtered by."""

    access = {"GET": READERS}

    @extend_schema(operation_id="prompts_facets", responses=forms.PromptFacets)
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        one = PromptSet.objects.filter(pk=prompt_set_id)
        shown = {**sets.facets(self.prompt_set), "pending": history.pending(one)}
        return Response(forms.PromptFacets(shown).data)


class PromptsView(OfPromptSet):
    """The prompts of a set."""

    access = {"GET": READERS, "POST": WRITERS}
    query = forms.FILTERS

    @extend_schema(
        operation_id="prompts_list",
        parameters=[*FILTER_QUERY, *PAGE_QUERY],
        responses=page_of(serializers.PromptRow),
    )
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        wanted = forms.filter_of(request)
        rows = finding.prompts(
            Prompt.objects.filter(prompt_set=self.prompt_set),
            wanted,
            page=Cursor.page_size,
            below=_position(request),
        )
        return paged(self, history.counted(rows), serializers.PromptRow)

    @extend_schema(
        operation_id="prompts_create",
        request=serializers.NewPrompt,
        responses={201: serializers.PromptRow},
    )
    def post(self, request: Request, prompt_set_id: UUID) -> Response:
        given = valid(serializers.NewPrompt, request)
        prompt = services.add_prompt(
            actor=self.person,
            prompt_set=self.prompt_set,
            messages=messages_of(given["text"] if "text" in given else given["messages"]),
            is_plain="text" in given,
            reference=given.get("reference"),
        )
        return Response(serializers.PromptRow(prompt).data, status=201)


class PromptCountView(OfPromptSet):
    """How many prompts of a set fit, and what an act would change of them. Writes nothing."""

    access = {"GET": READERS, "POST": READERS}
    query = forms.FILTERS | {"kind"}

    @extend_schema(
        operation_id="prompts_count",
        parameters=[
            *FILTER_QUERY,
            OpenApiParameter("kind", OpenApiTypes.STR, enum=forms.BULK),
        ],
        responses=forms.SelectionCount,
    )
    def get(self, request: Request, prompt_set_id: UUID) -> Response:
        kind = request.query_params.get("kind", "tag")
        if kind not in forms.BULK:
            raise exceptions.ValidationError({"kind": ["Not an act on prompts."]})
        rows = finding.prompts(
            Prompt.objects.filter(prompt_set=self.prompt_set), forms.filter_of(request)
        )
        return self._counted(rows, kind)

    @extend_schema(
        operation_id="prompts_count_ticked",
        request=forms.SelectionRequest,
        responses=forms.SelectionCount,
    )
    def post(self, request: Request, prompt_set_id: UUID) -> Response:
        given = valid(forms.SelectionRequest, request)
        rows = Prompt.objects.filter(prompt_set=self.prompt_set, pk__in=given["ids"])
        return self._counted(rows, given["kind"])

    def _counted(self, rows: QuerySet[Prompt], kind: str) -> Response:
        changed = acts.affected(rows, kind)
        moving = Q(items__meta__void_reason="prompt_retired", items__state="void")
        if kind != "restore":
            moving = Q(items__state="open", items__control="")
        shown = {
            "fitting": rows.count(),
            "affected": changed.count(),
            "open_items": changed.filter(moving).values("items").count(),
        }
        return Response(forms.SelectionCount(shown).data)


class OfPrompt(TiebreakView):
    """A view on one prompt."""

    prompt: Prompt

    def project_id_of(self, prompt_id: UUID, **more: Any) -> UUID:  # type: ignore[override]
        found = Prompt.objects.select_related("prompt_set__project").filter(pk=prompt_id).first()
        if found is None:
            raise exceptions.NotFound("There is no such thing here.")
        self.prompt = found
        return found.prompt_set.project_id


class PromptView(OfPrompt):
    """One prompt with its completions, items, history and near-duplicates."""

    access = {"GET": READERS}

    @extend_schema(operation_id="prompts_read", responses=forms.PromptDetail)
    def get(self, request: Request, prompt_id: UUID) -> Response:
        return Response(forms.PromptDetail(history.detail(prompt_id)).data)


class PromptEditView(OfPrompt):
    """Supersede a prompt by another wording; sending it again changes nothing."""

    access = {"PUT": WRITERS}

    @extend_schema(
        operation_id="prompts_edit",
        request=serializers.PromptText,
        responses=forms.PromptDetail,
    )
    def put(self, request: Request, prompt_id: UUID, client_uuid: UUID) -> Response:
        given = valid(serializers.PromptText, request)
        act = acts.edit_prompt(
            actor=self.person,
            prompt=self.prompt,
            client_uuid=client_uuid,
            messages=messages_of(given["text"] if "text" in given else given["messages"]),
            is_plain="text" in given,
        )
        made = act.changes.get(before={}).prompt_id
        return Response(forms.PromptDetail(history.detail(made)).data)


class PromptActsView(TiebreakView):
    """What was done to prompts of the project, the latest first."""

    access = {"GET": READERS, "POST": WRITERS}

    @extend_schema(
        operation_id="prompt_acts_list",
        parameters=PAGE_QUERY,
        responses=page_of(forms.PromptActRow),
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        rows = PromptAct.objects.filter(project=self.project)
        return paged(self, rows.select_related("actor", "undone_by"), forms.PromptActRow)

    @extend_schema(
        operation_id="prompt_acts_create",
        description="Retire, restore, tag or untag prompts; sending it again changes nothing.",
        request=forms.ActRequest,
        responses=forms.PromptActRow,
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.ActRequest, request)
        chosen, wish = self._chosen(given)
        act = acts.act_on(
            actor=self.person,
            project=self.project,
            client_uuid=given["client_uuid"],
            kind=given["kind"],
            chosen=chosen,
            wish=wish,
            tags=given.get("tags"),
            expected=given.get("expected"),
        )
        return Response(forms.PromptActRow(act).data)

    def _chosen(self, given: dict[str, Any]) -> tuple[QuerySet[Prompt], dict[str, Any]]:
        own = Prompt.objects.filter(prompt_set__project=self.project)
        if "ids" in given:
            ids = sorted(set(given["ids"]))
            rows = own.filter(pk__in=ids)
            if rows.count() != len(ids):
                raise exceptions.ValidationError({"ids": ["Not all of these are prompts here."]})
            return rows, {"ids": [str(key) for key in ids]}
        found = selectors.prompt_set(given["prompt_set"])
        if found is None or found.project_id != self.project.pk:
            raise exceptions.ValidationError({"prompt_set": ["No such prompt set here."]})
        wanted = finding.Filter(**given.get("filter", {}))
        rows = finding.prompts(own.filter(prompt_set=found), wanted)
        return rows, {"prompt_set": str(found.pk), "filter": wanted.as_dict()}


class PromptActUndoView(TiebreakView):
    """Undo an act; doing it twice changes nothing more."""

    access = {"PUT": WRITERS}
    thing = ("corpus_promptact", "prompt_act_id")

    @extend_schema(operation_id="prompt_acts_undo", request=None, responses=forms.PromptActRow)
    def put(self, request: Request, prompt_act_id: UUID, client_uuid: UUID) -> Response:
        act = PromptAct.objects.get(pk=prompt_act_id)
        done = acts.undo(actor=self.person, act=act, client_uuid=client_uuid)
        return Response(forms.PromptActRow(done).data)


class NearGroupsView(TiebreakView):
    """Groups of prompts of the project that are nearly the same."""

    access = {"GET": READERS}
    query = frozenset({"prompt_set", "at_least", "across", "after"})

    @extend_schema(
        operation_id="near_groups_list",
        parameters=[
            OpenApiParameter("prompt_set", OpenApiTypes.UUID, description="one of them is in it"),
            OpenApiParameter("at_least", OpenApiTypes.FLOAT, description="similarity, 0.7 to 1"),
            OpenApiParameter("across", OpenApiTypes.BOOL, description="of different purposes"),
            OpenApiParameter("after", OpenApiTypes.UUID, description="from `next`"),
        ],
        responses=forms.NearGroups,
    )
    def get(self, request: Request, project_id: UUID) -> Response:
        wanted = history.Wanted(
            prompt_set=self._set(uuid_in(request, "prompt_set")),
            at_least=_share(request.query_params.get("at_least", "")),
            across=request.query_params.get("across") == "true",
        )
        found = history.near_groups(self.project, wanted, uuid_in(request, "after"))
        found["pending"] = history.pending(PromptSet.objects.filter(project=self.project))
        found["threshold"] = THRESHOLD
        return Response(forms.NearGroups(found).data)

    def _set(self, prompt_set_id: UUID | None) -> PromptSet | None:
        if prompt_set_id is None:
            return None
        found = selectors.prompt_set(prompt_set_id)
        if found is None or found.project_id != self.project.pk:
            raise exceptions.ValidationError({"prompt_set": ["No such prompt set here."]})
        return found


# --- parts ------------------------------------------------------------------------------------
def valid(form: type[Any], request: Request) -> dict[str, Any]:
    """What the body says in this form; raises ValidationError."""
    wish = form(data=request.data)
    wish.is_valid(raise_exception=True)
    given: dict[str, Any] = wish.validated_data
    return given


def uuid_in(request: Request, name: str) -> UUID | None:
    """The key in the address, if there is one."""
    given = request.query_params.get(name)
    if not given:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise exceptions.ValidationError({name: ["Not a key."]}) from None


def _share(given: str) -> float:
    """The similarity asked for; below THRESHOLD nothing is kept."""
    try:
        share = float(given or THRESHOLD)
    except ValueError:
        share = 0.0
    if not THRESHOLD <= share <= 1:
        raise exceptions.ValidationError({"at_least": [f"From {THRESHOLD} to 1."]})
    return share


def _position(request: Request) -> UUID | None:
    """Where in the list this page begins, as far as the address tells."""
    cursor = Cursor()
    try:
        decoded = cursor.decode_cursor(request)
        return UUID(str(decoded.position)) if decoded and decoded.position else None
    except (ValueError, exceptions.NotFound):
        return None
