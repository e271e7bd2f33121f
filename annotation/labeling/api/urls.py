"""Routes of this app."""

from django.urls import URLPattern, path

from annotation.labeling.api import (
    chat_views,
    export_views,
    item_views,
    member_views,
    report_views,
    views,
    work_views,
)

PROJECT = "projects/<uuid:project_id>"
SLOT = "slots/<uuid:slot_id>"
CONVERSATION = "conversations/<uuid:conversation_id>"

urlpatterns: list[URLPattern] = [
    path(f"{PROJECT}/claims", views.ClaimsView.as_view(), name="claims"),
    path(f"{PROJECT}/members/<uuid:user_id>/suspension", member_views.SuspensionView.as_view()),
    path(SLOT, views.SlotView.as_view(), name="slot"),
    path(f"{SLOT}/heartbeat", views.HeartbeatView.as_view(), name="heartbeat"),
    path(f"{SLOT}/draft", views.DraftView.as_view(), name="draft"),
    path(f"{SLOT}/skip", views.SkipView.as_view(), name="skip"),
    path(
        f"{SLOT}/submissions/<uuid:client_uuid>",
        views.SubmissionView.as_view(),
        name="submission",
    ),
    path("submissions/<uuid:client_uuid>", views.MyJudgmentView.as_view(), name="my-judgment"),
    path("submissions/<uuid:client_uuid>/undo", views.UndoView.as_view(), name="undo"),
    path("submissions/<uuid:client_uuid>/reopen", views.ReopenView.as_view(), name="reopen"),
    path(f"{SLOT}/reports", report_views.MakeReportView.as_view(), name="slot-reports"),
    path(f"{PROJECT}/reports", report_views.ReportsView.as_view(), name="reports"),
    path(
        "reports/<uuid:report_id>/uphold",
        report_views.UpholdReportView.as_view(),
        name="report-uphold",
    ),
    path(
        "reports/<uuid:report_id>/dismiss",
        report_views.DismissReportView.as_view(),
        name="report-dismiss",
    ),
    path(f"{PROJECT}/my-judgments", views.MyJudgmentsView.as_view(), name="my-judgments"),
    path(f"{PROJECT}/my-progress", views.MyProgressView.as_view(), name="my-progress"),
    path(f"{PROJECT}/exports/<str:filename>", export_views.ExportView.as_view(), name="export"),
    path(f"{PROJECT}/progress", work_views.ProjectProgressView.as_view(), name="project-progress"),
    path(f"{PROJECT}/assignments", work_views.AssignmentsView.as_view(), name="assignments"),
    path(f"{PROJECT}/work", work_views.ChangeWorkView.as_view(), name="work"),
    path(f"{PROJECT}/pasted-rows", work_views.PasteView.as_view(), name="pasted-rows"),
    path(f"{PROJECT}/items", item_views.ItemsView.as_view(), name="items"),
    path("items/<uuid:item_id>", item_views.ItemView.as_view(), name="item"),
    path("items/<uuid:item_id>/void", item_views.VoidItemView.as_view(), name="item-void"),
    path("items/<uuid:item_id>/reopen", item_views.ReopenItemView.as_view(), name="item-reopen"),
    path(
        "rankings/<uuid:ranking_id>/withdraw",
        item_views.WithdrawRankingView.as_view(),
        name="ranking-withdraw",
    ),
    path(
        "rankings/<uuid:ranking_id>/restore",
        item_views.RestoreRankingView.as_view(),
        name="ranking-restore",
    ),
    path("chats", chat_views.OpenChatsView.as_view(), name="chats"),
    path(f"{PROJECT}/chat", chat_views.ChatDoorView.as_view(), name="chat"),
    path(f"{PROJECT}/chat-settings", chat_views.ChatSettingsView.as_view(), name="chat-settings"),
    path(f"{PROJECT}/conversations", chat_views.ConversationsView.as_view(), name="conversations"),
    path(CONVERSATION, chat_views.ConversationView.as_view(), name="conversation"),
    path(f"{CONVERSATION}/end", chat_views.EndConversationView.as_view(), name="conversation-end"),
    path(f"{CONVERSATION}/turns", chat_views.TurnsView.as_view(), name="turns"),
    path(
        f"{CONVERSATION}/turns/<int:number>/retry",
        chat_views.AskAgainView.as_view(),
        name="turn-retry",
    ),
]
