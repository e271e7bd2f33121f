"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.quality.api import (
    bulk_views,
    consensus_views,
    control_views,
    guideline_views,
    note_views,
    overlap_views,
    person_views,
    practice_views,
    report_views,
    review_views,
)
from annotation.quality.api.overview import OverviewView
from annotation.quality.api.views import AgreementView

PROJECT = "projects/<uuid:project_id>"
ITEM = "items/<uuid:item_id>"
NOTE = "notes/<uuid:note_id>"
BULK_ACT = "bulk-acts/<uuid:bulk_act_id>"
PRACTICE_ITEM = "practice-items/<uuid:practice_item_id>"

urlpatterns: list[URLPattern] = [
    path(
        f"{PROJECT}/members/<uuid:user_id>/figures",
        person_views.PersonFiguresView.as_view(),
        name="member-figures",
    ),
    path(f"{PROJECT}/my-figures", person_views.MyFiguresView.as_view(), name="my-figures"),
    path(
        f"{PROJECT}/control-settings",
        control_views.ControlSettingsView.as_view(),
        name="control-settings",
    ),
    path(
        f"{PROJECT}/control-items", control_views.ControlItemsView.as_view(), name="control-items"
    ),
    path(
        "control-items/<uuid:control_item_id>",
        control_views.ControlItemView.as_view(),
        name="control-item",
    ),
    path(
        "control-items/<uuid:control_item_id>/orders",
        control_views.GoldOrdersView.as_view(),
        name="gold-orders",
    ),
    path(f"{PROJECT}/failed-gold", control_views.FailedGoldView.as_view(), name="failed-gold"),
    path(f"{PROJECT}/traps", control_views.TrapsView.as_view(), name="traps"),
    path(
        f"{PROJECT}/gold-candidates",
        control_views.CandidatesView.as_view(),
        name="gold-candidates",
    ),
    path(
        f"{PROJECT}/control-results",
        control_views.ControlResultsView.as_view(),
        name="control-results",
    ),
    path(
        "submissions/<uuid:client_uuid>/feedback",
        control_views.TellGoldView.as_view(),
        name="gold-feedback",
    ),
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
    path(f"{PROJECT}/overlap", overlap_views.OverlapView.as_view(), name="overlap"),
    path(f"{PROJECT}/opinions", overlap_views.BoughtOpinionsView.as_view(), name="opinions"),
    path(f"{PROJECT}/review-queue", review_views.ReviewQueueView.as_view(), name="review-queue"),
    path(
        f"{PROJECT}/review-waiting", review_views.ReviewWaitingView.as_view(), name="review-waiting"
    ),
    path(f"{PROJECT}/review-claims", review_views.ReviewClaimsView.as_view(), name="review-claims"),
    path(f"{ITEM}/consensus", consensus_views.ItemConsensusView.as_view(), name="item-consensus"),
    path(f"{ITEM}/review", review_views.ReviewSheetView.as_view(), name="review-sheet"),
    path(f"{ITEM}/review/names", review_views.ShowNamesView.as_view(), name="review-names"),
    path(f"{ITEM}/review/let-go", review_views.LetGoView.as_view(), name="review-let-go"),
    path(
        f"{ITEM}/adjudications/<uuid:client_uuid>",
        review_views.AdjudicationView.as_view(),
        name="adjudication",
    ),
    path(f"{PROJECT}/unclear-cases", review_views.UnclearCasesView.as_view(), name="unclear-cases"),
    path(
        f"{PROJECT}/adjudications.jsonl",
        review_views.AdjudicationsDownloadView.as_view(),
        name="adjudications-download",
    ),
    path(f"{PROJECT}/my-notes", note_views.MyNotesView.as_view(), name="my-notes"),
    path(f"{PROJECT}/notes", note_views.NotesView.as_view(), name="notes"),
    path(NOTE, note_views.MyNoteView.as_view(), name="note"),
    path(f"{NOTE}/read", note_views.NoteReadView.as_view(), name="note-read"),
    path(f"{NOTE}/answer", note_views.NoteAnswerView.as_view(), name="note-answer"),
    path(f"{PROJECT}/bulk-acts", bulk_views.BulkActsView.as_view(), name="bulk-acts"),
    path(BULK_ACT, bulk_views.BulkActView.as_view(), name="bulk-act"),
    path(f"{BULK_ACT}/stop", bulk_views.BulkStopView.as_view(), name="bulk-act-stop"),
    path(f"{BULK_ACT}/undo", bulk_views.BulkUndoView.as_view(), name="bulk-act-undo"),
    path(
        f"{PROJECT}/relabel-proposals",
        bulk_views.RelabelProposalView.as_view(),
        name="relabel-proposals",
    ),
    path(f"{PROJECT}/relabel-plans", bulk_views.RelabelPlansView.as_view(), name="relabel-plans"),
    path(
        "relabel-plans/<uuid:plan_id>/cancel",
        bulk_views.RelabelCancelView.as_view(),
        name="relabel-plan-cancel",
    ),
    path(
        f"{PROJECT}/guidelines-use",
        guideline_views.GuidelinesUseView.as_view(),
        name="guidelines-use",
    ),
]
