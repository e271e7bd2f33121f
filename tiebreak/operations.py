"""Every operation of the API as a method.

Written by `python -m tiebreak.generate` from the API document; do not edit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from tiebreak.http import Download, Transport
from tiebreak.schema import (
    ActRequestRequest,
    AdjudicationRequestRequest,
    Agreement,
    AlarmDecisionRequest,
    AlarmRow,
    Assignment,
    AssignmentRow,
    AuditEntry,
    BoughtOpinionRow,
    BulkActRequestRequest,
    BulkActRow,
    BulkEffect,
    BulkRequestRequest,
    BulkUndoRequestRequest,
    Campaign,
    CampaignReport,
    CampaignRequestRequest,
    CandidateRow,
    ChatDoor,
    ChatSettingsForm,
    ChatSettingsFormRequest,
    ClaimRequestRequest,
    ControlItemRow,
    ControlResults,
    ControlRules,
    ConversationDetail,
    ConversationRow,
    DatasetDetail,
    DatasetRow,
    DatasetStarted,
    DraftAnswer,
    DraftRequestRequest,
    EndedSessions,
    Erasure,
    ErasureMark,
    ErasurePreview,
    ErasureWishRequest,
    ExplorerCount,
    ExplorerPage,
    FactorPicture,
    FailedGold,
    FillOutcome,
    FillRequestRequest,
    GoldFeedback,
    GroupRow,
    Guideline,
    GuidelinesUse,
    Health,
    HeartbeatAnswer,
    HeartbeatRequestRequest,
    ImportRequestRequest,
    InvitationRow,
    InvitationTokenRequest,
    IssuedToken,
    ItemConsensus,
    ItemDetail,
    ItemRow,
    ItemsMade,
    ItemsRequestRequest,
    Joined,
    LabelerWork,
    LatestGuideline,
    LicenceForm,
    LicenceFormRequest,
    Lineage,
    MadeInvitation,
    Me,
    Member,
    MixComparison,
    MixDraw,
    MixDrawRequestRequest,
    ModelServer,
    MyFigures,
    MyJudgment,
    MyJudgmentContent,
    MyNote,
    MyNoteRow,
    MyPractice,
    MyProgress,
    NearGroups,
    NewConversationRequest,
    NewDatasetRequest,
    NewGoldOrderRequest,
    NewGoldRequest,
    NewGroupRequest,
    NewGuidelineRequest,
    NewInvitationRequest,
    NewMemberRequest,
    NewPracticeItemRequest,
    NewProjectRequest,
    NewPromptRequest,
    NewPromptSetRequest,
    NewPushRequest,
    NewSamplingPlanRequest,
    NewSavedViewRequest,
    NewServedRequest,
    NewTokenRequest,
    NewTrialRequest,
    NewTurnRequest,
    NewUploadRequest,
    NewVersionRequest,
    NewWebhookRequest,
    NoteAnswerRequestRequest,
    NoteRow,
    OpenChat,
    OpenedInvitation,
    Overlap,
    Overview,
    PasteAnswer,
    PasteRequestRequest,
    PatchedAccessChangeRequest,
    PatchedControlItemChangeRequest,
    PatchedControlRulesChangeRequest,
    PatchedGroupChangeRequest,
    PatchedLabelerWorkChangeRequest,
    PatchedMeChangeRequest,
    PatchedMemberRolesRequest,
    PatchedOverlapChangeRequest,
    PatchedPracticeItemChangeRequest,
    PatchedProjectChangeRequest,
    PatchedPromptSetChangeRequest,
    PatchedRoundPlanStateRequest,
    PatchedRoundRunsRequest,
    PatchedRunChangeRequest,
    PatchedWebhookChangeRequest,
    PersonAccess,
    PersonFigures,
    PlanRequestRequest,
    PracticeAnswerRequestRequest,
    PracticeItemRow,
    PracticeOutcome,
    PracticeStanding,
    Preview,
    ProjectDetail,
    ProjectProgress,
    ProjectSummary,
    PromoteOutcome,
    PromoteRequestRequest,
    PromotionRequest,
    PromptActRow,
    PromptDetail,
    PromptFacets,
    PromptRow,
    PromptSetCounts,
    PromptSetDifference,
    PromptSetRow,
    PromptTextRequest,
    QualifiedRequestRequest,
    QualityStanding,
    RadarSettings,
    RadarSettingsRequestRequest,
    RelabelPlanRequestRequest,
    RelabelPlanRow,
    RelabelProposal,
    RelabelQueryRequest,
    ReliabilityEstimateRow,
    ReportReceipt,
    ReportRequestRequest,
    ReportRow,
    ReviewClaim,
    ReviewClaimRequestRequest,
    ReviewQueueRow,
    ReviewSheet,
    ReviewWaiting,
    Round,
    RoundAnswerRequestRequest,
    RoundEvent,
    RoundPlan,
    RoundPlanAnswer,
    RoundPlanRequestRequest,
    RoundRequestRequest,
    Run,
    RunEstimate,
    RunEstimateRequestRequest,
    RunEvents,
    RunFiles,
    RunIssue,
    RunLog,
    RunMetrics,
    RunPlaces,
    RunPriorityRequest,
    RunQueue,
    RunRadar,
    RunRequestRequest,
    RunSamples,
    SamplingMix,
    SamplingMixRequestRequest,
    SamplingPlanRow,
    SavedViewRow,
    SelectionCount,
    SelectionRequestRequest,
    SendTrialRequest,
    SessionRow,
    SignUpRequest,
    SkipRequestRequest,
    Snapshot,
    SubmissionReceipt,
    SubmissionRequest,
    Suspended,
    SuspensionWishRequest,
    TemplateRow,
    TemplateWordingRequest,
    Token,
    TrapsMade,
    TrapsRequestRequest,
    Trial,
    TrialRow,
    TrialSent,
    UnclearCase,
    Upload,
    Version,
    VersionCard,
    VersionImportRequest,
    VersionPushes,
    VoidRequestRequest,
    WebhookMessageRow,
    WebhookRow,
    WebhookSecret,
    WithdrawRequestRequest,
    WorkChangedAnswer,
    WorkChangeRequest,
)


class Operations:
    """What the server offers, by the names of the API document. Lists that come in pages are iterators."""

    http: Transport

    def adjudications_download(self, project_id: str) -> Download:
        """Orders given in review, in the form of rankings."""
        return self.http.download("GET", f"/projects/{project_id}/adjudications.jsonl")

    def agreement_retrieve(self, project_id: str) -> Agreement:
        """How often labelers agree: reckoned at once while that is quick, else as last computed."""
        return cast(Agreement, self.http.send("GET", f"/projects/{project_id}/agreement"))

    def assignments_list(self, project_id: str) -> list[AssignmentRow]:
        """Who labels what."""
        return cast(
            list[AssignmentRow], self.http.send("GET", f"/projects/{project_id}/assignments")
        )

    def audit_download(
        self,
        project_id: str,
        filename: Literal["audit.csv", "audit.jsonl"],
        *,
        action: str | None = None,
        actor: str | None = None,
        object_id: str | None = None,
        object_type: str | None = None,
        q: str | None = None,
        request_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Download:
        """The same as a file, streamed; taking it is an act that is recorded."""
        return self.http.download(
            "GET",
            f"/projects/{project_id}/audit/{filename}",
            query={
                "action": action,
                "actor": actor,
                "object_id": object_id,
                "object_type": object_type,
                "q": q,
                "request_id": request_id,
                "since": since,
                "until": until,
            },
        )

    def audit_list(
        self,
        project_id: str,
        *,
        action: str | None = None,
        actor: str | None = None,
        object_id: str | None = None,
        object_type: str | None = None,
        q: str | None = None,
        request_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> Iterator[AuditEntry]:
        """What was done in the project, newest first."""
        return cast(
            Iterator[AuditEntry],
            self.http.pages(
                "GET",
                f"/projects/{project_id}/audit",
                query={
                    "action": action,
                    "actor": actor,
                    "object_id": object_id,
                    "object_type": object_type,
                    "q": q,
                    "request_id": request_id,
                    "since": since,
                    "until": until,
                },
            ),
        )

    def bulk_acts_begin(self, project_id: str, body: BulkActRequestRequest) -> BulkActRow:
        """Taking out, or putting back, many judgments."""
        return cast(
            BulkActRow, self.http.send("POST", f"/projects/{project_id}/bulk-acts", body=body)
        )

    def bulk_acts_list(self, project_id: str) -> Iterator[BulkActRow]:
        """Taking out, or putting back, many judgments."""
        return cast(
            Iterator[BulkActRow], self.http.pages("GET", f"/projects/{project_id}/bulk-acts")
        )

    def bulk_acts_read(self, bulk_act_id: str) -> BulkActRow:
        """One of them, for following it."""
        return cast(BulkActRow, self.http.send("GET", f"/bulk-acts/{bulk_act_id}"))

    def bulk_acts_stop(self, bulk_act_id: str) -> BulkActRow:
        """End it where it is."""
        return cast(BulkActRow, self.http.send("POST", f"/bulk-acts/{bulk_act_id}/stop"))

    def bulk_acts_undo(self, bulk_act_id: str, body: BulkUndoRequestRequest) -> BulkActRow:
        """Reverse exactly what it changed."""
        return cast(BulkActRow, self.http.send("POST", f"/bulk-acts/{bulk_act_id}/undo", body=body))

    def bulk_effect(self, project_id: str, body: BulkRequestRequest) -> BulkEffect:
        """Count first, then act. Writes nothing."""
        return cast(
            BulkEffect, self.http.send("POST", f"/projects/{project_id}/bulk-effects", body=body)
        )

    def campaigns_begin(
        self, project_id: str, body: CampaignRequestRequest, *, idempotency_key: str | None = None
    ) -> Campaign:
        """A project's judging campaigns, newest first."""
        return cast(
            Campaign,
            self.http.send(
                "POST",
                f"/projects/{project_id}/campaigns",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def campaigns_end(self, campaign_id: str) -> Campaign:
        """Hand out no more of it; judgments stay."""
        return cast(Campaign, self.http.send("POST", f"/campaigns/{campaign_id}/end"))

    def campaigns_list(self, project_id: str) -> Iterator[Campaign]:
        """A project's judging campaigns, newest first."""
        return cast(Iterator[Campaign], self.http.pages("GET", f"/projects/{project_id}/campaigns"))

    def campaigns_report(
        self, campaign_id: str, *, base: str | None = None, tell: float | None = None
    ) -> CampaignReport:
        """What the judgments of a campaign say, reckoned now."""
        return cast(
            CampaignReport,
            self.http.send(
                "GET", f"/campaigns/{campaign_id}/report", query={"base": base, "tell": tell}
            ),
        )

    def campaigns_retrieve(self, campaign_id: str) -> Campaign:
        """What the views on one campaign share."""
        return cast(Campaign, self.http.send("GET", f"/campaigns/{campaign_id}"))

    def chat_read(self, project_id: str) -> ChatDoor:
        """Whether I may chat in this project, and how much."""
        return cast(ChatDoor, self.http.send("GET", f"/projects/{project_id}/chat"))

    def chat_settings_change(
        self, project_id: str, body: ChatSettingsFormRequest
    ) -> ChatSettingsForm:
        """Which policy labelers talk to, how replies are drawn, and how much."""
        return cast(
            ChatSettingsForm,
            self.http.send("PUT", f"/projects/{project_id}/chat-settings", body=body),
        )

    def chat_settings_read(self, project_id: str) -> ChatSettingsForm:
        """Which policy labelers talk to, how replies are drawn, and how much."""
        return cast(
            ChatSettingsForm, self.http.send("GET", f"/projects/{project_id}/chat-settings")
        )

    def chats_list(self) -> list[OpenChat]:
        """The projects in which I may chat now."""
        return cast(list[OpenChat], self.http.send("GET", "/chats"))

    def claims_create(self, project_id: str, body: ClaimRequestRequest | None = None) -> Assignment:
        """Ask for work."""
        return cast(Assignment, self.http.send("POST", f"/projects/{project_id}/claims", body=body))

    def control_items_change(
        self, control_item_id: str, body: PatchedControlItemChangeRequest | None = None
    ) -> ControlItemRow:
        """One gold item or trap."""
        return cast(
            ControlItemRow, self.http.send("PATCH", f"/control-items/{control_item_id}", body=body)
        )

    def control_items_list(
        self, project_id: str, *, kind: Literal["gold", "trap"] | None = None
    ) -> Iterator[ControlItemRow]:
        """Gold items and traps, newest first; gold can be added."""
        return cast(
            Iterator[ControlItemRow],
            self.http.pages("GET", f"/projects/{project_id}/control-items", query={"kind": kind}),
        )

    def control_results(self, project_id: str) -> ControlResults:
        """What control items tell of the project and of each labeler."""
        return cast(
            ControlResults, self.http.send("GET", f"/projects/{project_id}/control-results")
        )

    def control_settings_change(
        self, project_id: str, body: PatchedControlRulesChangeRequest | None = None
    ) -> ControlRules:
        """How much control there is."""
        return cast(
            ControlRules,
            self.http.send("PATCH", f"/projects/{project_id}/control-settings", body=body),
        )

    def control_settings_read(self, project_id: str) -> ControlRules:
        """How much control there is."""
        return cast(ControlRules, self.http.send("GET", f"/projects/{project_id}/control-settings"))

    def conversations_create(
        self, project_id: str, body: NewConversationRequest
    ) -> ConversationDetail:
        """My conversations in a project, newest first."""
        return cast(
            ConversationDetail,
            self.http.send("POST", f"/projects/{project_id}/conversations", body=body),
        )

    def conversations_end(self, conversation_id: str) -> ConversationDetail:
        """End a conversation."""
        return cast(
            ConversationDetail, self.http.send("POST", f"/conversations/{conversation_id}/end")
        )

    def conversations_list(self, project_id: str) -> Iterator[ConversationRow]:
        """My conversations in a project, newest first."""
        return cast(
            Iterator[ConversationRow],
            self.http.pages("GET", f"/projects/{project_id}/conversations"),
        )

    def conversations_retrieve(self, conversation_id: str) -> ConversationDetail:
        """One conversation with its turns; asked for again and again while replies are on their
        way.
        """
        return cast(ConversationDetail, self.http.send("GET", f"/conversations/{conversation_id}"))

    def datasets_archive(self, dataset_id: str) -> Download:
        """All files of a dataset as one tar."""
        return self.http.download("GET", f"/datasets/{dataset_id}/archive")

    def datasets_file(self, dataset_id: str, filename: str) -> Download:
        """One file of a dataset."""
        return self.http.download("GET", f"/datasets/{dataset_id}/files/{filename}")

    def datasets_list(self, project_id: str) -> Iterator[DatasetRow]:
        """The datasets of a project, newest first."""
        return cast(
            Iterator[DatasetRow], self.http.pages("GET", f"/projects/{project_id}/datasets")
        )

    def datasets_retrieve(self, dataset_id: str) -> DatasetDetail:
        """One dataset with its card."""
        return cast(DatasetDetail, self.http.send("GET", f"/datasets/{dataset_id}"))

    def datasets_start(
        self,
        project_id: str,
        body: NewDatasetRequest | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> DatasetStarted:
        """The datasets of a project, newest first."""
        return cast(
            DatasetStarted,
            self.http.send(
                "POST",
                f"/projects/{project_id}/datasets",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def drafts_update(self, slot_id: str, body: DraftRequestRequest) -> DraftAnswer:
        """The base of what is done with one slot; `GET` shows one's own again."""
        return cast(DraftAnswer, self.http.send("PUT", f"/slots/{slot_id}/draft", body=body))

    def erasure_marks_list(
        self, project_id: str, *, about: str | None = None
    ) -> Iterator[ErasureMark]:
        """What in the project was made of judgments that deletions withdrew since."""
        return cast(
            Iterator[ErasureMark],
            self.http.pages("GET", f"/projects/{project_id}/erasure-marks", query={"about": about}),
        )

    def explorer_count(
        self,
        project_id: str,
        what: Literal["demonstrations", "items", "pairs", "rankings"],
        *,
        cut: bool | None = None,
        flagged: bool | None = None,
        guideline: int | None = None,
        k: int | None = None,
        labeler: str | None = None,
        language: str | None = None,
        mode: Literal["tiers", "duel", "guided", "best_worst", "drag_list"] | None = None,
        noted: bool | None = None,
        policy_version: str | None = None,
        prompt_set: str | None = None,
        q: str | None = None,
        since: str | None = None,
        state: Literal["counted", "done", "open", "surplus", "triage", "void", "withdrawn"]
        | None = None,
        tag: str | None = None,
        ties: bool | None = None,
        until: str | None = None,
    ) -> ExplorerCount:
        """How many there are."""
        return cast(
            ExplorerCount,
            self.http.send(
                "GET",
                f"/projects/{project_id}/explorer/{what}/count",
                query={
                    "cut": cut,
                    "flagged": flagged,
                    "guideline": guideline,
                    "k": k,
                    "labeler": labeler,
                    "language": language,
                    "mode": mode,
                    "noted": noted,
                    "policy_version": policy_version,
                    "prompt_set": prompt_set,
                    "q": q,
                    "since": since,
                    "state": state,
                    "tag": tag,
                    "ties": ties,
                    "until": until,
                },
            ),
        )

    def explorer_list(
        self,
        project_id: str,
        what: Literal["demonstrations", "items", "pairs", "rankings"],
        *,
        cursor: str | None = None,
        cut: bool | None = None,
        flagged: bool | None = None,
        guideline: int | None = None,
        k: int | None = None,
        labeler: str | None = None,
        language: str | None = None,
        mode: Literal["tiers", "duel", "guided", "best_worst", "drag_list"] | None = None,
        noted: bool | None = None,
        page_size: int | None = None,
        policy_version: str | None = None,
        prompt_set: str | None = None,
        q: str | None = None,
        since: str | None = None,
        state: Literal["counted", "done", "open", "surplus", "triage", "void", "withdrawn"]
        | None = None,
        tag: str | None = None,
        ties: bool | None = None,
        until: str | None = None,
    ) -> ExplorerPage:
        """Rankings, demonstrations, items or pairs, newest first."""
        return cast(
            ExplorerPage,
            self.http.send(
                "GET",
                f"/projects/{project_id}/explorer/{what}",
                query={
                    "cursor": cursor,
                    "cut": cut,
                    "flagged": flagged,
                    "guideline": guideline,
                    "k": k,
                    "labeler": labeler,
                    "language": language,
                    "mode": mode,
                    "noted": noted,
                    "page_size": page_size,
                    "policy_version": policy_version,
                    "prompt_set": prompt_set,
                    "q": q,
                    "since": since,
                    "state": state,
                    "tag": tag,
                    "ties": ties,
                    "until": until,
                },
            ),
        )

    def exports_download(
        self,
        project_id: str,
        filename: Literal[
            "completions.jsonl",
            "completions.jsonl.gz",
            "demonstrations.jsonl",
            "demonstrations.jsonl.gz",
            "prompts.jsonl",
            "prompts.jsonl.gz",
            "rankings.jsonl",
            "rankings.jsonl.gz",
        ],
        *,
        prompt_set: str | None = None,
    ) -> Download:
        """Prompts, completions, rankings or demonstrations of a project."""
        return self.http.download(
            "GET", f"/projects/{project_id}/exports/{filename}", query={"prompt_set": prompt_set}
        )

    def failed_gold_list(self, project_id: str, *, labeler: str | None = None) -> FailedGold:
        """Answers to gold that are not as expected, newest first: for review."""
        return cast(
            FailedGold,
            self.http.send(
                "GET", f"/projects/{project_id}/failed-gold", query={"labeler": labeler}
            ),
        )

    def gold_candidates_list(
        self, project_id: str, *, agreement: float | None = None, judgments: int | None = None
    ) -> list[CandidateRow]:
        """Items on which labelers agree so well that they can become gold."""
        return cast(
            list[CandidateRow],
            self.http.send(
                "GET",
                f"/projects/{project_id}/gold-candidates",
                query={"agreement": agreement, "judgments": judgments},
            ),
        )

    def gold_candidates_promote(
        self, project_id: str, body: PromoteRequestRequest
    ) -> PromoteOutcome:
        """Items on which labelers agree so well that they can become gold."""
        return cast(
            PromoteOutcome,
            self.http.send("POST", f"/projects/{project_id}/gold-candidates", body=body),
        )

    def gold_create(self, project_id: str, body: NewGoldRequest) -> ControlItemRow:
        """Gold items and traps, newest first; gold can be added."""
        return cast(
            ControlItemRow,
            self.http.send("POST", f"/projects/{project_id}/control-items", body=body),
        )

    def gold_orders_create(self, control_item_id: str, body: NewGoldOrderRequest) -> ControlItemRow:
        """Another expected order; all answers are scored by the newest."""
        return cast(
            ControlItemRow,
            self.http.send("POST", f"/control-items/{control_item_id}/orders", body=body),
        )

    def groups_change(
        self, group_id: str, body: PatchedGroupChangeRequest | None = None
    ) -> GroupRow:
        """One group."""
        return cast(GroupRow, self.http.send("PATCH", f"/groups/{group_id}", body=body))

    def groups_create(self, project_id: str, body: NewGroupRequest) -> GroupRow:
        """The groups of a project with their members, by name."""
        return cast(GroupRow, self.http.send("POST", f"/projects/{project_id}/groups", body=body))

    def groups_delete(self, group_id: str) -> None:
        """One group."""
        self.http.send("DELETE", f"/groups/{group_id}")

    def groups_list(self, project_id: str) -> list[GroupRow]:
        """The groups of a project with their members, by name."""
        return cast(list[GroupRow], self.http.send("GET", f"/projects/{project_id}/groups"))

    def guidelines_latest(self, project_id: str) -> LatestGuideline:
        """The instructions that hold now."""
        return cast(
            LatestGuideline, self.http.send("GET", f"/projects/{project_id}/guidelines/latest")
        )

    def guidelines_list(self, project_id: str) -> Iterator[Guideline]:
        """All versions of the instructions, newest first."""
        return cast(
            Iterator[Guideline], self.http.pages("GET", f"/projects/{project_id}/guidelines")
        )

    def guidelines_mark_read(self, project_id: str, number: int) -> None:
        """I have read this version."""
        self.http.send("POST", f"/projects/{project_id}/guidelines/{number}/read")

    def guidelines_publish(self, project_id: str, body: NewGuidelineRequest) -> Guideline:
        """All versions of the instructions, newest first."""
        return cast(
            Guideline, self.http.send("POST", f"/projects/{project_id}/guidelines", body=body)
        )

    def guidelines_use(self, project_id: str) -> GuidelinesUse:
        """Who read which version, and what was judged under it."""
        return cast(GuidelinesUse, self.http.send("GET", f"/projects/{project_id}/guidelines-use"))

    def health_read(self, project_id: str) -> Health:
        """Queues, leases, workers, disk, database, and what waits."""
        return cast(Health, self.http.send("GET", f"/projects/{project_id}/health"))

    def imports_create(
        self,
        project_id: str,
        data: bytes,
        *,
        kind: Literal["completions", "demonstrations", "prompts", "rankings"],
        filename: str | None = None,
        prompt_set: str | None = None,
        prompt_set_name: str | None = None,
        purpose: Literal["evaluation", "reward", "rl", "sft"] | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Prompts, completions, rankings or demonstrations as JSONL, plain or gzip."""
        return cast(
            Run,
            self.http.send(
                "POST",
                f"/projects/{project_id}/imports",
                data=data,
                content_type="application/octet-stream",
                query={
                    "filename": filename,
                    "kind": kind,
                    "prompt_set": prompt_set,
                    "prompt_set_name": prompt_set_name,
                    "purpose": purpose,
                },
                key=idempotency_key,
                has_key=True,
            ),
        )

    def invitations_accept(self, body: InvitationTokenRequest) -> Joined:
        """I join."""
        return cast(Joined, self.http.send("POST", "/invitations/accept", body=body))

    def invitations_list(self, project_id: str) -> Iterator[InvitationRow]:
        """The links of a project, newest first."""
        return cast(
            Iterator[InvitationRow], self.http.pages("GET", f"/projects/{project_id}/invitations")
        )

    def invitations_make(self, project_id: str, body: NewInvitationRequest) -> MadeInvitation:
        """The links of a project, newest first."""
        return cast(
            MadeInvitation, self.http.send("POST", f"/projects/{project_id}/invitations", body=body)
        )

    def invitations_open(self, body: InvitationTokenRequest) -> OpenedInvitation:
        """What is behind a link. The token comes in the body, so that it stands in no log."""
        return cast(OpenedInvitation, self.http.send("POST", "/invitations/open", body=body))

    def invitations_revoke(self, project_id: str, invitation_id: str) -> None:
        """One link."""
        self.http.send("DELETE", f"/projects/{project_id}/invitations/{invitation_id}")

    def invitations_sign_up(self, body: SignUpRequest) -> Joined:
        """An account for whoever holds the link; signing in comes after it, as for everybody."""
        return cast(Joined, self.http.send("POST", "/invitations/sign-up", body=body))

    def items_consensus(self, item_id: str) -> ItemConsensus:
        """What the labelers of an item hold together, with its doubts."""
        return cast(ItemConsensus, self.http.send("GET", f"/items/{item_id}/consensus"))

    def items_create(self, project_id: str, body: ItemsRequestRequest) -> ItemsMade:
        """The items of a project."""
        return cast(ItemsMade, self.http.send("POST", f"/projects/{project_id}/items", body=body))

    def items_list(
        self,
        project_id: str,
        *,
        adjudicated: bool | None = None,
        disagreement: bool | None = None,
        kind: Literal["ranking", "demonstration", "duel"] | None = None,
        labeler: str | None = None,
        prompt_set: str | None = None,
        state: Literal["open", "done", "triage", "void"] | None = None,
    ) -> Iterator[ItemRow]:
        """The items of a project."""
        return cast(
            Iterator[ItemRow],
            self.http.pages(
                "GET",
                f"/projects/{project_id}/items",
                query={
                    "adjudicated": adjudicated,
                    "disagreement": disagreement,
                    "kind": kind,
                    "labeler": labeler,
                    "prompt_set": prompt_set,
                    "state": state,
                },
            ),
        )

    def items_reopen(self, item_id: str) -> ItemDetail:
        """Put an item back into circulation, from triage or from the void."""
        return cast(ItemDetail, self.http.send("POST", f"/items/{item_id}/reopen"))

    def items_retrieve(self, item_id: str) -> ItemDetail:
        """One item with everything about it."""
        return cast(ItemDetail, self.http.send("GET", f"/items/{item_id}"))

    def items_void(self, item_id: str, body: VoidRequestRequest | None = None) -> ItemDetail:
        """Take an item out of circulation."""
        return cast(ItemDetail, self.http.send("POST", f"/items/{item_id}/void", body=body))

    def judgments_retrieve(self, judgment_id: str) -> dict[str, Any]:
        """One judgment with everything as it is stored."""
        return cast(dict[str, Any], self.http.send("GET", f"/judgments/{judgment_id}"))

    def labelers_change(
        self, project_id: str, user_id: str, body: PatchedLabelerWorkChangeRequest | None = None
    ) -> LabelerWork:
        """What one labeler may be given."""
        return cast(
            LabelerWork,
            self.http.send("PATCH", f"/projects/{project_id}/labelers/{user_id}", body=body),
        )

    def labelers_list(self, project_id: str) -> list[LabelerWork]:
        """The labelers of a project with what they may be given."""
        return cast(list[LabelerWork], self.http.send("GET", f"/projects/{project_id}/labelers"))

    def licence_retrieve(self, project_id: str) -> LicenceForm:
        """Under which terms the project's data goes out."""
        return cast(LicenceForm, self.http.send("GET", f"/projects/{project_id}/licence"))

    def licence_set(self, project_id: str, body: LicenceFormRequest) -> LicenceForm:
        """Under which terms the project's data goes out."""
        return cast(
            LicenceForm, self.http.send("PUT", f"/projects/{project_id}/licence", body=body)
        )

    def lineage_retrieve(self, project_id: str) -> Lineage:
        """What came from what in a project."""
        return cast(Lineage, self.http.send("GET", f"/projects/{project_id}/lineage"))

    def me_change(self, body: PatchedMeChangeRequest | None = None) -> Me:
        """Who am I, and where do I work?"""
        return cast(Me, self.http.send("PATCH", "/me", body=body))

    def me_read(self) -> Me:
        """Who am I, and where do I work?"""
        return cast(Me, self.http.send("GET", "/me"))

    def members_add(self, project_id: str, body: NewMemberRequest) -> Member:
        """Who works in the project."""
        return cast(Member, self.http.send("POST", f"/projects/{project_id}/members", body=body))

    def members_change(
        self, project_id: str, user_id: str, body: PatchedMemberRolesRequest | None = None
    ) -> Member:
        """One member."""
        return cast(
            Member, self.http.send("PATCH", f"/projects/{project_id}/members/{user_id}", body=body)
        )

    def members_figures(self, project_id: str, user_id: str) -> PersonFigures:
        """A member, or somebody who judged here."""
        return cast(
            PersonFigures,
            self.http.send("GET", f"/projects/{project_id}/members/{user_id}/figures"),
        )

    def members_list(self, project_id: str) -> Iterator[Member]:
        """Who works in the project."""
        return cast(Iterator[Member], self.http.pages("GET", f"/projects/{project_id}/members"))

    def members_remove(self, project_id: str, user_id: str) -> None:
        """One member."""
        self.http.send("DELETE", f"/projects/{project_id}/members/{user_id}")

    def members_sign_out(self, project_id: str, user_id: str) -> EndedSessions:
        """Sign a member out everywhere: a lost device, a shared password."""
        return cast(
            EndedSessions,
            self.http.send("DELETE", f"/projects/{project_id}/members/{user_id}/sessions"),
        )

    def members_suspend(
        self, project_id: str, user_id: str, body: SuspensionWishRequest | None = None
    ) -> Suspended:
        """A member at rest: gets nothing new, keeps what they did, may still sign in."""
        return cast(
            Suspended,
            self.http.send(
                "PUT", f"/projects/{project_id}/members/{user_id}/suspension", body=body
            ),
        )

    def members_unsuspend(self, project_id: str, user_id: str) -> None:
        """A member at rest: gets nothing new, keeps what they did, may still sign in."""
        self.http.send("DELETE", f"/projects/{project_id}/members/{user_id}/suspension")

    def mix_comparison_retrieve(self, mix_id: str) -> MixComparison:
        """Who wins inside the items of a mix; for those who may know which policy wrote what."""
        return cast(MixComparison, self.http.send("GET", f"/sampling-mixes/{mix_id}/comparison"))

    def mix_draws_create(
        self, mix_id: str, body: MixDrawRequestRequest, *, idempotency_key: str | None = None
    ) -> MixDraw:
        """The draws of a mix, newest first."""
        return cast(
            MixDraw,
            self.http.send(
                "POST",
                f"/sampling-mixes/{mix_id}/draws",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def mix_draws_list(self, mix_id: str) -> Iterator[MixDraw]:
        """The draws of a mix, newest first."""
        return cast(Iterator[MixDraw], self.http.pages("GET", f"/sampling-mixes/{mix_id}/draws"))

    def mix_draws_make_items(self, draw_id: str) -> MixDraw:
        """Wait for failed parts no longer."""
        return cast(MixDraw, self.http.send("POST", f"/mix-draws/{draw_id}/make-items"))

    def mix_draws_retry(self, draw_id: str) -> MixDraw:
        """What the views on one draw share."""
        return cast(MixDraw, self.http.send("POST", f"/mix-draws/{draw_id}/retry"))

    def model_servers_list(self, project_id: str) -> list[ModelServer]:
        """The servers that this deployment names."""
        return cast(
            list[ModelServer], self.http.send("GET", f"/projects/{project_id}/model-servers")
        )

    def my_figures(self, project_id: str) -> MyFigures:
        """Myself."""
        return cast(MyFigures, self.http.send("GET", f"/projects/{project_id}/my-figures"))

    def my_judgments_list(
        self,
        project_id: str,
        *,
        kind: Literal["demonstration", "ranking"] | None = None,
        state: Literal["counted", "surplus", "withdrawn"] | None = None,
    ) -> Iterator[MyJudgment]:
        """One's own judgments, newest first."""
        return cast(
            Iterator[MyJudgment],
            self.http.pages(
                "GET", f"/projects/{project_id}/my-judgments", query={"kind": kind, "state": state}
            ),
        )

    def my_note(self, note_id: str) -> MyNote:
        """One note, with the work it is about."""
        return cast(MyNote, self.http.send("GET", f"/notes/{note_id}"))

    def my_note_answer(self, note_id: str, body: NoteAnswerRequestRequest) -> MyNote:
        """Reply to it once, or dispute it."""
        return cast(MyNote, self.http.send("PUT", f"/notes/{note_id}/answer", body=body))

    def my_note_read(self, note_id: str) -> None:
        """I have read it."""
        self.http.send("POST", f"/notes/{note_id}/read")

    def my_notes(self, project_id: str) -> Iterator[MyNoteRow]:
        """What I was told about my work, newest first."""
        return cast(Iterator[MyNoteRow], self.http.pages("GET", f"/projects/{project_id}/my-notes"))

    def my_progress_retrieve(self, project_id: str, *, tz: str | None = None) -> MyProgress:
        """One's own pace."""
        return cast(
            MyProgress,
            self.http.send("GET", f"/projects/{project_id}/my-progress", query={"tz": tz}),
        )

    def my_second_factor_qr(self) -> FactorPicture:
        """The secret that is being set up in this session, as a picture for the authenticator app."""
        return cast(FactorPicture, self.http.send("GET", "/me/second-factor/qr"))

    def my_sessions_end(self, session_id: int) -> None:
        """One place where I am signed in."""
        self.http.send("DELETE", f"/me/sessions/{session_id}")

    def my_sessions_end_others(self) -> EndedSessions:
        """Where I am signed in; ending all but this one."""
        return cast(EndedSessions, self.http.send("DELETE", "/me/sessions"))

    def my_sessions_list(self) -> list[SessionRow]:
        """Where I am signed in; ending all but this one."""
        return cast(list[SessionRow], self.http.send("GET", "/me/sessions"))

    def near_groups_list(
        self,
        project_id: str,
        *,
        across: bool | None = None,
        after: str | None = None,
        at_least: float | None = None,
        prompt_set: str | None = None,
    ) -> NearGroups:
        """Groups of prompts of the project that are nearly the same."""
        return cast(
            NearGroups,
            self.http.send(
                "GET",
                f"/projects/{project_id}/near-duplicates",
                query={
                    "across": across,
                    "after": after,
                    "at_least": at_least,
                    "prompt_set": prompt_set,
                },
            ),
        )

    def opinions_list(
        self,
        project_id: str,
        *,
        item: str | None = None,
        reason: Literal["audit", "close", "disagreement", "unreliable"] | None = None,
    ) -> Iterator[BoughtOpinionRow]:
        """The further opinions of a project, newest first."""
        return cast(
            Iterator[BoughtOpinionRow],
            self.http.pages(
                "GET", f"/projects/{project_id}/opinions", query={"item": item, "reason": reason}
            ),
        )

    def overlap_change(
        self, project_id: str, body: PatchedOverlapChangeRequest | None = None
    ) -> Overlap:
        """How many opinions do items get?"""
        return cast(Overlap, self.http.send("PATCH", f"/projects/{project_id}/overlap", body=body))

    def overlap_read(self, project_id: str) -> Overlap:
        """How many opinions do items get?"""
        return cast(Overlap, self.http.send("GET", f"/projects/{project_id}/overlap"))

    def people_access(
        self, user_id: str, body: PatchedAccessChangeRequest | None = None
    ) -> PersonAccess:
        """Staff end a person's access to everything, or give it back."""
        return cast(PersonAccess, self.http.send("PATCH", f"/people/{user_id}/access", body=body))

    def people_erase(self, user_id: str, body: ErasureWishRequest) -> Erasure:
        """Deleting a person for good."""
        return cast(Erasure, self.http.send("POST", f"/people/{user_id}/erasure", body=body))

    def people_erasure_preview(self, user_id: str) -> ErasurePreview:
        """Deleting a person for good."""
        return cast(ErasurePreview, self.http.send("GET", f"/people/{user_id}/erasure"))

    def practice_answer(
        self, practice_item_id: str, client_uuid: str, body: PracticeAnswerRequestRequest
    ) -> PracticeOutcome:
        """Answer a practice item; sending it again changes nothing."""
        return cast(
            PracticeOutcome,
            self.http.send(
                "PUT", f"/practice-items/{practice_item_id}/answers/{client_uuid}", body=body
            ),
        )

    def practice_items_change(
        self, practice_item_id: str, body: PatchedPracticeItemChangeRequest | None = None
    ) -> PracticeItemRow:
        """One practice item."""
        return cast(
            PracticeItemRow,
            self.http.send("PATCH", f"/practice-items/{practice_item_id}", body=body),
        )

    def practice_items_create(
        self, project_id: str, body: NewPracticeItemRequest
    ) -> PracticeItemRow:
        """All practice items of the project, also retired ones."""
        return cast(
            PracticeItemRow,
            self.http.send("POST", f"/projects/{project_id}/practice-items", body=body),
        )

    def practice_items_list(self, project_id: str) -> list[PracticeItemRow]:
        """All practice items of the project, also retired ones."""
        return cast(
            list[PracticeItemRow], self.http.send("GET", f"/projects/{project_id}/practice-items")
        )

    def practice_read(self, project_id: str) -> MyPractice:
        """What there is to practise, and how I stand."""
        return cast(MyPractice, self.http.send("GET", f"/projects/{project_id}/practice"))

    def practice_set_qualified(
        self, project_id: str, user_id: str, body: QualifiedRequestRequest
    ) -> None:
        """Let a labeler begin without the round, or ask for it (again)."""
        self.http.send("PUT", f"/projects/{project_id}/practice-standings/{user_id}", body=body)

    def practice_standings(self, project_id: str) -> list[PracticeStanding]:
        """How the labelers of the project stand."""
        return cast(
            list[PracticeStanding],
            self.http.send("GET", f"/projects/{project_id}/practice-standings"),
        )

    def projects_change(
        self, project_id: str, body: PatchedProjectChangeRequest | None = None
    ) -> ProjectDetail:
        """One project; labelers see what labeling needs."""
        return cast(ProjectDetail, self.http.send("PATCH", f"/projects/{project_id}", body=body))

    def projects_create(self, body: NewProjectRequest) -> ProjectDetail:
        """The projects I belong to; staff start new ones."""
        return cast(ProjectDetail, self.http.send("POST", "/projects", body=body))

    def projects_list(self) -> list[ProjectSummary]:
        """The projects I belong to; staff start new ones."""
        return cast(list[ProjectSummary], self.http.send("GET", "/projects"))

    def projects_overview(self, project_id: str) -> Overview:
        """How far is the project?"""
        return cast(Overview, self.http.send("GET", f"/projects/{project_id}/overview"))

    def projects_progress(self, project_id: str) -> ProjectProgress:
        """How far is the project, and when will it be done?"""
        return cast(ProjectProgress, self.http.send("GET", f"/projects/{project_id}/progress"))

    def projects_read(self, project_id: str) -> ProjectDetail:
        """One project; labelers see what labeling needs."""
        return cast(ProjectDetail, self.http.send("GET", f"/projects/{project_id}"))

    def prompt_acts_create(self, project_id: str, body: ActRequestRequest) -> PromptActRow:
        """Retire, restore, tag or untag prompts; sending it again changes nothing."""
        return cast(
            PromptActRow, self.http.send("POST", f"/projects/{project_id}/prompt-acts", body=body)
        )

    def prompt_acts_list(self, project_id: str) -> Iterator[PromptActRow]:
        """What was done to prompts of the project, the latest first."""
        return cast(
            Iterator[PromptActRow], self.http.pages("GET", f"/projects/{project_id}/prompt-acts")
        )

    def prompt_acts_undo(self, prompt_act_id: str, client_uuid: str) -> PromptActRow:
        """Undo an act; doing it twice changes nothing more."""
        return cast(
            PromptActRow, self.http.send("PUT", f"/prompt-acts/{prompt_act_id}/undo/{client_uuid}")
        )

    def prompt_sets_change(
        self, prompt_set_id: str, body: PatchedPromptSetChangeRequest | None = None
    ) -> PromptSetRow:
        """One prompt set."""
        return cast(
            PromptSetRow, self.http.send("PATCH", f"/prompt-sets/{prompt_set_id}", body=body)
        )

    def prompt_sets_changes(
        self, prompt_set_id: str, *, against: str | None = None
    ) -> PromptSetDifference:
        """What a version has that an older one has not."""
        return cast(
            PromptSetDifference,
            self.http.send(
                "GET", f"/prompt-sets/{prompt_set_id}/changes", query={"against": against}
            ),
        )

    def prompt_sets_counts(self, project_id: str) -> list[PromptSetCounts]:
        """How much is in each prompt set of the project."""
        return cast(
            list[PromptSetCounts],
            self.http.send("GET", f"/projects/{project_id}/prompt-set-counts"),
        )

    def prompt_sets_create(self, project_id: str, body: NewPromptSetRequest) -> PromptSetRow:
        """The prompt sets of a project."""
        return cast(
            PromptSetRow, self.http.send("POST", f"/projects/{project_id}/prompt-sets", body=body)
        )

    def prompt_sets_list(self, project_id: str) -> Iterator[PromptSetRow]:
        """The prompt sets of a project."""
        return cast(
            Iterator[PromptSetRow], self.http.pages("GET", f"/projects/{project_id}/prompt-sets")
        )

    def prompt_sets_new_version(
        self, prompt_set_id: str, body: NewVersionRequest | None = None
    ) -> PromptSetRow:
        """The next version of a set."""
        return cast(
            PromptSetRow,
            self.http.send("POST", f"/prompt-sets/{prompt_set_id}/versions", body=body),
        )

    def prompt_sets_read(self, prompt_set_id: str) -> PromptSetRow:
        """One prompt set."""
        return cast(PromptSetRow, self.http.send("GET", f"/prompt-sets/{prompt_set_id}"))

    def prompt_templates_fill(self, template_id: str, body: FillRequestRequest) -> FillOutcome:
        """Make the prompts; making them again adds nothing."""
        return cast(
            FillOutcome,
            self.http.send("POST", f"/prompt-templates/{template_id}/prompts", body=body),
        )

    def prompt_templates_list(self, project_id: str) -> Iterator[TemplateRow]:
        """The prompt templates of a project."""
        return cast(
            Iterator[TemplateRow],
            self.http.pages("GET", f"/projects/{project_id}/prompt-templates"),
        )

    def prompt_templates_preview(self, template_id: str, body: FillRequestRequest) -> FillOutcome:
        """The prompts that rows would make; nothing is stored."""
        return cast(
            FillOutcome,
            self.http.send("POST", f"/prompt-templates/{template_id}/preview", body=body),
        )

    def prompt_templates_save(self, project_id: str, body: TemplateWordingRequest) -> TemplateRow:
        """The prompt templates of a project."""
        return cast(
            TemplateRow,
            self.http.send("POST", f"/projects/{project_id}/prompt-templates", body=body),
        )

    def prompts_count(
        self,
        prompt_set_id: str,
        *,
        completions: bool | None = None,
        items: bool | None = None,
        judged: bool | None = None,
        kind: Literal["restore", "retire", "tag", "untag"] | None = None,
        language: str | None = None,
        near: bool | None = None,
        search: str | None = None,
        source: str | None = None,
        split: Literal["train", "validation"] | None = None,
        state: Literal["standing", "retired", "any"] | None = None,
        tag: str | None = None,
    ) -> SelectionCount:
        """How many prompts of a set fit, and what an act would change of them. Writes nothing."""
        return cast(
            SelectionCount,
            self.http.send(
                "GET",
                f"/prompt-sets/{prompt_set_id}/prompt-count",
                query={
                    "completions": completions,
                    "items": items,
                    "judged": judged,
                    "kind": kind,
                    "language": language,
                    "near": near,
                    "search": search,
                    "source": source,
                    "split": split,
                    "state": state,
                    "tag": tag,
                },
            ),
        )

    def prompts_count_ticked(
        self, prompt_set_id: str, body: SelectionRequestRequest
    ) -> SelectionCount:
        """How many prompts of a set fit, and what an act would change of them. Writes nothing."""
        return cast(
            SelectionCount,
            self.http.send("POST", f"/prompt-sets/{prompt_set_id}/prompt-count", body=body),
        )

    def prompts_create(self, prompt_set_id: str, body: NewPromptRequest | None = None) -> PromptRow:
        """The prompts of a set."""
        return cast(
            PromptRow, self.http.send("POST", f"/prompt-sets/{prompt_set_id}/prompts", body=body)
        )

    def prompts_edit(
        self, prompt_id: str, client_uuid: str, body: PromptTextRequest | None = None
    ) -> PromptDetail:
        """Supersede a prompt by another wording; sending it again changes nothing."""
        return cast(
            PromptDetail,
            self.http.send("PUT", f"/prompts/{prompt_id}/edits/{client_uuid}", body=body),
        )

    def prompts_facets(self, prompt_set_id: str) -> PromptFacets:
        """What the prompts of a set can be filtered by."""
        return cast(PromptFacets, self.http.send("GET", f"/prompt-sets/{prompt_set_id}/facets"))

    def prompts_list(
        self,
        prompt_set_id: str,
        *,
        completions: bool | None = None,
        items: bool | None = None,
        judged: bool | None = None,
        language: str | None = None,
        near: bool | None = None,
        search: str | None = None,
        source: str | None = None,
        split: Literal["train", "validation"] | None = None,
        state: Literal["standing", "retired", "any"] | None = None,
        tag: str | None = None,
    ) -> Iterator[PromptRow]:
        """The prompts of a set."""
        return cast(
            Iterator[PromptRow],
            self.http.pages(
                "GET",
                f"/prompt-sets/{prompt_set_id}/prompts",
                query={
                    "completions": completions,
                    "items": items,
                    "judged": judged,
                    "language": language,
                    "near": near,
                    "search": search,
                    "source": source,
                    "split": split,
                    "state": state,
                    "tag": tag,
                },
            ),
        )

    def prompts_read(self, prompt_id: str) -> PromptDetail:
        """One prompt with its completions, items, history and near-duplicates."""
        return cast(PromptDetail, self.http.send("GET", f"/prompts/{prompt_id}"))

    def quality_alarms_decide(self, alarm_id: str, body: AlarmDecisionRequest) -> AlarmRow:
        """Look after an alarm, or say that it is dealt with."""
        return cast(AlarmRow, self.http.send("POST", f"/quality-alarms/{alarm_id}", body=body))

    def quality_alarms_list(
        self, project_id: str, *, state: Literal["acknowledged", "new", "resolved"] | None = None
    ) -> Iterator[AlarmRow]:
        """Alarms of the project, newest first."""
        return cast(
            Iterator[AlarmRow],
            self.http.pages(
                "GET", f"/projects/{project_id}/quality-alarms", query={"state": state}
            ),
        )

    def quality_compute(self, project_id: str) -> QualityStanding:
        """Can the data be trusted? Everything here was computed before."""
        return cast(QualityStanding, self.http.send("POST", f"/projects/{project_id}/quality"))

    def quality_retrieve(self, project_id: str) -> QualityStanding:
        """Can the data be trusted? Everything here was computed before."""
        return cast(QualityStanding, self.http.send("GET", f"/projects/{project_id}/quality"))

    def radar_settings_retrieve(self, project_id: str) -> RadarSettings:
        """Whether and how the project looks for outputs of policies in training that look too
        good.
        """
        return cast(RadarSettings, self.http.send("GET", f"/projects/{project_id}/radar"))

    def radar_settings_save(
        self, project_id: str, body: RadarSettingsRequestRequest
    ) -> RadarSettings:
        """Whether and how the project looks for outputs of policies in training that look too
        good.
        """
        return cast(
            RadarSettings, self.http.send("PUT", f"/projects/{project_id}/radar", body=body)
        )

    def rankings_restore(self, ranking_id: str, body: WithdrawRequestRequest) -> ItemDetail:
        """Put back what review took out; surplus where its slot was filled meanwhile."""
        return cast(
            ItemDetail, self.http.send("POST", f"/rankings/{ranking_id}/restore", body=body)
        )

    def rankings_withdraw(self, ranking_id: str, body: WithdrawRequestRequest) -> ItemDetail:
        """Take a ranking out by review."""
        return cast(
            ItemDetail, self.http.send("POST", f"/rankings/{ranking_id}/withdraw", body=body)
        )

    def relabel_plans_begin(
        self, project_id: str, body: RelabelPlanRequestRequest
    ) -> RelabelPlanRow:
        """Plans to have judgments made anew."""
        return cast(
            RelabelPlanRow,
            self.http.send("POST", f"/projects/{project_id}/relabel-plans", body=body),
        )

    def relabel_plans_cancel(self, plan_id: str) -> RelabelPlanRow:
        """Hand out no more of a plan."""
        return cast(RelabelPlanRow, self.http.send("POST", f"/relabel-plans/{plan_id}/cancel"))

    def relabel_plans_list(self, project_id: str) -> Iterator[RelabelPlanRow]:
        """Plans to have judgments made anew."""
        return cast(
            Iterator[RelabelPlanRow],
            self.http.pages("GET", f"/projects/{project_id}/relabel-plans"),
        )

    def relabel_propose(self, project_id: str, body: RelabelQueryRequest) -> RelabelProposal:
        """Which judgments a change of the guidelines may have changed. Writes nothing."""
        return cast(
            RelabelProposal,
            self.http.send("POST", f"/projects/{project_id}/relabel-proposals", body=body),
        )

    def reliability_estimates_list(self, project_id: str) -> Iterator[ReliabilityEstimateRow]:
        """Estimates of the labelers' reliability, newest first."""
        return cast(
            Iterator[ReliabilityEstimateRow],
            self.http.pages("GET", f"/projects/{project_id}/reliability-estimates"),
        )

    def reports_dismiss(self, report_id: str) -> ReportRow:
        """It goes back into circulation."""
        return cast(ReportRow, self.http.send("POST", f"/reports/{report_id}/dismiss"))

    def reports_list(
        self, project_id: str, *, state: Literal["dismissed", "open", "upheld"] | None = None
    ) -> Iterator[ReportRow]:
        """What labelers reported, newest first."""
        return cast(
            Iterator[ReportRow],
            self.http.pages("GET", f"/projects/{project_id}/reports", query={"state": state}),
        )

    def reports_uphold(self, report_id: str) -> ReportRow:
        """It stays out of circulation."""
        return cast(ReportRow, self.http.send("POST", f"/reports/{report_id}/uphold"))

    def review_adjudicate(
        self, item_id: str, client_uuid: str, body: AdjudicationRequestRequest
    ) -> ReviewSheet:
        """Decide about an item; sending it again changes nothing."""
        return cast(
            ReviewSheet,
            self.http.send("PUT", f"/items/{item_id}/adjudications/{client_uuid}", body=body),
        )

    def review_claim(
        self, project_id: str, body: ReviewClaimRequestRequest | None = None
    ) -> ReviewClaim:
        """Take an item for review, so that no two people do the same."""
        return cast(
            ReviewClaim, self.http.send("POST", f"/projects/{project_id}/review-claims", body=body)
        )

    def review_let_go(self, item_id: str) -> None:
        """Turn to something else; somebody else may take the item."""
        self.http.send("POST", f"/items/{item_id}/review/let-go")

    def review_notes(
        self, project_id: str, *, answer: Literal["dispute", "reply"] | None = None
    ) -> Iterator[NoteRow]:
        """What labelers were told, and what they answered."""
        return cast(
            Iterator[NoteRow],
            self.http.pages("GET", f"/projects/{project_id}/notes", query={"answer": answer}),
        )

    def review_queue(
        self,
        project_id: str,
        *,
        guideline: int | None = None,
        labeler: str | None = None,
        language: str | None = None,
        prompt_set: str | None = None,
        reason: Literal["order", "cut", "flags", "cannot_judge", "reported", "skipped", "fast"]
        | None = None,
        since: str | None = None,
        state: Literal["open", "decided"] | None = None,
        tag: str | None = None,
        until: str | None = None,
    ) -> Iterator[ReviewQueueRow]:
        """Items on which people disagree, or of which something is odd; the most telling first."""
        return cast(
            Iterator[ReviewQueueRow],
            self.http.pages(
                "GET",
                f"/projects/{project_id}/review-queue",
                query={
                    "guideline": guideline,
                    "labeler": labeler,
                    "language": language,
                    "prompt_set": prompt_set,
                    "reason": reason,
                    "since": since,
                    "state": state,
                    "tag": tag,
                    "until": until,
                },
            ),
        )

    def review_sheet(self, item_id: str) -> ReviewSheet:
        """One item with every judgment of it; names are hidden until one has decided."""
        return cast(ReviewSheet, self.http.send("GET", f"/items/{item_id}/review"))

    def review_show_names(self, item_id: str) -> ReviewSheet:
        """Show who judged before deciding; that somebody asked is kept."""
        return cast(ReviewSheet, self.http.send("POST", f"/items/{item_id}/review/names"))

    def review_unclear_cases(self, project_id: str) -> Iterator[UnclearCase]:
        """Items for which the guidelines said nothing, newest first."""
        return cast(
            Iterator[UnclearCase], self.http.pages("GET", f"/projects/{project_id}/unclear-cases")
        )

    def review_waiting(self, project_id: str) -> ReviewWaiting:
        """What waits for the caller to review, in numbers."""
        return cast(ReviewWaiting, self.http.send("GET", f"/projects/{project_id}/review-waiting"))

    def round_events_list(self, round_id: str) -> Iterator[RoundEvent]:
        """What the views on one round share."""
        return cast(Iterator[RoundEvent], self.http.pages("GET", f"/rounds/{round_id}/events"))

    def round_plan_move(
        self, project_id: str, body: PatchedRoundPlanStateRequest | None = None
    ) -> RoundPlan:
        """How the project goes from round to round by itself."""
        return cast(
            RoundPlan, self.http.send("PATCH", f"/projects/{project_id}/round-plan", body=body)
        )

    def round_plan_retrieve(self, project_id: str) -> RoundPlanAnswer:
        """How the project goes from round to round by itself."""
        return cast(RoundPlanAnswer, self.http.send("GET", f"/projects/{project_id}/round-plan"))

    def round_plan_save(self, project_id: str, body: RoundPlanRequestRequest) -> RoundPlan:
        """How the project goes from round to round by itself."""
        return cast(
            RoundPlan, self.http.send("PUT", f"/projects/{project_id}/round-plan", body=body)
        )

    def rounds_answer(self, round_id: str, body: RoundAnswerRequestRequest) -> Round:
        """Decide for an automatic round: go on all the same, do a step again, or close it."""
        return cast(Round, self.http.send("POST", f"/rounds/{round_id}/answer", body=body))

    def rounds_close(self, round_id: str) -> Round:
        """Close a round that is run by hand."""
        return cast(Round, self.http.send("POST", f"/rounds/{round_id}/close"))

    def rounds_create(self, project_id: str, body: RoundRequestRequest) -> Round:
        """The turns of the loop, newest first."""
        return cast(Round, self.http.send("POST", f"/projects/{project_id}/rounds", body=body))

    def rounds_list(self, project_id: str) -> Iterator[Round]:
        """The turns of the loop, newest first."""
        return cast(Iterator[Round], self.http.pages("GET", f"/projects/{project_id}/rounds"))

    def rounds_retrieve(self, round_id: str) -> Round:
        """What the views on one round share."""
        return cast(Round, self.http.send("GET", f"/rounds/{round_id}"))

    def rounds_update(self, round_id: str, body: PatchedRoundRunsRequest | None = None) -> Round:
        """What the views on one round share."""
        return cast(Round, self.http.send("PATCH", f"/rounds/{round_id}", body=body))

    def rows_paste(self, project_id: str, body: PasteRequestRequest) -> PasteAnswer:
        """A few prompts, with answers, become items at once; doing it twice adds nothing."""
        return cast(
            PasteAnswer, self.http.send("POST", f"/projects/{project_id}/pasted-rows", body=body)
        )

    def run_events_list(self, run_id: str, *, after: int | None = None) -> RunEvents:
        """What the views on one run share."""
        return cast(
            RunEvents, self.http.send("GET", f"/runs/{run_id}/events", query={"after": after})
        )

    def run_files_download(self, run_id: str, filename: str) -> Download:
        """One of these files. What a model wrote is in it, so that it is never shown as a page."""
        return self.http.download("GET", f"/runs/{run_id}/files/{filename}")

    def run_files_list(self, run_id: str) -> RunFiles:
        """The files that the trainer wrote for people: what the policy said, a report, what was
        left out.
        """
        return cast(RunFiles, self.http.send("GET", f"/runs/{run_id}/files"))

    def run_issues_download(self, run_id: str, ending: Literal["csv", "jsonl"]) -> Download:
        """The refused lines of an import as a file."""
        return self.http.download("GET", f"/runs/{run_id}/issues.{ending}")

    def run_issues_list(self, run_id: str) -> Iterator[RunIssue]:
        """What the views on one run share."""
        return cast(Iterator[RunIssue], self.http.pages("GET", f"/runs/{run_id}/issues"))

    def run_kinds_retrieve(self) -> dict[str, Any]:
        """The JSON schema of every kind's settings, for the forms."""
        return cast(dict[str, Any], self.http.send("GET", "/run-kinds"))

    def run_log_retrieve(self, run_id: str) -> RunLog:
        """The last lines that the trainer printed, without secrets and folders."""
        return cast(RunLog, self.http.send("GET", f"/runs/{run_id}/log"))

    def run_metrics_list(self, run_id: str, *, after: int | None = None) -> RunMetrics:
        """What the views on one run share."""
        return cast(
            RunMetrics, self.http.send("GET", f"/runs/{run_id}/metrics", query={"after": after})
        )

    def run_places_retrieve(self, project_id: str) -> RunPlaces:
        """The accelerate configurations that runs may name, and the workers that are there."""
        return cast(RunPlaces, self.http.send("GET", f"/projects/{project_id}/run-places"))

    def run_queue_list(self, project_id: str) -> RunQueue:
        """The project's runs that wait: for a worker, each with its place among all projects'
        runs, for the other hosts of the run, or for their next try.
        """
        return cast(RunQueue, self.http.send("GET", f"/projects/{project_id}/run-queue"))

    def run_radar_retrieve(self, run_id: str) -> RunRadar:
        """What the radar caught in a run, and what people then said of it."""
        return cast(RunRadar, self.http.send("GET", f"/runs/{run_id}/radar"))

    def run_samples_list(self, run_id: str, *, after: int | None = None) -> RunSamples:
        """What the policy said to a few prompts as it trained, beside what its reference says."""
        return cast(
            RunSamples, self.http.send("GET", f"/runs/{run_id}/samples", query={"after": after})
        )

    def runs_cancel(self, run_id: str) -> Run:
        """What the views on one run share."""
        return cast(Run, self.http.send("POST", f"/runs/{run_id}/cancel"))

    def runs_change(self, run_id: str, body: PatchedRunChangeRequest | None = None) -> Run:
        """One run; its name and note can be changed at any time."""
        return cast(Run, self.http.send("PATCH", f"/runs/{run_id}", body=body))

    def runs_create(
        self, project_id: str, body: RunRequestRequest, *, idempotency_key: str | None = None
    ) -> Run:
        """A project's runs."""
        return cast(
            Run,
            self.http.send(
                "POST", f"/projects/{project_id}/runs", body=body, key=idempotency_key, has_key=True
            ),
        )

    def runs_estimate(self, project_id: str, body: RunEstimateRequestRequest) -> RunEstimate:
        """What a run would take, before it is started. Makes nothing."""
        return cast(
            RunEstimate, self.http.send("POST", f"/projects/{project_id}/run-estimates", body=body)
        )

    def runs_list(
        self,
        project_id: str,
        *,
        kind: Literal[
            "best_of_n",
            "dpo",
            "evaluate",
            "export",
            "grpo",
            "import",
            "pick",
            "ppo",
            "push",
            "reward",
            "rloo",
            "sample",
            "sft",
        ]
        | None = None,
        name: str | None = None,
        status: Literal[
            "blocked", "cancelled", "failed", "interrupted", "queued", "running", "succeeded"
        ]
        | None = None,
    ) -> Iterator[Run]:
        """A project's runs."""
        return cast(
            Iterator[Run],
            self.http.pages(
                "GET",
                f"/projects/{project_id}/runs",
                query={"kind": kind, "name": name, "status": status},
            ),
        )

    def runs_retrieve(self, run_id: str) -> Run:
        """One run; its name and note can be changed at any time."""
        return cast(Run, self.http.send("GET", f"/runs/{run_id}"))

    def runs_retry(self, run_id: str) -> Run:
        """What the views on one run share."""
        return cast(Run, self.http.send("POST", f"/runs/{run_id}/retry"))

    def runs_set_priority(self, run_id: str, body: RunPriorityRequest) -> Run:
        """Move a run that waits forward or back in the line of its project."""
        return cast(Run, self.http.send("POST", f"/runs/{run_id}/priority", body=body))

    def sampling_mixes_create(
        self, project_id: str, body: SamplingMixRequestRequest
    ) -> SamplingMix:
        """A project's mixes, newest first."""
        return cast(
            SamplingMix, self.http.send("POST", f"/projects/{project_id}/sampling-mixes", body=body)
        )

    def sampling_mixes_list(self, project_id: str) -> Iterator[SamplingMix]:
        """A project's mixes, newest first."""
        return cast(
            Iterator[SamplingMix], self.http.pages("GET", f"/projects/{project_id}/sampling-mixes")
        )

    def sampling_plans_create(
        self, project_id: str, body: NewSamplingPlanRequest
    ) -> SamplingPlanRow:
        """The ways to draw completions."""
        return cast(
            SamplingPlanRow,
            self.http.send("POST", f"/projects/{project_id}/sampling-plans", body=body),
        )

    def sampling_plans_list(self, project_id: str) -> Iterator[SamplingPlanRow]:
        """The ways to draw completions."""
        return cast(
            Iterator[SamplingPlanRow],
            self.http.pages("GET", f"/projects/{project_id}/sampling-plans"),
        )

    def saved_views_forget(self, view_id: str) -> None:
        """One of my saved views."""
        self.http.send("DELETE", f"/views/{view_id}")

    def saved_views_list(self, project_id: str) -> list[SavedViewRow]:
        """My saved views of the project."""
        return cast(list[SavedViewRow], self.http.send("GET", f"/projects/{project_id}/views"))

    def saved_views_save(self, project_id: str, body: NewSavedViewRequest) -> SavedViewRow:
        """My saved views of the project."""
        return cast(
            SavedViewRow, self.http.send("POST", f"/projects/{project_id}/views", body=body)
        )

    def served_versions_register(
        self, project_id: str, body: NewServedRequest, *, idempotency_key: str | None = None
    ) -> Run:
        """Make a model of a server a version: a worker asks the server what it is."""
        return cast(
            Run,
            self.http.send(
                "POST",
                f"/projects/{project_id}/served-versions",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def slots_heartbeat(self, slot_id: str, body: HeartbeatRequestRequest) -> HeartbeatAnswer:
        """The base of what is done with one slot; `GET` shows one's own again."""
        return cast(
            HeartbeatAnswer, self.http.send("POST", f"/slots/{slot_id}/heartbeat", body=body)
        )

    def slots_report(self, slot_id: str, body: ReportRequestRequest) -> ReportReceipt:
        """Something here should not be shown to anybody."""
        return cast(ReportReceipt, self.http.send("POST", f"/slots/{slot_id}/reports", body=body))

    def slots_retrieve(self, slot_id: str) -> Assignment:
        """The base of what is done with one slot; `GET` shows one's own again."""
        return cast(Assignment, self.http.send("GET", f"/slots/{slot_id}"))

    def slots_skip(self, slot_id: str, body: SkipRequestRequest) -> None:
        """The base of what is done with one slot; `GET` shows one's own again."""
        self.http.send("POST", f"/slots/{slot_id}/skip", body=body)

    def snapshots_list(self, project_id: str) -> Iterator[Snapshot]:
        """A project's snapshots."""
        return cast(Iterator[Snapshot], self.http.pages("GET", f"/projects/{project_id}/snapshots"))

    def snapshots_retrieve(self, snapshot_id: str) -> Snapshot:
        """GET /snapshots/{snapshot_id}"""
        return cast(Snapshot, self.http.send("GET", f"/snapshots/{snapshot_id}"))

    def submissions_feedback(self, client_uuid: str) -> GoldFeedback:
        """After a judgment of one's own: was there anything that was expected? Mostly not."""
        return cast(GoldFeedback, self.http.send("POST", f"/submissions/{client_uuid}/feedback"))

    def submissions_reopen(self, client_uuid: str) -> Assignment:
        """Open one's own judgment again; it stands until its successor is handed in."""
        return cast(Assignment, self.http.send("POST", f"/submissions/{client_uuid}/reopen"))

    def submissions_retrieve(self, client_uuid: str) -> MyJudgmentContent:
        """One's own judgment, to be read again."""
        return cast(MyJudgmentContent, self.http.send("GET", f"/submissions/{client_uuid}"))

    def submissions_undo(self, client_uuid: str) -> Assignment:
        """Take back one's own judgment, within ten minutes."""
        return cast(Assignment, self.http.send("POST", f"/submissions/{client_uuid}/undo"))

    def submissions_update(
        self, slot_id: str, client_uuid: str, body: SubmissionRequest | None = None
    ) -> SubmissionReceipt:
        """Hand in a finished judgment; sending it again changes nothing."""
        return cast(
            SubmissionReceipt,
            self.http.send("PUT", f"/slots/{slot_id}/submissions/{client_uuid}", body=body),
        )

    def tokens_create(self, body: NewTokenRequest) -> IssuedToken:
        """My API tokens."""
        return cast(IssuedToken, self.http.send("POST", "/tokens", body=body))

    def tokens_list(self) -> Iterator[Token]:
        """My API tokens."""
        return cast(Iterator[Token], self.http.pages("GET", "/tokens"))

    def tokens_revoke(self, token_id: str) -> None:
        """One API token of mine."""
        self.http.send("DELETE", f"/tokens/{token_id}")

    def traps_create(self, project_id: str, body: TrapsRequestRequest) -> TrapsMade:
        """Make traps out of the project's own data."""
        return cast(TrapsMade, self.http.send("POST", f"/projects/{project_id}/traps", body=body))

    def trials_cancel(self, trial_id: str) -> Trial:
        """What the views on one trial share."""
        return cast(Trial, self.http.send("POST", f"/trials/{trial_id}/cancel"))

    def trials_create(self, project_id: str, body: NewTrialRequest) -> Trial:
        """The trials of a project, newest first, and new ones."""
        return cast(Trial, self.http.send("POST", f"/projects/{project_id}/trials", body=body))

    def trials_list(self, project_id: str) -> Iterator[TrialRow]:
        """The trials of a project, newest first, and new ones."""
        return cast(Iterator[TrialRow], self.http.pages("GET", f"/projects/{project_id}/trials"))

    def trials_retrieve(self, trial_id: str) -> Trial:
        """One trial with what was answered so far."""
        return cast(Trial, self.http.send("GET", f"/trials/{trial_id}"))

    def trials_send(self, trial_id: str, body: SendTrialRequest) -> TrialSent:
        """Make an item for labelers of completions that were seen."""
        return cast(TrialSent, self.http.send("POST", f"/trials/{trial_id}/item", body=body))

    def turns_create(self, conversation_id: str, body: NewTurnRequest) -> ConversationDetail:
        """Say something."""
        return cast(
            ConversationDetail,
            self.http.send("POST", f"/conversations/{conversation_id}/turns", body=body),
        )

    def turns_retry(self, conversation_id: str, number: int) -> ConversationDetail:
        """Try a turn once more that found no replies."""
        return cast(
            ConversationDetail,
            self.http.send("POST", f"/conversations/{conversation_id}/turns/{number}/retry"),
        )

    def uploads_create(self, project_id: str, body: NewUploadRequest) -> Upload:
        """The caller's own uploads that wait here, and new ones."""
        return cast(Upload, self.http.send("POST", f"/projects/{project_id}/uploads", body=body))

    def uploads_discard(self, upload_id: str) -> None:
        """What the views on one upload share. Admins upload rows, the ML team models."""
        self.http.send("DELETE", f"/uploads/{upload_id}")

    def uploads_import(
        self,
        upload_id: str,
        body: ImportRequestRequest | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Run:
        """Check the whole file (`dry_run`), or import it."""
        return cast(
            Run,
            self.http.send(
                "POST",
                f"/uploads/{upload_id}/imports",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def uploads_import_version(
        self, upload_id: str, body: VersionImportRequest, *, idempotency_key: str | None = None
    ) -> Run:
        """Make an uploaded archive of a model directory a version."""
        return cast(
            Run,
            self.http.send(
                "POST",
                f"/uploads/{upload_id}/version",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def uploads_list(self, project_id: str) -> Iterator[Upload]:
        """The caller's own uploads that wait here, and new ones."""
        return cast(Iterator[Upload], self.http.pages("GET", f"/projects/{project_id}/uploads"))

    def uploads_preview(self, upload_id: str, body: PlanRequestRequest | None = None) -> Preview:
        """What is in the file, and its first rows as they would be imported. Writes nothing."""
        return cast(Preview, self.http.send("POST", f"/uploads/{upload_id}/preview", body=body))

    def uploads_receive(
        self, upload_id: str, data: bytes, *, offset: int, sha256: str | None = None
    ) -> Upload:
        """One piece of the file, at most 8 MiB, as the raw body."""
        return cast(
            Upload,
            self.http.send(
                "PUT",
                f"/uploads/{upload_id}/content",
                data=data,
                content_type="application/octet-stream",
                query={"offset": offset, "sha256": sha256},
            ),
        )

    def uploads_retrieve(self, upload_id: str) -> Upload:
        """What the views on one upload share. Admins upload rows, the ML team models."""
        return cast(Upload, self.http.send("GET", f"/uploads/{upload_id}"))

    def versions_archive(self, version_id: str) -> Download:
        """A version as a tar of a Hugging Face directory with a README; every byte is checked
        before.
        """
        return self.http.download("GET", f"/versions/{version_id}/archive")

    def versions_card(self, version_id: str) -> VersionCard:
        """One version, where it comes from, what it is used for, and what stands in the way of
        using it.
        """
        return cast(VersionCard, self.http.send("GET", f"/versions/{version_id}/card"))

    def versions_list(
        self, project_id: str, *, kind: Literal["policy", "reward"] | None = None
    ) -> list[Version]:
        """A project's policies and reward models."""
        return cast(
            list[Version],
            self.http.send("GET", f"/projects/{project_id}/versions", query={"kind": kind}),
        )

    def versions_promote(self, version_id: str, body: PromotionRequest | None = None) -> Version:
        """Bring a version into use; where a check does not hold, only with a reason."""
        return cast(Version, self.http.send("POST", f"/versions/{version_id}/promote", body=body))

    def versions_push(
        self, version_id: str, body: NewPushRequest, *, idempotency_key: str | None = None
    ) -> Run:
        """The pushes of a version."""
        return cast(
            Run,
            self.http.send(
                "POST",
                f"/versions/{version_id}/pushes",
                body=body,
                key=idempotency_key,
                has_key=True,
            ),
        )

    def versions_pushes(self, version_id: str) -> VersionPushes:
        """The pushes of a version."""
        return cast(VersionPushes, self.http.send("GET", f"/versions/{version_id}/pushes"))

    def versions_restore(self, version_id: str) -> Version:
        """Bring a retired version back as a candidate."""
        return cast(Version, self.http.send("POST", f"/versions/{version_id}/restore"))

    def versions_retire(self, version_id: str) -> Version:
        """What the views on one version share."""
        return cast(Version, self.http.send("POST", f"/versions/{version_id}/retire"))

    def versions_retrieve(self, version_id: str) -> Version:
        """What the views on one version share."""
        return cast(Version, self.http.send("GET", f"/versions/{version_id}"))

    def webhook_messages_list(
        self, webhook_id: str, *, state: Literal["dead", "delivered", "waiting"] | None = None
    ) -> Iterator[WebhookMessageRow]:
        """What was sent or waits, newest first."""
        return cast(
            Iterator[WebhookMessageRow],
            self.http.pages("GET", f"/webhooks/{webhook_id}/messages", query={"state": state}),
        )

    def webhook_messages_send(self, webhook_id: str, message_id: int) -> None:
        """Send a message again, under its own id."""
        self.http.send("POST", f"/webhooks/{webhook_id}/messages/{message_id}/send")

    def webhooks_add(self, project_id: str, body: NewWebhookRequest) -> WebhookSecret:
        """The webhooks of a project."""
        return cast(
            WebhookSecret, self.http.send("POST", f"/projects/{project_id}/webhooks", body=body)
        )

    def webhooks_change(
        self, webhook_id: str, body: PatchedWebhookChangeRequest | None = None
    ) -> WebhookRow:
        """One webhook."""
        return cast(WebhookRow, self.http.send("PATCH", f"/webhooks/{webhook_id}", body=body))

    def webhooks_list(self, project_id: str) -> list[WebhookRow]:
        """The webhooks of a project."""
        return cast(list[WebhookRow], self.http.send("GET", f"/projects/{project_id}/webhooks"))

    def webhooks_remove(self, webhook_id: str) -> None:
        """One webhook."""
        self.http.send("DELETE", f"/webhooks/{webhook_id}")

    def webhooks_rotate(self, webhook_id: str) -> WebhookSecret:
        """A new secret; the old one goes on signing beside it for a day."""
        return cast(WebhookSecret, self.http.send("POST", f"/webhooks/{webhook_id}/secret"))

    def webhooks_test(self, webhook_id: str) -> None:
        """Send a message that says nothing."""
        self.http.send("POST", f"/webhooks/{webhook_id}/test")

    def work_change(
        self, project_id: str, body: WorkChangeRequest | None = None
    ) -> WorkChangedAnswer:
        """Reserve, release, put first, ask more or fewer people."""
        return cast(
            WorkChangedAnswer, self.http.send("POST", f"/projects/{project_id}/work", body=body)
        )
