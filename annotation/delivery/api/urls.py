"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.delivery.api import (
    audit_views,
    dataset_views,
    explorer_views,
    health_views,
    webhook_views,
)

PROJECT = "projects/<uuid:project_id>"
WEBHOOK = "webhooks/<uuid:webhook_id>"

urlpatterns: list[URLPattern] = [
    path(f"{PROJECT}/explorer/<str:what>", explorer_views.ExplorerView.as_view(), name="explorer"),
    path(
        f"{PROJECT}/explorer/<str:what>/count",
        explorer_views.ExplorerCountView.as_view(),
        name="explorer-count",
    ),
    path("judgments/<uuid:judgment_id>", explorer_views.JudgmentView.as_view(), name="judgment"),
    path(f"{PROJECT}/views", explorer_views.SavedViewsView.as_view(), name="saved-views"),
    path("views/<uuid:view_id>", explorer_views.SavedViewView.as_view(), name="saved-view"),
    path(f"{PROJECT}/health", health_views.HealthView.as_view(), name="health"),
    path(f"{PROJECT}/audit", audit_views.AuditView.as_view(), name="audit"),
    path(f"{PROJECT}/audit/<str:filename>", audit_views.AuditFileView.as_view(), name="audit-file"),
    path(f"{PROJECT}/datasets", dataset_views.DatasetsView.as_view(), name="datasets"),
    path(f"{PROJECT}/licence", dataset_views.LicenceView.as_view(), name="licence"),
    path("datasets/<uuid:dataset_id>", dataset_views.DatasetView.as_view(), name="dataset"),
    path(
        "datasets/<uuid:dataset_id>/archive",
        dataset_views.ArchiveView.as_view(),
        name="dataset-archive",
    ),
    path(
        "datasets/<uuid:dataset_id>/files/<path:filename>",
        dataset_views.FileView.as_view(),
        name="dataset-file",
    ),
    path(f"{PROJECT}/webhooks", webhook_views.WebhooksView.as_view(), name="webhooks"),
    path(WEBHOOK, webhook_views.WebhookView.as_view(), name="webhook"),
    path(f"{WEBHOOK}/secret", webhook_views.WebhookSecretView.as_view(), name="webhook-secret"),
    path(f"{WEBHOOK}/test", webhook_views.WebhookTestView.as_view(), name="webhook-test"),
    path(
        f"{WEBHOOK}/messages", webhook_views.WebhookMessagesView.as_view(), name="webhook-messages"
    ),
    path(
        f"{WEBHOOK}/messages/<int:message_id>/send",
        webhook_views.SendAgainView.as_view(),
        name="webhook-send-again",
    ),
]
