"""Webhooks over HTTP: endpoints, their messages, sending again."""

from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.delivery import services
from annotation.delivery.api import forms
from annotation.delivery.models import WebhookAttempt, WebhookEndpoint, WebhookMessage
from annotation.labeling.api.serializers import valid
from annotation.lib.api import PAGE_QUERY, page_of, paged
from annotation.lib.errors import Missing
from annotation.projects.api.access import TiebreakView, roles

MANAGE = roles("admin", scope="manage")


def endpoints(project_id: UUID) -> QuerySet[WebhookEndpoint]:
    """The endpoints that stand, with how much waits and how much was given up.

    `failing_status` and `failing_error` are of the last attempt at what waits to be sent again.
    """
    waiting = Count("messages", filter=Q(messages__state="waiting"))
    dead = Count("messages", filter=Q(messages__state="dead"))
    found = WebhookEndpoint.objects.filter(project_id=project_id, removed_at=None)
    again = WebhookAttempt.objects.filter(
        message__endpoint=OuterRef("pk"), message__state="waiting"
    ).order_by("-id")
    last = {f"failing_{name}": Subquery(again.values(name)[:1]) for name in ("status", "error")}
    return found.annotate(waiting=waiting, dead=dead, **last).order_by("id")


class WebhooksView(TiebreakView):
    """The webhooks of a project."""

    access = {"GET": roles("admin"), "POST": MANAGE}
    query = frozenset()

    @extend_schema(operation_id="webhooks_list", responses=forms.WebhookRow(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        return Response(forms.WebhookRow(endpoints(self.project.pk), many=True).data)

    @extend_schema(
        operation_id="webhooks_add",
        request=forms.NewWebhook,
        responses={201: forms.WebhookSecret},
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        given = valid(forms.NewWebhook, request)
        made = services.add_webhook(actor=self.person, project=self.project, **given)
        return Response({"id": made.pk, "secret": services.secret_of(made)}, status=201)


class WebhookBase(TiebreakView):
    """What the views on one endpoint share."""

    thing = ("delivery_webhookendpoint", "webhook_id")
    query = frozenset()

    def endpoint(self, webhook_id: UUID) -> WebhookEndpoint:
        """The endpoint, unless it was removed."""
        found = endpoints(self.project.pk).filter(pk=webhook_id).first()
        if found is None:
            raise Missing
        return found


class WebhookView(WebhookBase):
    """One webhook."""

    access = {"PATCH": MANAGE, "DELETE": MANAGE}

    @extend_schema(
        operation_id="webhooks_change", request=forms.WebhookChange, responses=forms.WebhookRow
    )
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        given = valid(forms.WebhookChange, request)
        services.change_webhook(
            actor=self.person, endpoint=self.endpoint(webhook_id), changes=given
        )
        return Response(forms.WebhookRow(self.endpoint(webhook_id)).data)

    @extend_schema(operation_id="webhooks_remove", responses={204: None})
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        services.remove_webhook(actor=self.person, endpoint=self.endpoint(webhook_id))
        return Response(status=204)


class WebhookSecretView(WebhookBase):
    """A new secret; the old one goes on signing beside it for a day."""

    access = {"POST": MANAGE}

    @extend_schema(
        operation_id="webhooks_rotate", request=None, responses={201: forms.WebhookSecret}
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        made = services.rotate_secret(actor=self.person, endpoint=self.endpoint(webhook_id))
        return Response({"id": made.pk, "secret": services.secret_of(made)}, status=201)


class WebhookTestView(WebhookBase):
    """Send a message that says nothing."""

    access = {"POST": MANAGE}

    @extend_schema(operation_id="webhooks_test", request=None, responses={202: None})
    def post(self, request: Request, webhook_id: UUID) -> Response:
        services.test_webhook(actor=self.person, endpoint=self.endpoint(webhook_id))
        return Response(status=202)


class WebhookMessagesView(WebhookBase):
    """What was sent or waits, newest first."""

    access = {"GET": roles("admin")}
    query = frozenset({"state"})

    @extend_schema(
        operation_id="webhook_messages_list",
        parameters=[
            OpenApiParameter("state", str, enum=WebhookMessage.State.values),
            *PAGE_QUERY,
        ],
        responses=page_of(forms.WebhookMessageRow),
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        tries = WebhookAttempt.objects.order_by("-id")[:5]
        found: QuerySet[Any] = WebhookMessage.objects.filter(
            endpoint=self.endpoint(webhook_id)
        ).prefetch_related(Prefetch("tries", tries, to_attr="latest"))
        state = request.query_params.get("state")
        if state is not None:
            if state not in WebhookMessage.State.values:
                raise exceptions.ValidationError({"state": ["There is no such state."]})
            found = found.filter(state=state)
        return paged(self, found, forms.WebhookMessageRow)


class SendAgainView(WebhookBase):
    """Send a message again, under its own id."""

    access = {"POST": MANAGE}

    @extend_schema(operation_id="webhook_messages_send", request=None, responses={202: None})
    def post(self, request: Request, webhook_id: UUID, message_id: int) -> Response:
        found = WebhookMessage.objects.filter(
            endpoint=self.endpoint(webhook_id), pk=message_id
        ).first()
        if found is None:
            raise Missing
        services.send_again(actor=self.person, message=found)
        return Response(status=202)
