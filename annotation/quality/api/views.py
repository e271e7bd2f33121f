"""Quality over HTTP."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.projects.api.access import TiebreakView, roles
from annotation.quality import selectors
from annotation.quality.api.serializers import Agreement


class AgreementView(TiebreakView):
    """How often labelers agree: reckoned at once while that is quick, else as last computed."""

    access = {"GET": roles("admin", "reviewer", "ml")}
    query = frozenset()

    @extend_schema(operation_id="agreement_retrieve", responses=Agreement)
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(Agreement(selectors.agreement_shown(self.project)).data)
