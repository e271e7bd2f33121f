"""Routes of this app, and of the signed-in person."""

from django.urls import URLPattern, path

from annotation.projects.api import (
    group_views,
    invitation_views,
    people_views,
    session_views,
    views,
)

urlpatterns: list[URLPattern] = [
    path("me", people_views.MeView.as_view(), name="me"),
    path("tokens", people_views.TokensView.as_view(), name="tokens"),
    path("tokens/<uuid:token_id>", people_views.TokenView.as_view(), name="token"),
    path("me/sessions", session_views.MySessionsView.as_view(), name="my-sessions"),
    path("me/sessions/<int:session_id>", session_views.MySessionView.as_view(), name="my-session"),
    path("me/second-factor/qr", session_views.MyFactorPictureView.as_view()),
    path("people/<uuid:user_id>/access", session_views.PersonAccessView.as_view()),
    path("invitations/open", invitation_views.OpenInvitationView.as_view()),
    path("invitations/accept", invitation_views.AcceptInvitationView.as_view()),
    path("invitations/sign-up", invitation_views.SignUpView.as_view()),
    path("projects/<uuid:project_id>/invitations", invitation_views.InvitationsView.as_view()),
    path(
        "projects/<uuid:project_id>/invitations/<uuid:invitation_id>",
        invitation_views.InvitationView.as_view(),
    ),
    path(
        "projects/<uuid:project_id>/members/<uuid:user_id>/sessions",
        session_views.MemberSessionsView.as_view(),
    ),
    path("projects", views.ProjectsView.as_view(), name="projects"),
    path("projects/<uuid:project_id>", views.ProjectView.as_view(), name="project"),
    path("projects/<uuid:project_id>/members", views.MembersView.as_view(), name="members"),
    path(
        "projects/<uuid:project_id>/members/<uuid:user_id>",
        views.MemberView.as_view(),
        name="member",
    ),
    path("projects/<uuid:project_id>/groups", group_views.GroupsView.as_view(), name="groups"),
    path("groups/<uuid:group_id>", group_views.GroupView.as_view(), name="group"),
    path(
        "projects/<uuid:project_id>/labelers", group_views.LabelersView.as_view(), name="labelers"
    ),
    path(
        "projects/<uuid:project_id>/labelers/<uuid:user_id>",
        group_views.LabelerView.as_view(),
        name="labeler",
    ),
    path(
        "projects/<uuid:project_id>/guidelines", views.GuidelinesView.as_view(), name="guidelines"
    ),
    path(
        "projects/<uuid:project_id>/guidelines/latest",
        views.LatestGuidelineView.as_view(),
        name="guidelines-latest",
    ),
    path(
        "projects/<uuid:project_id>/guidelines/<int:number>/read",
        views.GuidelineReadView.as_view(),
        name="guidelines-read",
    ),
]
