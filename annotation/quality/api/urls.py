"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.quality.api import practice_views, report_views
from annotation.quality.api.overview import OverviewView
from annotation.quality.api.views import AgreementView

PROJECT = "projects/<uuid:project_id>"
PRACTICE_ITEM = "practice-items/<uuid:practice_item_id>"

urlpatterns: list[URLPattern] = [
    path(f"{PROJECT}/agreement", AgreementView.as_view(), name="agreement"),
    path(f"{PROJECT}/quality", report_views.QualityView.as_view(), name="quality"),
    path(f"{PROJECT}/quality-alarms", report_views.AlarmsView.as_view(), name="quality-alarms"),
    path("quality-alarms/<uuid:alarm_id>", report_views.AlarmView.as_view(), name="quality-alarm"),
    path(
        f"{PROJECT}/reliability-estimates",
        report_views.ReliabilityEstimatesView.as_view(),
        name="reliability-estimates",
    ),
    path(f"{PROJECT}/overview", OverviewView.as_view(), name="overview"),
    path(f"{PROJECT}/practice", practice_views.MyPracticeView.as_view(), name="practice"),
    path(
        f"{PRACTICE_ITEM}/answers/<uuid:client_uuid>",
        practice_views.PracticeAnswerView.as_view(),
        name="practice-answer",
    ),
    path(
        f"{PROJECT}/practice-items",
        practice_views.PracticeItemsView.as_view(),
        name="practice-items",
    ),
    path(PRACTICE_ITEM, practice_views.PracticeItemView.as_view(), name="practice-item"),
    path(
        f"{PROJECT}/practice-standings",
        practice_views.PracticeStandingsView.as_view(),
        name="practice-standings",
    ),
    path(
        f"{PROJECT}/practice-standings/<uuid:user_id>",
        practice_views.QualifiedView.as_view(),
        name="practice-qualified",
    ),
]
