"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.runs.api import (
    bulk_effect_views,
    erasure_views,
    import_views,
    mix_views,
    round_views,
    upload_views,
    views,
)

urlpatterns: list[URLPattern] = [
    path("run-kinds", views.RunKindsView.as_view()),
    path("projects/<uuid:project_id>/runs", views.RunsView.as_view()),
    path("projects/<uuid:project_id>/imports", import_views.ImportsView.as_view()),
    path("projects/<uuid:project_id>/uploads", upload_views.UploadsView.as_view()),
    path("uploads/<uuid:upload_id>", upload_views.UploadView.as_view()),
    path("uploads/<uuid:upload_id>/content", upload_views.UploadContentView.as_view()),
    path("uploads/<uuid:upload_id>/preview", upload_views.UploadPreviewView.as_view()),
    path("uploads/<uuid:upload_id>/imports", upload_views.UploadImportsView.as_view()),
    path("projects/<uuid:project_id>/snapshots", views.SnapshotsView.as_view()),
    path("projects/<uuid:project_id>/rounds", round_views.RoundsView.as_view()),
    path("projects/<uuid:project_id>/round-plan", round_views.RoundPlanView.as_view()),
    path("runs/<uuid:run_id>", views.RunView.as_view()),
    path("runs/<uuid:run_id>/metrics", views.RunMetricsView.as_view()),
    path("runs/<uuid:run_id>/events", views.RunEventsView.as_view()),
    path("runs/<uuid:run_id>/issues", views.RunIssuesView.as_view()),
    path("runs/<uuid:run_id>/issues.<str:ending>", upload_views.RunIssuesFileView.as_view()),
    path("runs/<uuid:run_id>/cancel", views.CancelRunView.as_view()),
    path("runs/<uuid:run_id>/retry", views.RetryRunView.as_view()),
    path("snapshots/<uuid:snapshot_id>", views.SnapshotView.as_view()),
    path("rounds/<uuid:round_id>", round_views.RoundView.as_view()),
    path("rounds/<uuid:round_id>/close", round_views.CloseRoundView.as_view()),
    path("rounds/<uuid:round_id>/events", round_views.RoundEventsView.as_view()),
    path("rounds/<uuid:round_id>/answer", round_views.RoundAnswerView.as_view()),
    path("projects/<uuid:project_id>/sampling-mixes", mix_views.SamplingMixesView.as_view()),
    path("sampling-mixes/<uuid:mix_id>/draws", mix_views.MixDrawsView.as_view()),
    path("sampling-mixes/<uuid:mix_id>/comparison", mix_views.MixComparisonView.as_view()),
    path("mix-draws/<uuid:draw_id>/retry", mix_views.RetryMixDrawView.as_view()),
    path("mix-draws/<uuid:draw_id>/make-items", mix_views.MakeMixItemsView.as_view()),
    path("people/<uuid:user_id>/erasure", erasure_views.ErasureView.as_view()),
    path("projects/<uuid:project_id>/erasure-marks", erasure_views.ErasureMarksView.as_view()),
    path("projects/<uuid:project_id>/bulk-effects", bulk_effect_views.BulkEffectView.as_view()),
]
