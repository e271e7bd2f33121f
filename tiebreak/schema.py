"""The shapes of what is sent and answered.

Written by `python -m tiebreak.generate` from the API document; do not edit."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict


class ActRequestRequest(TypedDict):
    """Either `ids`, or a `prompt_set` and what is looked for in it."""

    client_uuid: str
    kind: PromptBulkKind
    ids: NotRequired[list[str]]
    prompt_set: NotRequired[str]
    filter: NotRequired[PromptFilterRequest]
    tags: NotRequired[list[str]]
    expected: NotRequired[int | None]


class AdjudicationRequestRequest(TypedDict):
    """A decision; `tiers`, `unplaced` and `unacceptable_below` belong to `ordered`."""

    outcome: OutcomeEnum
    accepted: NotRequired[list[str]]
    withdraw: NotRequired[list[str]]
    tiers: NotRequired[list[list[str]] | None]
    unplaced: NotRequired[list[str]]
    unacceptable_below: NotRequired[int | None]
    reason: NotRequired[str]
    notes: NotRequired[list[NoteInputRequest]]
    active_ms: NotRequired[int | None]


class AdjudicationRow(TypedDict):
    """A decision; the newest (highest number) holds."""

    id: str
    number: int
    outcome: OutcomeEnum
    reviewer_name: str
    accepted: list[str]
    withdrew: list[str]
    tiers: list[list[str]] | None
    unplaced: list[str]
    unacceptable_below: int | None
    reason: str
    guideline_number: int | None
    names_seen: bool
    notes: list[NoteOfDecision]
    created_at: str


class Agreement(TypedDict):
    """Agreement over pairs of completions that two people judged; 95 % interval, items as
    clusters.
    """

    pairs: int
    agreeing: int
    items: int
    ties_excluded: int
    agreement: float | None
    interval: list[float] | None
    labelers: list[LabelerAgreement]


class AlarmDecisionRequest(TypedDict):
    state: AlarmDecisionStateEnum
    note: str


class AlarmRow(TypedDict):
    """An alarm with its evidence. `is_current`: the rule is met in the newest report as well."""

    id: str
    rule: AlarmRowRuleEnum
    state: AlarmRowStateEnum
    labeler_id: str | None
    labeler_name: str | None
    evidence: dict[str, Any]
    is_current: bool
    note: str
    decided_by_name: str | None
    decided_at: str | None
    created_at: str


class AlarmRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[AlarmRow]


class Assignment(TypedDict):
    """One piece of work in a labeler's hands; completions stand in the order to show them."""

    slot_id: str
    lease_token: str
    lease_until: str
    lease_seconds: int
    project_id: str
    item: AssignmentItem
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    screen: LabelingScreen
    supersedes: str | None
    guideline: PinnedGuideline | None
    draft: StoredDraft | None
    presentation_id: str
    server_time: str


class AssignmentItem(TypedDict):
    id: str
    kind: ItemKind


class AssignmentRow(TypedDict):
    """The work of one prompt set for one audience; open, leased and done count judgments."""

    prompt_set: SetOfWork
    language: str
    groups: list[NamedGroup]
    items: int
    open: int
    leased: int
    done: int
    eligible: int
    priority: list[int]
    needed: list[int]
    warning: WarningEnum | BlankEnum


class AttemptRow(TypedDict):
    number: int
    agreement: float | None
    pass_mark: int
    passed: bool | None
    finished_at: str | None


class AuditEntry(TypedDict):
    """Who did what. `sha256` is the link of the chain, once it is laid."""

    id: int
    at: str
    actor: str | None
    action: str
    object_type: str
    object_id: str
    before: Any
    after: Any
    request_id: str
    sha256: str | None


class AuditEntryPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[AuditEntry]


class AutomaticFigures(TypedDict):
    """What an evaluation run found of a version."""

    version: ComparedVersion
    run: str
    number: int
    same_prompts: bool
    reward_version: ComparedVersion | None
    reward: float | None
    reward_interval: list[float] | None
    perplexity: float | None
    bleu: float | None
    rouge_l: float | None


class AxisContestant(TypedDict):
    """Grades of a contestant on one axis; `rate`: how often graded above the base in one judgment."""

    judgments: int
    prompts: int
    wins: int
    ties: int
    losses: int
    rate: float | None
    interval: list[float] | None
    contestant: int
    grades: int
    mean: float
    mean_interval: list[float]


class BetterAnswerInput(TypedDict):
    text: str
    based_on: NotRequired[str | None]


class BetterAnswerInputRequest(TypedDict):
    text: str
    based_on: NotRequired[str | None]


class BoughtOpinionRow(TypedDict):
    """A further opinion: why it was asked for after `judged` opinions; `is_in`: it has come."""

    id: str
    item: str
    prompt_preview: str
    reason: OpinionReason
    judged: int
    risk: float
    is_in: bool
    created_at: str


class BoughtOpinionRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[BoughtOpinionRow]


class BulkActRequestRequest(TypedDict):
    act: ActEnum
    of: NotRequired[OfEnum]
    filter: BulkFilterInputRequest
    client_uuid: str
    reason: str


class BulkActRow(TypedDict):
    """A bulk act with what became of its targets."""

    id: str
    act: ActEnum
    of: OfEnum
    state: BulkActRowStateEnum
    filter: dict[str, Any]
    reason: str
    actor_name: str
    total: int
    waiting: int
    withdrawn: int
    counted: int
    surplus: int
    left: int
    left_because: dict[str, int]
    undoes: str | None
    undone_by: str | None
    created_at: str
    finished_at: str | None


class BulkActRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[BulkActRow]


class BulkEffect(TypedDict):
    """Counts of what would change."""

    judgments: int
    counted: int
    surplus: int
    items: int
    labelers: int
    reopened: int
    would_be_surplus: int
    would_stay_out: int
    snapshots: list[SnapshotConcerned]


class BulkFilterInputRequest(TypedDict):
    """Which judgments; at least one restriction."""

    labeler: NotRequired[str]
    prompt_set: NotRequired[str]
    guideline: NotRequired[int]
    since: NotRequired[str]
    until: NotRequired[str]
    judgments: NotRequired[list[str]]


class BulkRequestRequest(TypedDict):
    act: ActEnum
    of: NotRequired[OfEnum]
    filter: BulkFilterInputRequest


class BulkUndoRequestRequest(TypedDict):
    client_uuid: str
    reason: str


class Campaign(TypedDict):
    """`judgments` of `wanted` are in; `open` items still want some."""

    id: str
    name: str
    state: CampaignStateEnum
    draw: str
    prompt_set: str
    prompt_set_name: str
    versions: list[ComparedVersion]
    base: str
    with_reference: bool
    is_for_training: bool
    comes_first: bool
    tags: list[str]
    languages: list[str]
    prompts: int
    items: int
    open: int
    per_item: int
    judgments: int
    wanted: int
    parts: list[MixPart]
    created_at: str
    ended_at: str | None


class CampaignAxis(TypedDict):
    axis: str
    contestants: list[AxisContestant]


class CampaignPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Campaign]


class CampaignPair(TypedDict):
    """How contestant `one` fares against `other` (by place in `contestants`). `always`: an
    interval that holds however often one looks; `left`: judgments still needed to tell the rate
    `tell` from one half; `same`: prompts that both answer with the same text, which nobody
    judges.
    """

    judgments: int
    prompts: int
    wins: int
    ties: int
    losses: int
    rate: float | None
    interval: list[float] | None
    one: int
    other: int
    same: int
    left: int
    always: list[float]


class CampaignReport(TypedDict):
    """What the judgments say as they stand now. `intervals`: how many are shown."""

    contestants: list[Contestant]
    base: int
    tie: float
    tell: float
    pairs: list[CampaignPair]
    axes: list[CampaignAxis]
    slices: list[CampaignSlice]
    earlier: Leaning
    longer: Leaning
    intervals: int
    metrics: list[AutomaticFigures]


class CampaignRequestRequest(TypedDict):
    """Versions to hold against each other on prompts of an evaluation set. `base`: one of them,
    else the first; it has rating 0. `prompts`: at most so many; `judgments`: per prompt.
    """

    name: str
    versions: list[str]
    base: NotRequired[str | None]
    with_reference: NotRequired[bool]
    prompt_set: str
    plan: str
    prompts: NotRequired[int]
    tags: NotRequired[list[str]]
    languages: NotRequired[list[str]]
    judgments: NotRequired[int]
    is_for_training: NotRequired[bool]
    comes_first: NotRequired[bool]
    seed: NotRequired[int]


class CampaignSlice(TypedDict):
    """How a contestant fares against the base in a part of the judgments."""

    judgments: int
    prompts: int
    wins: int
    ties: int
    losses: int
    rate: float | None
    interval: list[float] | None
    dimension: DimensionEnum
    name: str
    contestant: int


class CandidateRow(TypedDict):
    """An item that could become gold, with the evidence."""

    item_id: str
    prompt_preview: str
    judgments: int
    pairs: int
    agreement: float


class ChatDoor(TypedDict):
    """Whether I may chat here now, and how much."""

    is_open: bool
    must_qualify: bool
    most_turns: int
    conversations_left: int


class ChatMessage(TypedDict):
    """One turn of a prompt."""

    role: RoleEnum
    content: str


class ChatMessageRequest(TypedDict):
    """One turn of a prompt."""

    role: RoleEnum
    content: str


class ChatSettingsForm(TypedDict):
    """What an admin or ML engineer decides; all of it is given, so storing it twice is harmless."""

    enabled: bool
    policy_version: str | None
    plan: str | None
    replies: int
    most_turns: int
    most_conversations: int


class ChatSettingsFormRequest(TypedDict):
    """What an admin or ML engineer decides; all of it is given, so storing it twice is harmless."""

    enabled: bool
    policy_version: str | None
    plan: str | None
    replies: int
    most_turns: int
    most_conversations: int


class ChosenCompletionRequest(TypedDict):
    """A completion of a trial: number of the policy and of its sample, from 0."""

    policy: int
    sample: int


class ClaimRequestRequest(TypedDict):
    holding: NotRequired[list[str]]
    locale: NotRequired[str]
    device: NotRequired[Device | BlankEnum]


class ComparedVersion(TypedDict):
    id: str
    number: int
    name: str


class Contestant(TypedDict):
    """A version, or the reference (null); its rating in points against the base."""

    version: ComparedVersion | None
    answers: int
    length: float | None
    rating: float | None
    interval: list[float] | None


class ControlFigures(TypedDict):
    gold: ControlShare
    repeats: ControlShare
    repeat_ties: int
    traps: ControlShare


class ControlItemRow(TypedDict):
    """A gold item or a trap. `completions` stand in the order that indices speak of."""

    id: str
    kind: ControlItemRowKindEnum
    item: str
    given: GivenEnum
    messages: list[ShownMessage]
    prompt_preview: str
    completions: list[ShownCompletion]
    trap: str | None
    orders: list[GoldOrderRow]
    evidence: PromotionEvidence | None
    handed: int
    judged: int
    expires_at: str | None
    stale_at: str | None
    retired_at: str | None
    created_at: str


class ControlItemRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ControlItemRow]


class ControlResults(TypedDict):
    """The project's, and each labeler's who met a control item."""

    gold: ControlShare
    repeats: ControlShare
    repeat_ties: int
    traps: ControlShare
    labelers: list[LabelerControl]


class ControlRules(TypedDict):
    """How much of the work is control, in percent of what is handed out; and the rules around it."""

    gold_percent: float
    repeat_percent: float
    trap_percent: float
    repeat_after_items: int
    repeat_after_hours: int
    tell_gold: bool
    gold_policies: int | None


class ControlShare(TypedDict):
    """A share of pairs (of items, for traps) with a 95 % interval, items as clusters."""

    items: int
    pairs: int
    share: float | None
    interval: list[float] | None


class ConversationDetail(TypedDict):
    """A conversation with all its turns."""

    id: str
    project_id: str
    created_at: str
    ended_at: str | None
    most_turns: int
    is_open: bool
    turns: list[ShownTurn]
    server_time: str


class ConversationRow(TypedDict):
    """One of my conversations, for lists."""

    id: str
    created_at: str
    ended_at: str | None
    title: str
    turns: int


class ConversationRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ConversationRow]


class DatasetDetail(TypedDict):
    """A written dataset. `card` is the data card with every file, its rows and its SHA-256."""

    id: str
    run: str
    snapshot: str
    snapshot_number: int
    options: dict[str, Any]
    digest: str
    bytes: int
    created_at: str
    files: list[str]
    card: dict[str, Any]


class DatasetRow(TypedDict):
    """A written dataset. `card` is the data card with every file, its rows and its SHA-256."""

    id: str
    run: str
    snapshot: str
    snapshot_number: int
    options: dict[str, Any]
    digest: str
    bytes: int
    created_at: str


class DatasetRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[DatasetRow]


class DatasetStarted(TypedDict):
    """The run that makes it; look at the run for progress."""

    run: str


class DayCount(TypedDict):
    date: str
    count: int


class DayOfWork(TypedDict):
    date: str
    count: int
    active_ms: int


class Decoding(TypedDict):
    strategy: DecodingStrategy
    temperature: float
    top_k: int
    top_p: float
    num_beams: int
    no_repeat_ngram: int
    repetition_penalty: float
    n: int
    max_new_tokens: int
    seed: int


class DecodingFormRequest(TypedDict):
    """How completions are drawn, as a sampling plan says it."""

    strategy: DecodingStrategy
    temperature: NotRequired[float]
    top_k: NotRequired[int]
    top_p: NotRequired[float]
    num_beams: NotRequired[int]
    no_repeat_ngram: NotRequired[int]
    repetition_penalty: NotRequired[float]
    n: int
    max_new_tokens: int
    seed: NotRequired[int]


class DemonstrationSubmissionRequest(TypedDict):
    lease_token: str
    text: str
    note: NotRequired[str]
    active_ms: NotRequired[int | None]
    supersedes: NotRequired[str | None]


class DirectComparisonInput(TypedDict):
    better: str
    worse: str
    is_tie: NotRequired[bool]
    strength: NotRequired[int | None]


class DirectComparisonInputRequest(TypedDict):
    better: str
    worse: str
    is_tie: NotRequired[bool]
    strength: NotRequired[int | None]


class DraftAnswer(TypedDict):
    revision: int
    lease_until: str | None


class DraftRequestRequest(TypedDict):
    lease_token: str
    revision: int
    payload: Any


class EndedSessions(TypedDict):
    """How many sessions were ended."""

    ended: int


class Erasure(TypedDict):
    """A deletion. Where `finished` is false, sending it again goes on with it."""

    pseudonym: str
    judgments: JudgmentsEnum
    withdrawn: int
    finished: bool


class ErasureMark(TypedDict):
    """A snapshot, version or run that holds judgments which were withdrawn by a deletion since."""

    id: str
    snapshot: str | None
    version: str | None
    run: str | None
    judgments: int
    at: str


class ErasureMarkPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ErasureMark]


class ErasurePreview(TypedDict):
    """What a deletion would do, in counts. It cannot be undone."""

    username: str
    projects: int
    rankings: int
    demonstrations: int
    other_judgments: int
    drafts: int
    leases: int
    items_reopened: int
    snapshots: int
    versions: int
    runs: int
    is_last_admin_of: list[str]


class ErasureWishRequest(TypedDict):
    judgments: JudgmentsEnum
    confirm: str


class ExplorerCount(TypedDict):
    """`number` is null where counting takes too long; `more`: there are more than this."""

    number: int | None
    more: bool


class ExplorerPage(TypedDict):
    """`next` leads on also where this page found nothing: a page looks through a bounded part."""

    next: str | None
    results: list[ExplorerRow]


class ExplorerRow(TypedDict):
    """A row of the explorer; which fields it has depends on what is looked at."""

    id: str
    created_at: str
    state: str
    item_id: str
    prompt: str
    language: str
    labeler: NotRequired[PersonName]
    guideline: NotRequired[int | None]
    active_ms: NotRequired[int | None]
    k: NotRequired[int]
    mode: NotRequired[str]
    tiers: NotRequired[list[list[int]]]
    outside: NotRequired[list[int]]
    has_cut: NotRequired[bool]
    has_notes: NotRequired[bool]
    flags: NotRequired[list[str]]
    systems: NotRequired[list[str]]
    text: NotRequired[str]
    counted: NotRequired[int]
    needed: NotRequired[int]
    ranking_id: NotRequired[str]
    chosen: NotRequired[str]
    rejected: NotRequired[str]
    is_tie: NotRequired[bool]
    is_direct: NotRequired[bool]
    strength: NotRequired[int | None]
    tier_gap: NotRequired[int | None]


class Facet(TypedDict):
    value: str
    count: int


class FactorPicture(TypedDict):
    """A QR code as SVG, made here: no other host is asked."""

    svg: str


class FailedGold(TypedDict):
    """The newest of them; `bar`: the share of pairs as expected that they are below."""

    bar: float
    results: list[FailedGoldRow]


class FailedGoldRow(TypedDict):
    """An answer to gold of which too little is as expected. `item`: the gold item."""

    ranking: str
    item: str
    prompt_preview: str
    labeler_id: str
    labeler_name: str
    expected: list[list[int]]
    given: list[list[int]]
    points: float
    pairs: int
    explanation: str
    created_at: str


class Figure(TypedDict):
    """A figure, how much it rests on, and where the project's labelers lie."""

    name: str
    unit: UnitEnum
    value: float | None
    count: int
    others: list[float] | None
    people: int


class FileKind(TypedDict):
    container: ContainerEnum
    packed: bool
    encoding: str
    delimiter: str


class FillIssue(TypedDict):
    """Why a row makes no prompt; rows are counted from 1."""

    row: int
    variable: str
    rule: str
    message: str


class FillOutcome(TypedDict):
    """What the rows make: rows = new + repeated + already + refused."""

    rows: int
    new: int
    repeated: int
    already: int
    refused: int
    unused: list[str]
    prompts: list[FilledPrompt]
    issues: list[FillIssue]


class FillRequestRequest(TypedDict):
    """Rows from a table or from the prompts of a set; the prompts go to `prompt_set`."""

    version: str
    prompt_set: str
    table: NotRequired[str]
    form: NotRequired[FormEnum]
    source: NotRequired[str]


class FilledPrompt(TypedDict):
    row: int
    messages: list[ChatMessage]


class FilterQueryRequest(TypedDict):
    """The conditions of a filter, as they stand in an address."""

    prompt_set: NotRequired[str]
    language: NotRequired[str]
    tag: NotRequired[str]
    labeler: NotRequired[str]
    since: NotRequired[str]
    until: NotRequired[str]
    guideline: NotRequired[int]
    mode: NotRequired[LabelingMode]
    k: NotRequired[int]
    ties: NotRequired[bool]
    cut: NotRequired[bool]
    flagged: NotRequired[bool]
    noted: NotRequired[bool]
    policy_version: NotRequired[str]
    q: NotRequired[str]


class FormatMatch(TypedDict):
    """`rows` of the rows looked at fit, by `fields`; `kinds` are what they can become."""

    format: str
    rows: int
    fields_seen: list[str]
    kinds: list[str]


class GivenOrder(TypedDict):
    """The order that review gave."""

    tiers: list[list[str]]
    unplaced: list[str]
    unacceptable_below: int | None


class GoldFeedback(TypedDict):
    """What was expected, told afterwards where the project wants it."""

    item_id: str
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    given: list[list[str]]
    expected: list[list[str]]
    pairs: list[PracticePair]
    agreement: float
    explanation: str


class GoldOrderRow(TypedDict):
    number: int
    tiers: list[list[str]]
    explanation: str
    created_at: str


class GroupMember(TypedDict):
    """One of several prompts that are nearly the same."""

    id: str
    messages: list[ChatMessage]
    is_plain: bool
    split: SplitEnum
    language: str
    source: str
    source_id: str
    reference: Any
    tags: list[str]
    supersedes: str | None
    retired_at: str | None
    completion_count: int
    item_count: int
    judgment_count: int
    created_at: str
    prompt_set: PromptSetRow
    similarity: float


class GroupPerson(TypedDict):
    """A member of a group."""

    user_id: str
    username: str
    display_name: str


class GroupRow(TypedDict):
    """A named set of labelers."""

    id: str
    name: str
    description: str
    members: list[GroupPerson]


class Guideline(TypedDict):
    """One version of the instructions."""

    id: str
    number: int
    text: str
    changes: str
    created_at: str


class GuidelinePage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Guideline]


class GuidelineReader(TypedDict):
    id: str
    name: str
    read_at: str


class GuidelineUse(TypedDict):
    """One version: its readers among the labelers, and the judgments made under it."""

    number: int
    judgments: int
    readers: list[GuidelineReader]


class GuidelinesUse(TypedDict):
    """`labelers`: everybody who may label, by name, to see who has not read it yet."""

    labelers: list[str]
    versions: list[GuidelineUse]


class Health(TypedDict):
    """Of the whole installation, at this moment."""

    at: str
    broker_answers: bool
    problems: list[HealthProblem]
    queues: list[HealthQueue]
    workers: list[HealthWorker]
    scheduler_seen_at: str | None
    leases: HealthLeases
    disk: HealthDisk
    database: HealthDatabase
    backlog: HealthBacklog
    alarms: list[HealthAlarm]


class HealthAlarm(TypedDict):
    """An alarm of runs: how many raised it within seven days, and how many of them ended over it."""

    code: str
    runs: int
    stopped: int


class HealthBacklog(TypedDict):
    webhook_messages: int
    webhook_oldest_seconds: float | None
    prompts_to_index: int
    items_to_review: int
    runs_blocked: int
    runs_to_try_again: int


class HealthClasses(TypedDict):
    cpu: int
    gpu: int


class HealthDatabase(TypedDict):
    bytes: int
    latency_ms: float
    connections: int
    connections_max: int
    longest_transaction_seconds: float


class HealthDisk(TypedDict):
    """Bytes."""

    total: int
    free: int
    artifacts: int
    uploads: int


class HealthLeases(TypedDict):
    runs: int
    runs_overdue: int
    slots: int
    slots_overdue: int


class HealthProblem(TypedDict):
    code: CodeEnum
    about: str


class HealthQueue(TypedDict):
    """`oldest_seconds`: how long the oldest run that is due has waited; `oldest_ready_seconds`: of
    those that the workers which are there may take. `hosts_wanted`: of runs that wait for more
    workers than there are, the most that one wants; 0: none waits so.
    """

    name: str
    workers: int
    workers_of_class: HealthClasses
    classes_missing: list[str]
    hosts_wanted: int
    runs_due: int
    oldest_seconds: float | None
    oldest_ready_seconds: float | None
    messages: int | None


class HealthWorker(TypedDict):
    """`seen_at` is null where a lease is held by a worker that says nothing."""

    name: str
    queues: list[str]
    hardware: str
    at_once: int | None
    version: str
    started_at: str | None
    seen_at: str | None
    runs: list[HeldRun]


class HeartbeatAnswer(TypedDict):
    lease_until: str


class HeartbeatRequestRequest(TypedDict):
    lease_token: str


class HeldRun(TypedDict):
    """A run in the hands of a worker; of other projects only its kind is told."""

    kind: RunKindEnum
    id: str | None
    number: int | None
    phase: str
    since: str | None
    lease_until: str | None


class HistoryEntry(TypedDict):
    """What happened to a prompt, or to one that it supersedes or that superseded it."""

    at: str
    actor: str | None
    kind: HistoryEntryKindEnum
    prompt: str
    act: str | None
    undone: bool
    before: Any
    after: Any


class ImportRequestRequest(TypedDict):
    """Where the rows go: a prompt set by id, or by name (made when there is none of that name)."""

    format: NotRequired[FormatEnum]
    kind: NotRequired[RowKind]
    columns: NotRequired[dict[str, list[str]]]
    encoding: NotRequired[EncodingEnum]
    delimiter: NotRequired[DelimiterEnum]
    language: NotRequired[str]
    prompt_set: NotRequired[str | None]
    prompt_set_name: NotRequired[str]
    purpose: NotRequired[PurposeEnum]
    dry_run: NotRequired[bool]


class InvitationRow(TypedDict):
    """A link that lets people join, without the link."""

    id: str
    label: str
    roles: list[RolesEnum]
    groups: list[str]
    email: str
    uses: int
    uses_max: int
    expires_at: str
    revoked_at: str | None
    created_at: str
    created_by: NotRequired[str | None]


class InvitationRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[InvitationRow]


class InvitationTokenRequest(TypedDict):
    """The token of a link."""

    token: str


class IssuedToken(TypedDict):
    """The one answer that holds the secret."""

    id: str
    name: str
    prefix: str
    scopes: list[ScopesEnum]
    expires_at: str
    last_used_at: str | None
    created_at: str
    secret: str


class ItemCompletionRow(TypedDict):
    """A completion with its origin, which is blank for whoever is not told; never for labelers."""

    id: str
    position: int
    text: str
    origin: str
    system: str
    policy_version: str | None
    policy_version_name: str


class ItemConsensus(TypedDict):
    """One probable order. Tiers hold what is not surely told apart; lists follow `completions`."""

    version: str
    sure: float
    judges: int
    judgments: int
    completions: list[str]
    tiers: list[list[str]]
    unranked: list[str]
    logits: list[float]
    low: list[float]
    high: list[float]
    better: list[list[float]]


class ItemDemonstration(TypedDict):
    """What rankings and demonstrations of an item share in its detail."""

    id: str
    state: str
    labeler_id: str
    labeler_name: str
    guideline_number: int | None
    active_ms: int | None
    created_at: str
    withdrawn_at: str | None
    text: str
    note: str


class ItemDetail(TypedDict):
    """An item with its completions, their origin, and every judgment of it."""

    id: str
    kind: NotRequired[ItemKind]
    state: NotRequired[ItemState]
    needed: int
    counted: NotRequired[int]
    control: NotRequired[ControlEnum | BlankEnum]
    is_imported: NotRequired[bool]
    prompt_preview: str
    created_at: str
    prompt: ShownPrompt
    radar_run: str | None
    completions: list[ItemCompletionRow]
    rankings: list[ItemRanking]
    demonstrations: list[ItemDemonstration]
    skips: list[ItemSkip]


class ItemRanking(TypedDict):
    """What rankings and demonstrations of an item share in its detail."""

    id: str
    state: str
    labeler_id: str
    labeler_name: str
    guideline_number: int | None
    active_ms: int | None
    created_at: str
    withdrawn_at: str | None
    supersedes: str | None
    withdrawals: list[ItemWithdrawal]
    can_restore: bool
    content: RankingContentRow


class ItemRow(TypedDict):
    """An item in a list."""

    id: str
    kind: NotRequired[ItemKind]
    state: NotRequired[ItemState]
    needed: int
    counted: NotRequired[int]
    control: NotRequired[ControlEnum | BlankEnum]
    is_imported: NotRequired[bool]
    prompt_preview: str
    created_at: str


class ItemRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ItemRow]


class ItemSkip(TypedDict):
    labeler_id: str
    reason: str
    note: str
    created_at: str


class ItemWithdrawal(TypedDict):
    """One time that review took a judgment out."""

    actor_name: str
    reason: str
    created_at: str
    restored_at: str | None
    restored_as: str


class ItemsMade(TypedDict):
    created: int
    existing: int
    too_few: int


class ItemsRequestRequest(TypedDict):
    prompt_set: str
    kind: JudgmentKind
    needed: NotRequired[int]
    k: NotRequired[int]


class Joined(TypedDict):
    """Where the person belongs now."""

    project_id: str
    username: str


class JudgmentTotals(TypedDict):
    counted: int
    surplus: int
    withdrawn: int


class LabelerAgreement(TypedDict):
    id: str
    name: str
    pairs: int
    agreement: float | None
    interval: list[float] | None


class LabelerControl(TypedDict):
    gold: ControlShare
    repeats: ControlShare
    repeat_ties: int
    traps: ControlShare
    user_id: str
    name: str


class LabelerGroup(TypedDict):
    """A group as its name."""

    id: str
    name: str


class LabelerWork(TypedDict):
    """What a labeler may be given: languages (none: all), groups, and how much in 24 hours."""

    user_id: str
    username: str
    display_name: str
    languages: list[str]
    daily_cap: int | None
    groups: list[LabelerGroup]


class LabelingScreen(TypedDict):
    """What the project offers on the screen, as it was when the item was handed out."""

    mode: LabelingMode
    steps: list[LabelingStep]
    axes: list[str]
    flags: list[str]
    allow_ties: bool
    draw_cut: bool
    write_better: bool
    mark_spans: bool
    take_notes: bool


class LatestGuideline(TypedDict):
    """The version in force, and the one that the caller read last, to show what changed."""

    id: str
    number: int
    text: str
    changes: str
    created_at: str
    last_read: ReadGuideline | None


class LaunchOption(TypedDict):
    """A configuration that the deployment offers; `problem`: why it cannot be used."""

    name: str
    problem: str
    distributed_type: str
    processes: int | None
    machines: int | None
    mixed_precision: str
    needs: NeedsEnum | BlankEnum


class Leaning(TypedDict):
    """How often it won the judgments without ties; one half where it does not matter."""

    judgments: int
    rate: float | None
    interval: list[float] | None


class LicenceForm(TypedDict):
    name: str


class LicenceFormRequest(TypedDict):
    name: str


class Lineage(TypedDict):
    nodes: list[LineageNode]
    edges: list[LineageEdge]
    left_out: int


class LineageEdge(TypedDict):
    """`target` came from `source`."""

    source: str
    target: str
    relation: RelationEnum
    run: RunName | None


class LineageNode(TypedDict):
    id: str
    kind: LineageNodeKindEnum
    number: int
    name: str
    status: str
    created_at: str
    run: RunName | None


class MadeByRun(TypedDict):
    id: str
    number: int
    kind: str


class MadeInvitation(TypedDict):
    """The one answer that holds the token; the link is /join#TOKEN."""

    id: str
    label: str
    roles: list[RolesEnum]
    groups: list[str]
    email: str
    uses: int
    uses_max: int
    expires_at: str
    revoked_at: str | None
    created_at: str
    created_by: NotRequired[str | None]
    token: str
    mailed: bool


class MakeItemsRequest(TypedDict):
    """Make items for labelers from the completions; what is left out comes from the project."""

    k: NotRequired[int]
    needed: NotRequired[int]


class Me(TypedDict):
    """The person who is signed in."""

    id: str
    username: str
    display_name: str
    locale: Language
    email: str
    is_staff: bool
    back_office: bool
    has_password: bool
    has_second_factor: bool
    needs_second_factor: list[str]
    memberships: list[MyMembership]
    preferences: MyPreferences


class Member(TypedDict):
    """A person in a project."""

    user_id: str
    username: str
    display_name: str
    email: str
    is_active: bool
    suspended_at: str | None
    has_second_factor: bool | None
    roles: list[RolesEnum]


class MemberPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Member]


class MixComparison(TypedDict):
    versions: list[VersionWins]
    new_against_old: WinShare


class MixDraw(TypedDict):
    id: str
    mix: str
    prompt_set: str
    state: MixDrawStateEnum
    k: int
    needed: int
    missing: MissingEnum
    prompts: int
    made: int
    too_few: int
    older: int
    older_lacking: int
    created_at: str
    finished_at: str | None
    parts: list[MixPart]


class MixDrawPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[MixDraw]


class MixDrawRequestRequest(TypedDict):
    """Sample by a mix. `limit`: at most so many prompts; `only_new`: leave out what it drew before
    with the same policies.
    """

    prompt_set: str
    only_new: NotRequired[bool]
    limit: NotRequired[int | None]
    missing: NotRequired[MissingEnum]
    needed: NotRequired[int | None]


class MixPart(TypedDict):
    """One sampling run of a draw."""

    run: str
    number: int
    status: RunStatusEnum
    error_message: str
    progress_done: int
    progress_total: int | None
    policy: str
    plan: str
    count: int
    is_older: bool


class MixRow(TypedDict):
    policy: PolicyEnum
    policy_version: str | None
    plan: str
    count: int


class MixRowRequestRequest(TypedDict):
    """So many completions of one policy by one plan; `policy_version` where `policy` is version."""

    policy: PolicyEnum
    policy_version: NotRequired[str | None]
    plan: str
    count: int


class ModelServer(TypedDict):
    """A server as the deployment names it; neither its address nor its key."""

    name: str
    kind: ModelServerKindEnum
    models: list[str]
    requests_per_minute: int | None
    tokens_per_minute: int | None
    concurrency: int
    unsupported: list[str]


class MyFigures(TypedDict):
    """How I work, told to nobody but me."""

    figures: list[Figure]
    days: list[DayCount]
    judgments: JudgmentTotals
    skips: list[NamedCount]
    flags: list[NamedCount]
    reports: int
    practice_answers: int
    practice_agreement: float | None
    attempts: list[AttemptRow]


class MyJudgment(TypedDict):
    id: str
    client_uuid: str
    kind: JudgmentKind
    state: JudgmentState
    item_id: str
    slot_id: str
    prompt_preview: str
    created_at: str
    can_undo: bool
    can_reopen: bool
    superseded_by: str | None
    conversation_id: str | None


class MyJudgmentContent(TypedDict):
    """One's own judgment with what it was about; `said` has the form in which it was submitted."""

    id: str
    client_uuid: str
    kind: JudgmentKind
    state: JudgmentState
    created_at: str
    active_ms: int | None
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    said: dict[str, Any]


class MyJudgmentPage(TypedDict):
    """A page that goes forward only: `previous` is always null."""

    next: str | None
    previous: str | None
    results: list[MyJudgment]


class MyMembership(TypedDict):
    """A project of the person with the roles held there."""

    project: MyProject
    roles: list[RolesEnum]
    suspended: bool


class MyNote(TypedDict):
    """The work again, read-only: what I said, and what review said."""

    note: MyNoteRow
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    said: dict[str, Any]
    given: GivenOrder | None


class MyNoteRow(TypedDict):
    """A note as its labeler finds it in the list."""

    id: str
    reason: NoteReason
    message: str
    prompt_preview: str
    withdrawn: bool
    read_at: str | None
    answer: NoteAnswer | BlankEnum
    answer_text: str
    created_at: str


class MyNoteRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[MyNoteRow]


class MyPractice(TypedDict):
    """What is next, and one's own results."""

    practice: PracticeProgress
    qualification: QualificationProgress


class MyPreferences(TypedDict):
    """How the person wants their screen."""

    keys: dict[str, str]
    break_minutes: int
    columns: int | None
    panes: bool
    sync_scroll: bool
    theme: ThemeEnum
    text_size: TextSizeEnum


class MyProgress(TypedDict):
    """One's own pace, and how far the project is; nobody is compared with anybody."""

    done_today: int
    done_total: int
    open_for_me_estimate: int
    median_active_ms: int | None
    days: list[DayOfWork]
    drafts: int
    project_done: int
    project_total: int
    closed: MyProgressClosedEnum | BlankEnum
    tells_expected: bool


class MyProject(TypedDict):
    """A project as its name in a menu."""

    id: str
    name: str
    language: Language
    state: ProjectState


class NamedCount(TypedDict):
    name: str
    count: int


class NamedGroup(TypedDict):
    """A group that work is reserved for."""

    id: str
    name: str


class NearGroup(TypedDict):
    """A group; `size` counts also members that are not listed."""

    key: str
    size: int
    purposes: list[str]
    prompts: list[GroupMember]


class NearGroups(TypedDict):
    """`after` of the next request is `next`."""

    total: int
    pending: int
    threshold: NotRequired[float]
    next: str | None
    groups: list[NearGroup]


class NearPrompt(TypedDict):
    """A prompt that is nearly the same."""

    id: str
    similarity: float
    messages: list[ChatMessage]
    prompt_set: PromptSetRow
    retired_at: str | None


class NewConversationRequest(TypedDict):
    client_uuid: str


class NewDatasetRequest(TypedDict):
    """What to freeze (or which snapshot to take) and what to write of it. No parts: only freeze."""

    snapshot: NotRequired[str | None]
    filter: NotRequired[FilterQueryRequest]
    include: NotRequired[list[IncludeEnum]]
    cut_off: NotRequired[str | None]
    validation_fraction: NotRequired[float]
    reliability_estimate: NotRequired[str | None]
    adjudicated: NotRequired[AdjudicatedEnum]
    parts: NotRequired[list[PartsEnum]]
    files: NotRequired[list[FilesEnum]]
    ties: NotRequired[TiesEnum]
    margin: NotRequired[MarginEnum]
    with_origin: NotRequired[bool]


class NewGoldOrderRequest(TypedDict):
    expected: list[list[int]]
    explanation: NotRequired[str]


class NewGoldRequest(TypedDict):
    """Gold of an item (`item`), or written down (`messages`, `completions`)."""

    item: NotRequired[str | None]
    messages: NotRequired[list[PracticeMessageRequest]]
    completions: NotRequired[list[str]]
    expected: list[list[int]]
    explanation: NotRequired[str]
    expires_at: NotRequired[str | None]


class NewGroupRequest(TypedDict):
    """A group needs a name."""

    name: str
    description: NotRequired[str]
    members: NotRequired[list[str]]


class NewGuidelineRequest(TypedDict):
    """The next version of the instructions."""

    text: str
    changes: NotRequired[str]


class NewInvitationRequest(TypedDict):
    """The wish for a link."""

    roles: list[RolesEnum]
    groups: NotRequired[list[str]]
    days: int
    uses_max: NotRequired[int]
    email: NotRequired[str]
    label: NotRequired[str]


class NewMemberRequest(TypedDict):
    """Somebody to add; a password means: create the person."""

    username: str
    display_name: NotRequired[str]
    email: NotRequired[str]
    password: NotRequired[str]
    roles: list[RolesEnum]


class NewPracticeItemRequest(TypedDict):
    """`expected`: tiers of indices into `completions`, best first; at least two tiers."""

    kind: PracticeKind
    messages: list[PracticeMessageRequest]
    completions: list[str]
    expected: list[list[int]]
    explanation: NotRequired[str]
    position: NotRequired[int]
    item: NotRequired[str | None]


class NewProjectRequest(TypedDict):
    """A new project needs a name and a language; it starts active, or paused to be prepared."""

    name: str
    description: NotRequired[str]
    language: Language
    state: NotRequired[NewProjectStateEnum]
    completions_per_item: NotRequired[int]
    judgments_per_item: NotRequired[int]
    mode: NotRequired[LabelingMode]
    steps: NotRequired[list[LabelingStep]]
    allow_ties: NotRequired[bool]
    draw_cut: NotRequired[bool]
    write_better: NotRequired[bool]
    mark_spans: NotRequired[bool]
    take_notes: NotRequired[bool]
    axes: NotRequired[list[str]]
    flags: NotRequired[list[str]]
    pass_mark: NotRequired[int | None]
    budget: NotRequired[int | None]
    ends_at: NotRequired[str | None]
    daily_cap: NotRequired[int | None]
    lease_seconds_min: NotRequired[int]
    lease_seconds_max: NotRequired[int]


class NewPromptRequest(TypedDict):
    """One prompt, perhaps with a reference answer."""

    text: NotRequired[str]
    messages: NotRequired[list[ChatMessageRequest]]
    reference: NotRequired[str | None]


class NewPromptSetRequest(TypedDict):
    """A name that is in use makes the next version."""

    name: str
    purpose: PurposeEnum
    language: NotRequired[str]


class NewPushRequest(TypedDict):
    """The name of the repository within the organisation, and who may see one that is made anew."""

    name: str
    private: NotRequired[bool]


class NewSamplingPlanRequest(TypedDict):
    """Plans are immutable; ranges are those of the table."""

    name: str
    strategy: DecodingStrategy
    temperature: NotRequired[float]
    top_k: NotRequired[int]
    top_p: NotRequired[float]
    num_beams: NotRequired[int]
    no_repeat_ngram: NotRequired[int]
    repetition_penalty: NotRequired[float]
    n: int
    max_new_tokens: int
    seed: NotRequired[int]


class NewSavedViewRequest(TypedDict):
    """The same name again replaces the view."""

    name: str
    query: str


class NewServedRequest(TypedDict):
    """Which model of which server becomes a policy version."""

    server: str
    model: str
    name: str


class NewTokenRequest(TypedDict):
    """The wish for a key."""

    name: str
    scopes: list[ScopesEnum]
    days: int


class NewTrialRequest(TypedDict):
    """Ask policies. `client_uuid` makes it safe to ask again."""

    client_uuid: str
    messages: list[ChatMessageRequest]
    policies: list[str]
    rewards: NotRequired[list[str]]
    decoding: DecodingFormRequest


class NewTurnRequest(TypedDict):
    client_uuid: str
    text: str
    continue_with: NotRequired[str | None]


class NewUploadRequest(TypedDict):
    filename: str
    bytes: int
    fingerprint: NotRequired[str]


class NewVersionRequest(TypedDict):
    """What the next version is for, in words; empty: as the one before."""

    description: NotRequired[str]


class NewWebhookRequest(TypedDict):
    """https:// only; see the documentation for what is sent."""

    url: str
    description: NotRequired[str]
    events: list[EventsEnum]


class NoteAnswerRequestRequest(TypedDict):
    answer: NoteAnswer
    text: str


class NoteInputRequest(TypedDict):
    """What the labeler of one judgment is told."""

    ranking: str
    reason: NoteReason
    message: NotRequired[str]


class NoteOfDecision(TypedDict):
    """What a labeler was told with a decision, and what they answered."""

    id: str
    ranking_id: str
    reason: NoteReason
    message: str
    read_at: str | None
    answer: NoteAnswer | BlankEnum
    answer_text: str


class NoteRow(TypedDict):
    """A note for those who review."""

    id: str
    item: str
    ranking_id: str
    labeler_name: str
    author_name: str
    reason: NoteReason
    message: str
    prompt_preview: str
    read_at: str | None
    answer: NoteAnswer | BlankEnum
    answer_text: str
    answered_at: str | None
    created_at: str


class NoteRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[NoteRow]


class Numbered(TypedDict):
    id: str
    number: int


class OpenChat(TypedDict):
    """A project in which I may chat."""

    project_id: str


class OpenedInvitation(TypedDict):
    """What somebody who holds a link is told before they join."""

    project_name: str
    language: Language
    roles: list[RolesEnum]
    invited_by: str
    for_one_address: bool


class OpinionsByReason(TypedDict):
    reason: OpinionReason
    opinions: int


class OverLength(TypedDict):
    """How much more accurate than "the longer text wins" on the same pairs; `low` and `high`: 95 %
    interval.
    """

    value: float
    low: float
    high: float


class Overlap(TypedDict):
    """The choice with what came of it. `first`: judgments that a new item gets in any case."""

    mode: OverlapMode
    most: int
    risk: float
    audit_percent: float
    budget: int | None
    group: str | None
    first: int
    bought: int
    waiting: int
    due: int
    reasons: list[OpinionsByReason]
    pairs_twice: int
    agreement: float
    accuracy: float


class Overview(TypedDict):
    """A project in numbers."""

    items_open: int
    items_done: int
    items_triage: int
    rankings: int
    demonstrations: int
    people: int
    prompts: int
    completions: int
    versions: int
    counted_at: str


class PasteAnswer(TypedDict):
    """The items that were made of it."""

    prompt_set: str
    created: int
    existing: int
    too_few: int
    issues: list[PasteIssue]


class PasteIssue(TypedDict):
    """A row that was refused, counted from 1, and why."""

    line: int
    field: str
    rule: str
    message: str


class PasteRequestRequest(TypedDict):
    """Rows typed or pasted in the browser."""

    name: str
    kind: JudgmentKind
    rows: list[PastedRowRequest]


class PastedRowRequest(TypedDict):
    """A prompt with answers to put in order; for demonstrations without."""

    prompt: str
    completions: NotRequired[list[str]]


class PatchedAccessChangeRequest(TypedDict):
    """Whether the person may sign in at all."""

    is_active: NotRequired[bool]


class PatchedControlItemChangeRequest(TypedDict):
    retired: NotRequired[bool]
    expires_at: NotRequired[str | None]


class PatchedControlRulesChangeRequest(TypedDict):
    """What is left out stays as it is."""

    gold_percent: NotRequired[float]
    repeat_percent: NotRequired[float]
    trap_percent: NotRequired[float]
    repeat_after_items: NotRequired[int]
    repeat_after_hours: NotRequired[int]
    tell_gold: NotRequired[bool]
    gold_policies: NotRequired[int | None]


class PatchedGroupChangeRequest(TypedDict):
    """Of a group; `members` (user ids) are replaced as a whole."""

    name: NotRequired[str]
    description: NotRequired[str]
    members: NotRequired[list[str]]


class PatchedLabelerWorkChangeRequest(TypedDict):
    """What is left out stays as it is; lists are replaced as a whole."""

    languages: NotRequired[list[str]]
    daily_cap: NotRequired[int | None]
    groups: NotRequired[list[str]]


class PatchedMeChangeRequest(TypedDict):
    """What people may change about themselves."""

    display_name: NotRequired[str]
    locale: NotRequired[Language]
    preferences: NotRequired[PreferencesChangeRequest]


class PatchedMemberRolesRequest(TypedDict):
    """The roles a member shall have, all of them."""

    roles: NotRequired[list[RolesEnum]]


class PatchedOverlapChangeRequest(TypedDict):
    """What is left out stays as it is. `look_back`: look at items that are done already, too."""

    mode: NotRequired[OverlapMode]
    most: NotRequired[int]
    risk: NotRequired[float]
    audit_percent: NotRequired[float]
    budget: NotRequired[int | None]
    group: NotRequired[str | None]
    look_back: NotRequired[bool]


class PatchedPracticeItemChangeRequest(TypedDict):
    """The texts and the order of a practice item never change."""

    explanation: NotRequired[str]
    position: NotRequired[int]
    retired: NotRequired[bool]


class PatchedProjectChangeRequest(TypedDict):
    """Settings of a project; all optional."""

    name: NotRequired[str]
    description: NotRequired[str]
    language: NotRequired[Language]
    state: NotRequired[ProjectState]
    completions_per_item: NotRequired[int]
    judgments_per_item: NotRequired[int]
    mode: NotRequired[LabelingMode]
    steps: NotRequired[list[LabelingStep]]
    allow_ties: NotRequired[bool]
    draw_cut: NotRequired[bool]
    write_better: NotRequired[bool]
    mark_spans: NotRequired[bool]
    take_notes: NotRequired[bool]
    axes: NotRequired[list[str]]
    flags: NotRequired[list[str]]
    pass_mark: NotRequired[int | None]
    budget: NotRequired[int | None]
    ends_at: NotRequired[str | None]
    daily_cap: NotRequired[int | None]
    lease_seconds_min: NotRequired[int]
    lease_seconds_max: NotRequired[int]


class PatchedPromptSetChangeRequest(TypedDict):
    """A new name is the name of all versions. A retired set takes nothing new and is not offered."""

    name: NotRequired[str]
    description: NotRequired[str]
    retired: NotRequired[bool]


class PatchedRoundPlanStateRequest(TypedDict):
    state: NotRequired[RoundPlanState]


class PatchedRoundRunsRequest(TypedDict):
    """Which runs stand in which place; null empties a place."""

    sample_run: NotRequired[str | None]
    snapshot_run: NotRequired[str | None]
    sft_run: NotRequired[str | None]
    reward_run: NotRequired[str | None]
    check_run: NotRequired[str | None]
    ppo_run: NotRequired[str | None]
    evaluate_run: NotRequired[str | None]


class PatchedRunChangeRequest(TypedDict):
    """What people call a run, and what they have to say about it. It runs as it would without."""

    name: NotRequired[str]
    note: NotRequired[str]


class PatchedWebhookChangeRequest(TypedDict):
    url: NotRequired[str]
    description: NotRequired[str]
    events: NotRequired[list[EventsEnum]]
    state: NotRequired[WebhookState]


class PersonAccess(TypedDict):
    """An account, as staff see it."""

    id: str
    username: str
    is_active: bool


class PersonFigures(TypedDict):
    """How a labeler works, beside the others of the project; and what anybody did beside labeling."""

    figures: list[Figure]
    days: list[DayCount]
    judgments: JudgmentTotals
    skips: list[NamedCount]
    flags: list[NamedCount]
    reports: int
    practice_answers: int
    practice_agreement: float | None
    attempts: list[AttemptRow]
    person: Member
    is_member: bool
    is_imported: bool
    last_seen_at: str | None
    sessions: int
    groups: list[str]
    languages: list[str]
    decisions: list[NamedCount]
    judgments_withdrawn: int
    reports_decided: int
    acts: list[NamedCount]
    control: ControlFigures


class PersonName(TypedDict):
    id: str
    name: str


class PinnedGuideline(TypedDict):
    id: str
    number: int


class PlanName(TypedDict):
    id: str
    name: str


class PlanRequestRequest(TypedDict):
    """What a person chose instead of what was detected; all may be left out."""

    format: NotRequired[FormatEnum]
    kind: NotRequired[RowKind]
    columns: NotRequired[dict[str, list[str]]]
    encoding: NotRequired[EncodingEnum]
    delimiter: NotRequired[DelimiterEnum]
    language: NotRequired[str]


class PracticeAnswerRequestRequest(TypedDict):
    """What is left out of the tiers was not placed."""

    tiers: list[list[str]]
    active_ms: NotRequired[int | None]


class PracticeFeedback(TypedDict):
    """What was said and what was expected."""

    item_id: str
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    given: list[list[str]]
    expected: list[list[str]]
    pairs: list[PracticePair]
    agreement: float
    explanation: str


class PracticeItemRow(TypedDict):
    """A practice item with what is expected; never for labelers."""

    id: str
    kind: PracticeKind
    position: int
    messages: list[ShownMessage]
    completions: list[ShownCompletion]
    expected: list[list[str]]
    explanation: str
    source: str | None
    retired_at: str | None
    answered: int
    created_at: str


class PracticeMessageRequest(TypedDict):
    role: RoleEnum
    content: str


class PracticeOutcome(TypedDict):
    """Practice: the feedback at once. Qualification: the result with the last answer of a round."""

    kind: PracticeKind
    feedback: PracticeFeedback | None
    result: QualificationResult | None


class PracticePair(TypedDict):
    """A pair that the expected order tells apart, and what the labeler made of it."""

    better: str
    worse: str
    said: SaidEnum


class PracticeProgress(TypedDict):
    total: int
    done: int
    agreement: float | None
    next: PracticeWork | None


class PracticeStanding(TypedDict):
    """How a labeler stands."""

    user_id: str
    name: str
    practised: int
    practice_agreement: float | None
    tries: int
    best_agreement: float | None
    qualified_at: str | None


class PracticeWork(TypedDict):
    """An item to order, in an order of showing that is this labeler's own."""

    id: str
    kind: PracticeKind
    prompt: ShownPrompt
    completions: list[ShownCompletion]


class PreferencesChangeRequest(TypedDict):
    """What is left out stays as it is; `keys` is replaced as a whole."""

    keys: NotRequired[dict[str, str]]
    break_minutes: NotRequired[int]
    columns: NotRequired[int | None]
    panes: NotRequired[bool]
    sync_scroll: NotRequired[bool]
    theme: NotRequired[ThemeEnum]
    text_size: NotRequired[TextSizeEnum]


class Preview(TypedDict):
    """The file as detected, the plan as it stands, and the first rows under that plan."""

    file: FileKind
    looked_at: int
    file_columns: list[str]
    examples: dict[str, str]
    formats: list[FormatMatch]
    format: str
    kind: str
    kinds: list[str]
    columns: dict[str, list[str]]
    rows: list[PreviewRow]
    broken: PreviewIssue | None


class PreviewIssue(TypedDict):
    field: str
    rule: str
    message: str


class PreviewMessage(TypedDict):
    role: str
    content: str


class PreviewRow(TypedDict):
    line: int
    prompt: list[PreviewMessage]
    completions: list[str]
    ranking: list[list[int]]
    reference: str
    fields_kept: dict[str, str]
    issue: PreviewIssue | None


class Problem(TypedDict):
    """RFC 9457."""

    type: str
    title: str
    status: int
    code: str
    request_id: str
    errors: NotRequired[list[ProblemFieldError]]


class ProblemFieldError(TypedDict):
    field: str
    rule: str
    message: str


class ProjectDetail(TypedDict):
    """A project with its settings; labelers get only the fields of the summary."""

    id: str
    name: str
    description: str
    language: Language
    state: ProjectState
    mode: LabelingMode
    steps: list[LabelingStep]
    allow_ties: bool
    draw_cut: bool
    write_better: bool
    mark_spans: bool
    take_notes: bool
    axes: list[str]
    flags: list[str]
    completions_per_item: NotRequired[int]
    judgments_per_item: NotRequired[int]
    pass_mark: NotRequired[int | None]
    budget: NotRequired[int | None]
    ends_at: NotRequired[str | None]
    daily_cap: NotRequired[int | None]
    lease_seconds_min: NotRequired[int]
    lease_seconds_max: NotRequired[int]
    created_at: NotRequired[str]


class ProjectProgress(TypedDict):
    """How far the project is, and from when to when its end may be expected."""

    state: ProjectState
    closed: ProjectProgressClosedEnum | BlankEnum
    counted: int
    wanted: int
    budget: int | None
    left: int
    ends_at: str | None
    pace: RecentPace | None
    soonest: str | None
    latest: str | None
    waits: int


class ProjectSummary(TypedDict):
    """What everybody in a project may know about it."""

    id: str
    name: str
    description: str
    language: Language
    state: ProjectState
    mode: LabelingMode
    steps: list[LabelingStep]
    allow_ties: bool
    draw_cut: bool
    write_better: bool
    mark_spans: bool
    take_notes: bool
    axes: list[str]
    flags: list[str]


class PromoteOutcome(TypedDict):
    made: list[str]
    refused: list[str]


class PromoteRequestRequest(TypedDict):
    items: list[str]
    judgments: NotRequired[int]
    agreement: NotRequired[float]
    expires_at: NotRequired[str | None]


class PromotionEvidence(TypedDict):
    judgments: int
    pairs: int
    agreement: float


class PromotionRequest(TypedDict):
    """Why a version shall come into use though a check does not hold."""

    reason: NotRequired[str]


class PromptActRow(TypedDict):
    """An act and who did it. `undone`: by a later act."""

    id: str
    kind: PromptActRowKindEnum
    actor: str
    wish: Any
    count: int
    undone: bool
    undoes: str | None
    created_at: str


class PromptActRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[PromptActRow]


class PromptCompletion(TypedDict):
    """An answer and where it came from; never for labelers."""

    id: str
    text: str
    shown: str
    origin: str
    who: str
    withdrawn_at: str | None
    created_at: str


class PromptDetail(TypedDict):
    """A prompt with all that hangs on it."""

    id: str
    messages: list[ChatMessage]
    is_plain: bool
    split: SplitEnum
    language: str
    source: str
    source_id: str
    reference: Any
    tags: list[str]
    supersedes: str | None
    retired_at: str | None
    completion_count: int
    item_count: int
    judgment_count: int
    created_at: str
    prompt_set: PromptSetRow
    meta: Any
    completions: list[PromptCompletion]
    items: list[PromptItem]
    wordings: list[PromptWording]
    history: list[HistoryEntry]
    near: list[NearPrompt]


class PromptEdit(TypedDict):
    """A prompt before and after."""

    before: PromptRow
    after: PromptRow


class PromptFacets(TypedDict):
    """What the prompts of a set that are in use can be filtered by, with their numbers."""

    tags: list[Facet]
    languages: list[Facet]
    splits: list[Facet]
    sources: list[Facet]
    pending: int


class PromptFilterRequest(TypedDict):
    """What a list, a count or an act is about; what is left out asks for nothing."""

    search: NotRequired[str]
    tag: NotRequired[str]
    language: NotRequired[str]
    split: NotRequired[SplitEnum]
    source: NotRequired[str]
    state: NotRequired[PromptFilterStateEnum]
    completions: NotRequired[bool]
    items: NotRequired[bool]
    judged: NotRequired[bool]
    near: NotRequired[bool]


class PromptItem(TypedDict):
    """Work that was made of the prompt."""

    id: str
    kind: str
    state: str
    counted: int
    needed: int


class PromptRow(TypedDict):
    """A chat that awaits an answer."""

    id: str
    messages: list[ChatMessage]
    is_plain: bool
    split: SplitEnum
    language: str
    source: str
    source_id: str
    reference: Any
    tags: list[str]
    supersedes: str | None
    retired_at: str | None
    completion_count: int
    item_count: int
    judgment_count: int
    created_at: str


class PromptRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[PromptRow]


class PromptSetCounts(TypedDict):
    """How much is in a set. `judged`: prompts with a judgment that counts."""

    prompt_set: str
    retired: int
    completions: int
    items: int
    judged: int


class PromptSetDifference(TypedDict):
    """What a version has that an older one has not; the lists may be shorter than the counts."""

    older: PromptSetRow
    newer: PromptSetRow
    added: list[PromptRow]
    removed: list[PromptRow]
    edited: list[PromptEdit]
    counts: dict[str, int]


class PromptSetRow(TypedDict):
    """A list of prompts with one purpose."""

    id: str
    name: str
    version: int
    purpose: PurposeEnum
    language: str
    description: str
    based_on: str | None
    prompt_count: int
    retired_at: str | None
    created_at: str


class PromptSetRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[PromptSetRow]


class PromptTextRequest(TypedDict):
    """The words of a prompt: a text, or the messages of a chat."""

    text: NotRequired[str]
    messages: NotRequired[list[ChatMessageRequest]]


class PromptWording(TypedDict):
    """One wording in the line of edits, oldest first."""

    id: str
    messages: list[ChatMessage]
    retired_at: str | None
    created_at: str


class Push(TypedDict):
    """One push; `url` and `commit` are empty until it is done."""

    id: str
    number: int
    status: RunStatusEnum
    repository: str
    url: str
    commit: str
    error_message: str
    created_at: str


class QualificationProgress(TypedDict):
    """off: not asked for; empty: asked for, but nothing is prepared; wait: until retry_at."""

    state: QualificationProgressStateEnum
    pass_mark: int | None
    total: int
    done: int
    tries: int
    retry_at: str | None
    qualified_at: str | None
    next: PracticeWork | None
    last: QualificationResult | None


class QualificationResult(TypedDict):
    """The outcome of a finished round."""

    number: int
    agreement: float
    pass_mark: int
    passed: bool
    finished_at: str
    feedback: list[PracticeFeedback]


class QualifiedRequestRequest(TypedDict):
    qualified: bool


class QualityReportRow(TypedDict):
    """A report; `body` is empty until it is finished. `names`: of the labelers in it."""

    id: str
    created_at: str
    finished_at: str | None
    cut_off: str | None
    judgments: int
    body: dict[str, Any]
    names: dict[str, str]


class QualityStanding(TypedDict):
    """The newest finished report, if there is one; whether another is under way; open alarms."""

    report: QualityReportRow | None
    is_computing: bool
    alarms_new: int
    alarms_acknowledged: int


class RadarCatch(TypedDict):
    """Texts as models wrote them: hostile until shown otherwise. Quantiles of null: not known."""

    id: str
    step: int
    at: str
    prompt: str
    output: str
    reference: str
    samples: int
    score: float
    reference_score: float
    kl: float | None
    disagreement: float | None
    reward_quantile: float
    kl_quantile: float | None
    disagreement_quantile: float | None
    item: str
    item_state: ItemState
    said: list[RadarSaid]


class RadarSaid(TypedDict):
    """One judgment: the suspicious output above, tied with, or below the reference's."""

    ranking: str
    verdict: RadarSaidVerdictEnum


class RadarSettings(TypedDict):
    """`changed_at` of null: nobody has touched it."""

    is_on: bool
    per_run: int
    reward_quantile: float
    kl_quantile: float
    disagreement_quantile: float
    judgments: int | None
    changed_by: str
    changed_at: str | None


class RadarSettingsRequestRequest(TypedDict):
    """Quantiles are of the run's samples so far: 0.8 asks about the upper fifth. `judgments` of
    null: as the project says.
    """

    is_on: bool
    per_run: NotRequired[int]
    reward_quantile: NotRequired[float]
    kl_quantile: NotRequired[float]
    disagreement_quantile: NotRequired[float]
    judgments: NotRequired[int | None]


class RankingContentRow(TypedDict):
    """A ranking in the form in which it was submitted."""

    tiers: list[list[str]]
    unplaced: list[str]
    cannot_judge: list[str]
    unacceptable_below: int | None
    direct: list[DirectComparisonInput]
    mode: LabelingMode | BlankEnum
    grades: dict[str, dict[str, int]]
    flags: dict[str, list[str]]
    spans: dict[str, list[SpanInput]]
    notes: dict[str, str]
    note: str
    better_answer: BetterAnswerInput | None
    reading: dict[str, ReadingInput]
    unread_accepted: bool


class RankingSubmissionRequest(TypedDict):
    """Every completion shown stands exactly once in tiers (best first), unplaced or cannot_judge."""

    lease_token: str
    tiers: list[list[str]]
    unplaced: NotRequired[list[str]]
    cannot_judge: NotRequired[list[str]]
    unacceptable_below: NotRequired[int | None]
    direct: NotRequired[list[DirectComparisonInputRequest]]
    mode: NotRequired[LabelingMode]
    grades: NotRequired[dict[str, dict[str, int]]]
    flags: NotRequired[dict[str, list[str]]]
    spans: NotRequired[dict[str, list[SpanInputRequest]]]
    notes: NotRequired[dict[str, str]]
    note: NotRequired[str]
    better_answer: NotRequired[BetterAnswerInputRequest | None]
    reading: NotRequired[dict[str, ReadingInputRequest]]
    unread_accepted: NotRequired[bool]
    active_ms: NotRequired[int | None]
    supersedes: NotRequired[str | None]


class ReadGuideline(TypedDict):
    """The version that the caller said they had read."""

    number: int
    text: str


class ReadingInput(TypedDict):
    visible_ms: int
    read_percent: int


class ReadingInputRequest(TypedDict):
    visible_ms: int
    read_percent: int


class RecentPace(TypedDict):
    """Judgments a day: the mean of the last days and its 80 % interval."""

    low: float
    mean: float
    high: float
    days: int


class RelabelPlanRequestRequest(TypedDict):
    """What changed between two versions of the guidelines, and how much of it to cover."""

    old: int
    new: int
    words: NotRequired[list[str]]
    flags: NotRequired[list[str]]
    axes: NotRequired[list[str]]
    cover: NotRequired[int]
    most: NotRequired[int]
    needed: NotRequired[int]
    rule: NotRequired[RelabelRule]
    client_uuid: str


class RelabelPlanRow(TypedDict):
    """A plan and how far it is."""

    id: str
    old: int
    new: int
    query: dict[str, Any]
    rule: RelabelRule
    state: RelabelPlanRowStateEnum
    expected_flips: float
    created_by_name: str
    total: int
    judged: int
    settled: int
    changed: int
    created_at: str
    finished_at: str | None


class RelabelPlanRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[RelabelPlanRow]


class RelabelProposal(TypedDict):
    """The smallest set of items that covers the wished share of the expected changes."""

    candidates: int
    judgments: int
    expected: float
    items: int
    expected_in_items: float
    sample: list[RelabelSample]


class RelabelQueryRequest(TypedDict):
    """What changed between two versions of the guidelines, and how much of it to cover."""

    old: int
    new: int
    words: NotRequired[list[str]]
    flags: NotRequired[list[str]]
    axes: NotRequired[list[str]]
    cover: NotRequired[int]
    most: NotRequired[int]
    needed: NotRequired[int]
    rule: NotRequired[RelabelRule]


class RelabelSample(TypedDict):
    item: str
    judgments: int
    likelihood: float
    prompt_preview: str


class ReliabilityEstimateRow(TypedDict):
    """An estimate with what its weights would do: how many judgments are left of how many."""

    id: str
    number: int
    created_at: str
    cut_off: str
    version: str
    settings: Any
    judgments: int
    pairs: int
    labelers: list[dict[str, Any]]
    effective_judgments: float


class ReliabilityEstimateRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ReliabilityEstimateRow]


class ReportReceipt(TypedDict):
    """What the labeler learns of their report: that it stands."""

    id: str
    state: ReportState
    created_at: str


class ReportRequestRequest(TypedDict):
    """Without `completion` the prompt is meant."""

    lease_token: str
    completion: NotRequired[str | None]
    reason: ReportReason
    note: NotRequired[str]


class ReportRow(TypedDict):
    """A report for those who decide."""

    id: str
    state: ReportState
    reason: ReportReason
    note: str
    item_id: str
    completion_id: str | None
    completion_text: NotRequired[str | None]
    prompt_preview: str
    labeler_name: str
    waiting: int
    decided_by_name: str | None
    decided_at: str | None
    created_at: str


class ReportRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[ReportRow]


class ReviewClaim(TypedDict):
    """The item in one's hands; null: the queue is empty."""

    item: str | None
    until: str | None


class ReviewClaimRequestRequest(TypedDict):
    """`item`: that one; null: the next of the queue. `without`: those that were passed over."""

    item: NotRequired[str | None]
    without: NotRequired[list[str]]
    reason: NotRequired[ReviewReason | NullEnum | None]


class ReviewJudgment(TypedDict):
    """A judgment on the reviewer's sheet; people are numbers until names are shown."""

    id: str
    number: int
    labeler_id: str | None
    labeler_name: str
    state: ReviewJudgmentStateEnum
    replaced: bool
    can_restore: bool
    content: RankingContentRow
    guideline_number: int | None
    active_ms: int | None
    created_at: str
    withdrawn_at: str | None
    withdrawals: list[ItemWithdrawal]


class ReviewQueuePage(TypedDict):
    """A page that goes forward only: `previous` is always null."""

    next: str | None
    previous: str | None
    results: list[ReviewQueueRow]


class ReviewQueueRow(TypedDict):
    """An item of the queue, and why it is there."""

    item: str
    kind: str
    item_state: str
    state: ReviewQueueRowStateEnum
    prompt_preview: str
    weight: float
    reasons: list[ReviewReason]
    judgments: int
    discordant: float | None
    cut_differs: float | None
    flags_differ: float | None
    language: str
    guidelines: list[int]
    last_at: str
    reviewer_name: str


class ReviewSheet(TypedDict):
    """An item with every judgment of it, for whoever decides."""

    id: str
    state: str
    needed: int
    counted: int
    prompt: ShownPrompt
    completions: list[ShownCompletion]
    names_shown: bool
    reasons: list[ReviewReason]
    discordant: float | None
    judgments: list[ReviewJudgment]
    adjudications: list[AdjudicationRow]


class ReviewWaiting(TypedDict):
    """What waits for the caller to review; each is counted up to 1,000."""

    items: int
    reports: int
    alarms: int


class Round(TypedDict):
    id: str
    number: int
    policy_version: str
    policy: RoundVersion
    automatic: bool
    state: RoundStateEnum
    outcome: RoundOutcome | BlankEnum
    step: str
    attempt: int
    steps: list[RoundStep]
    question: RoundQuestion | None
    judged_since: str | None
    sample_run: str | None
    pick_run: str | None
    snapshot_run: str | None
    sft_run: str | None
    reward_run: str | None
    check_run: str | None
    ppo_run: str | None
    evaluate_run: str | None
    places: list[RoundPlace]
    campaign: str | None
    created_at: str
    closed_at: str | None


class RoundAnswerRequestRequest(TypedDict):
    """`question`: which one is answered; closing needs none. `step`: where a retry begins.
    `words`: why; not needed for a retry.
    """

    decision: DecisionEnum
    question: NotRequired[int | None]
    words: NotRequired[str]
    step: NotRequired[RoundStepOfPlan]


class RoundEvent(TypedDict):
    """What happened in a round, newest first."""

    id: int
    kind: RoundEventKind
    step: RoundStepOfPlan
    attempt: int
    reason: str
    words: str
    figures: dict[str, Any]
    at: str
    run: RoundRun | None
    by: str


class RoundEventPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[RoundEvent]


class RoundGate(TypedDict):
    """A figure held against its bound; `low` and `high` are its 95 % interval. A bound of null:
    not asked.

    `clusters`: how many prompts or sets of completions an interval rests on; of too few there
    is none.
    """

    gate: RoundGateName
    value: float | None
    low: float | None
    high: float | None
    bound: float | None
    passed: bool
    clusters: int | None
    over_length: OverLength | None


class RoundPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Round]


class RoundPlace(TypedDict):
    """Where people may put a run, the step that it is of, and the kinds of run that may stand
    there.
    """

    place: RoundPlaceName
    step: RoundStepSeen
    kinds: list[RunKindEnum]


class RoundPlan(TypedDict):
    state: RoundPlanState
    trigger: RoundTrigger
    judgments: int
    weekdays: list[int]
    at: str | None
    time_zone: str
    mix: str
    prompt_set: str
    prompts_per_round: int | None
    pick_config: dict[str, Any] | None
    snapshot_config: dict[str, Any]
    reward_config: dict[str, Any]
    policy_kind: RoundPolicyKind
    policy_config: dict[str, Any]
    rl_prompt_set: str
    evaluation_set: str | None
    evaluation_config: dict[str, Any]
    reward_least_accuracy: float | None
    reward_least_gain: float | None
    kl_ceiling: float | None
    least_stop_rate: float | None
    least_win_rate: float | None
    least_campaign_win_rate: float | None
    campaign_prompts: int
    campaign_judgments: int
    changed_by: str
    changed_at: str
    paused_because: str


class RoundPlanAnswer(TypedDict):
    """The project's plan, or null; and what a plan says where nothing else is asked for."""

    plan: RoundPlan | None
    defaults: dict[str, Any]


class RoundPlanRequestRequest(TypedDict):
    """The whole plan; what is left out takes the default. A gate that is null is not asked."""

    trigger: NotRequired[RoundTrigger]
    judgments: NotRequired[int]
    weekdays: NotRequired[list[int]]
    at: NotRequired[str | None]
    time_zone: NotRequired[str]
    mix: str
    prompt_set: str
    prompts_per_round: NotRequired[int | None]
    pick_config: NotRequired[dict[str, Any] | None]
    snapshot_config: NotRequired[dict[str, Any]]
    reward_config: NotRequired[dict[str, Any]]
    policy_kind: NotRequired[RoundPolicyKind]
    policy_config: NotRequired[dict[str, Any]]
    rl_prompt_set: str
    evaluation_set: NotRequired[str | None]
    evaluation_config: NotRequired[dict[str, Any]]
    reward_least_accuracy: NotRequired[float | None]
    reward_least_gain: NotRequired[float | None]
    kl_ceiling: NotRequired[float | None]
    least_stop_rate: NotRequired[float | None]
    least_win_rate: NotRequired[float | None]
    least_campaign_win_rate: NotRequired[float | None]
    campaign_prompts: NotRequired[int]
    campaign_judgments: NotRequired[int]


class RoundQuestion(TypedDict):
    """What a round asks a person, and which answers make sense."""

    id: int
    step: RoundStepOfPlan
    reason: str
    words: str
    at: str


class RoundRequestRequest(TypedDict):
    policy_version: str


class RoundRun(TypedDict):
    id: str
    number: int
    kind: RunKindEnum
    status: RunStatusEnum
    progress_done: int
    progress_total: int | None


class RoundSnapshot(TypedDict):
    id: str
    number: int
    cut_off: str


class RoundStep(TypedDict):
    """One step of a round: its state, its runs, what it made, and its figures."""

    step: RoundStepSeen
    state: RoundStepState
    reason: str
    started_at: str | None
    ended_at: str | None
    runs: list[RoundRun]
    counts: dict[str, int]
    gates: list[RoundGate]
    snapshot: RoundSnapshot | None
    version: RoundVersion | None


class RoundVersion(TypedDict):
    id: str
    kind: VersionKindEnum
    number: int
    name: str


class Run(TypedDict):
    id: str
    project_id: str
    number: int
    kind: RunKindEnum
    name: str
    note: str
    status: RunStatusEnum
    config: dict[str, Any]
    phase: str
    progress_done: int
    progress_total: int | None
    tries: int
    priority: int
    needs: NeedsEnum | BlankEnum
    launch: RunLaunch | None
    alarms: list[RunAlarm]
    provenance: dict[str, Any]
    error_code: str
    error_message: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    next_try_at: str
    requested_by: RunRequester | None
    snapshot: str | None
    policy_version: str | None
    reward_version: str | None
    prompt_set: str | None
    plan: str | None
    output_version: str | None
    output_snapshot: str | None
    report: dict[str, Any]
    left_out: RunLeftOut | None
    waits_for: str | None
    cancel_requested: bool
    judgments_in: list[str]


class RunAlarm(TypedDict):
    """Something that was seen in a run; `stops`: it ended over it. The figures are named by the
    code.
    """

    code: str
    stops: bool
    since: int | None
    step: int | None
    until: NotRequired[int | None]
    figures: dict[str, Any] | None
    message: str | None


class RunEstimate(TypedDict):
    """`parts`: bytes by part. `seconds`: least, about, most, by the runs named in `past_runs`."""

    total: int | None
    parts: dict[str, int]
    certain: int
    machine: RunMemory | None
    verdict: RunEstimateVerdictEnum
    seconds: list[float] | None
    past_runs: list[int]


class RunEstimateRequestRequest(TypedDict):
    """A run as it would be started."""

    kind: RunRequestKindEnum
    config: NotRequired[dict[str, Any]]
    snapshot: NotRequired[str | None]
    policy_version: NotRequired[str | None]
    reward_version: NotRequired[str | None]
    prompt_set: NotRequired[str | None]
    plan: NotRequired[str | None]
    launch: NotRequired[str]
    needs: NotRequired[NeedsEnum | BlankEnum]


class RunEvent(TypedDict):
    id: int
    type: str
    at: str
    payload: dict[str, Any]


class RunEvents(TypedDict):
    """Up to 5,000 events after a cursor; `last` is the next cursor."""

    results: list[RunEvent]
    last: int


class RunFile(TypedDict):
    name: str
    bytes: int
    sha256: str


class RunFiles(TypedDict):
    """What a trainer wrote beside its model, as files to download."""

    results: list[RunFile]


class RunIssue(TypedDict):
    line: int
    field: str
    rule: str
    message: str


class RunIssuePage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[RunIssue]


class RunLaunch(TypedDict):
    """The accelerate configuration that a run is started with."""

    name: str
    distributed_type: DistributedTypeEnum
    processes: int
    machines: int
    mixed_precision: str
    sha256: str


class RunLeftOut(TypedDict):
    """Rows that a trainer does not use at all, or in part; `is_much`: more than a tenth not at
    all.
    """

    rows: str
    left_out: int
    used_in_part: int
    of: int
    is_much: bool


class RunLog(TypedDict):
    """`cut`: there are lines before these, kept by the worker."""

    text: str
    cut: bool
    updated_at: str | None


class RunMemory(TypedDict):
    bytes: int
    on_gpu: bool
    told_by: ToldByEnum


class RunMetric(TypedDict):
    id: int
    step: int
    name: str
    value: float
    at: str | None


class RunMetrics(TypedDict):
    """Up to 5,000 figures after a cursor; `last` is the next cursor."""

    results: list[RunMetric]
    last: int


class RunName(TypedDict):
    id: str
    number: int
    kind: RunKindEnum
    status: RunStatusEnum


class RunPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Run]


class RunPlaces(TypedDict):
    """Where runs may go."""

    launches: list[LaunchOption]
    kinds: list[str]
    workers: WorkersOfClass | None


class RunPriorityRequest(TypedDict):
    """-2: last of the project's runs … 2: first."""

    priority: int


class RunQueue(TypedDict):
    results: list[WaitingRun]


class RunRadar(TypedDict):
    """What the radar caught in a run and what people said. `share`: of the judgments, those that
    put the output above the reference's, with a 95 % Wilson interval over items.
    """

    settings: RadarSettings
    samples: int
    least_samples: int
    knows_disagreement: bool | None
    above: int
    tied: int
    below: int
    share: float | None
    interval: list[float] | None
    results: list[RadarCatch]


class RunRequestRequest(TypedDict):
    """What to run, on what. Inputs left out are pinned to the predecessor's output or the promoted
    version.
    """

    kind: RunRequestKindEnum
    config: NotRequired[dict[str, Any]]
    snapshot: NotRequired[str | None]
    policy_version: NotRequired[str | None]
    reward_version: NotRequired[str | None]
    prompt_set: NotRequired[str | None]
    plan: NotRequired[str | None]
    waits_for: NotRequired[str | None]
    make_items: NotRequired[MakeItemsRequest | None]
    priority: NotRequired[int]
    launch: NotRequired[str]
    needs: NotRequired[NeedsEnum | BlankEnum]
    name: NotRequired[str]
    note: NotRequired[str]


class RunRequester(TypedDict):
    id: str
    username: str
    display_name: str


class RunSample(TypedDict):
    """Texts as the policy wrote them: hostile until shown otherwise."""

    id: int
    at: str
    step: int
    prompt: str
    before: str | None
    after: str
    reference_score: float | None
    score: float | None
    kl: float | None
    disagreement: float | None


class RunSamples(TypedDict):
    """Up to 200 samples after a cursor; `last` is the next cursor."""

    results: list[RunSample]
    last: int


class SamplingMix(TypedDict):
    id: str
    name: str
    version: int
    rows: list[MixRow]
    older_percent: int
    seed: int
    created_at: str


class SamplingMixPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[SamplingMix]


class SamplingMixRequestRequest(TypedDict):
    """Mixes are immutable; a name that is in use gets the next version."""

    name: str
    rows: list[MixRowRequestRequest]
    older_percent: NotRequired[int]
    seed: NotRequired[int]


class SamplingPlanRow(TypedDict):
    """How completions are drawn."""

    id: str
    name: str
    strategy: DecodingStrategy
    temperature: float
    top_k: int
    top_p: float
    num_beams: int
    no_repeat_ngram: int
    repetition_penalty: float
    n: int
    max_new_tokens: int
    seed: int
    created_at: str


class SamplingPlanRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[SamplingPlanRow]


class SavedViewRow(TypedDict):
    id: str
    name: str
    query: str
    created_at: str


class SelectionCount(TypedDict):
    """How many prompts fit, and how many of them the act would change."""

    fitting: int
    affected: int
    open_items: int


class SelectionRequestRequest(TypedDict):
    """Ticked prompts of the set, and what is to be done to them."""

    kind: PromptBulkKind
    ids: list[str]


class SendTrialRequest(TypedDict):
    """Which completions become an item for labelers. Without a prompt set: the playground's own."""

    chosen: list[ChosenCompletionRequest]
    prompt_set: NotRequired[str | None]
    needed: NotRequired[int]
    priority: NotRequired[int]


class ServedBy(TypedDict):
    """Who runs a served policy. `said`: what the server told of the model when it was registered."""

    server: str
    model: str
    said: dict[str, Any]


class SessionRow(TypedDict):
    """A place where the person is signed in."""

    id: int
    user_agent: str
    address: str
    created_at: str
    last_seen_at: str
    is_current: bool


class SetOfWork(TypedDict):
    """A prompt set as its name."""

    id: str
    name: str
    version: int


class ShownCompletion(TypedDict):
    id: str
    text: str


class ShownMessage(TypedDict):
    role: str
    content: str


class ShownPrompt(TypedDict):
    messages: list[ShownMessage]


class ShownTurn(TypedDict):
    """One turn. `replies` come in the order shown once they are ranked; before that the assignment
    has them.
    """

    number: int
    client_uuid: str
    text: str
    state: ShownTurnStateEnum
    asked_at: str
    error_code: ErrorCodeEnum | BlankEnum
    continues: str | None
    replies: list[ShownCompletion]
    tiers: list[list[str]] | None
    assignment: Assignment | None


class SignUpRequest(TypedDict):
    """A new account for whoever holds the link."""

    token: str
    username: str
    password: str
    display_name: NotRequired[str]
    locale: NotRequired[Language]


class SkipRequestRequest(TypedDict):
    lease_token: str
    reason: SkipReason
    note: NotRequired[str]


class Snapshot(TypedDict):
    id: str
    number: int
    query: dict[str, Any]
    cut_off: str
    counts: dict[str, Any]
    sha256: str
    artifact_digest: str
    created_at: str


class SnapshotConcerned(TypedDict):
    """A snapshot that holds some of the judgments. It stays as it is: snapshots never change."""

    id: str
    number: int
    judgments: int


class SnapshotPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Snapshot]


class SpanInput(TypedDict):
    """A highlighted passage: UTF-16 offsets in the rendered answer; the quote is the authority."""

    start: int
    end: int
    quote: str
    flag: NotRequired[str | None]
    note: NotRequired[str]


class SpanInputRequest(TypedDict):
    """A highlighted passage: UTF-16 offsets in the rendered answer; the quote is the authority."""

    start: int
    end: int
    quote: str
    flag: NotRequired[str | None]
    note: NotRequired[str]


class StoredDraft(TypedDict):
    revision: int
    payload: Any


class SubmissionReceipt(TypedDict):
    id: str
    client_uuid: str
    state: JudgmentState
    item_id: str
    created_at: str


class Suspended(TypedDict):
    """How many items at hand went back to the others."""

    given_back: int


class SuspensionWishRequest(TypedDict):
    """Why; told to admins in the audit trail."""

    reason: NotRequired[str]


class TemplateExample(TypedDict):
    """A question and the answer to it that shows how."""

    input: str
    output: str


class TemplateExampleRequest(TypedDict):
    """A question and the answer to it that shows how."""

    input: str
    output: str


class TemplateRow(TypedDict):
    """A template with all its versions, the newest first."""

    id: str
    name: str
    retired_at: str | None
    versions: list[TemplateVersionRow]
    created_at: str


class TemplateRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[TemplateRow]


class TemplateVersionRow(TypedDict):
    """One wording and the variables in it."""

    id: str
    number: int
    system: str
    examples: list[TemplateExample]
    body: str
    variables: list[str]
    created_at: str


class TemplateWordingRequest(TypedDict):
    """A name that is in use gets the next version."""

    name: str
    system: NotRequired[str]
    examples: NotRequired[list[TemplateExampleRequest]]
    body: str


class Token(TypedDict):
    """A script's key, without the key."""

    id: str
    name: str
    prefix: str
    scopes: list[ScopesEnum]
    expires_at: str
    last_used_at: str | None
    created_at: str


class TokenCandidate(TypedDict):
    """One token that could stand at a place. `after` is its probability once the filters have
    acted.

    Of a served policy its server says the probability alone.
    """

    text: str
    probability: float
    after: float | None
    fate: FateEnum | NullEnum | None


class TokenPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Token]


class TokenStep(TypedDict):
    """One place: its token, the likeliest others, and what the filters did (null: a server ran
    it).
    """

    chosen: TokenCandidate
    rank: int | None
    others: list[TokenCandidate]
    entropy_bits: float | None
    kept: int | None
    cut: float | None


class TrapsMade(TypedDict):
    made: int


class TrapsRequestRequest(TypedDict):
    count: int


class Trial(TypedDict):
    """A trial with what was answered so far."""

    id: str
    created_at: str
    messages: list[ChatMessage]
    policies: list[str]
    rewards: list[str]
    decoding: Decoding
    state: TrialState
    error_code: str
    error_message: str
    item: str | None
    mine: bool
    parts: list[TrialPart]


class TrialCompletion(TypedDict):
    text: str
    tokens: int | None
    finish_reason: FinishReasonEnum | NullEnum | None
    log_prob: float | None
    scores: list[TrialScore]
    steps: list[TokenStep]


class TrialPart(TypedDict):
    """What one policy answered."""

    policy: str
    seconds: float
    is_served: NotRequired[bool]
    completions: list[TrialCompletion]


class TrialRow(TypedDict):
    """A trial without its answer, as it stands in a list."""

    id: str
    created_at: str
    messages: list[ChatMessage]
    policies: list[str]
    rewards: list[str]
    decoding: Decoding
    state: TrialState
    error_code: str
    error_message: str
    item: str | None
    mine: bool


class TrialRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[TrialRow]


class TrialScore(TypedDict):
    reward: str
    score: float | None


class TrialSent(TypedDict):
    item: str


class UnclearCase(TypedDict):
    """An item for which the guidelines said nothing."""

    id: str
    item: str
    prompt_preview: str
    reason: str
    reviewer_name: str
    version: int | None
    created_at: str


class UnclearCasePage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[UnclearCase]


class Upload(TypedDict):
    """`received` of `bytes` are here; the next piece begins there."""

    id: str
    filename: str
    bytes: int
    received: int
    is_complete: bool
    fingerprint: str
    created_at: str
    touched_at: str
    is_gone: bool


class UploadPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[Upload]


class Version(TypedDict):
    id: str
    kind: VersionKindEnum
    number: int
    name: str
    stage: StageEnum
    status: VersionStatusEnum
    parent_id: str | None
    artifact_digest: str
    bytes: int
    served: ServedBy | None
    metrics: dict[str, Any]
    score_shift: float
    score_scale: float
    created_at: str
    made_by_run: MadeByRun | None


class VersionCard(TypedDict):
    """A version with everything around it."""

    version: Version
    parent: VersionName | None
    children: list[VersionName]
    made_by: RunName | None
    snapshot: Numbered | None
    reward_versions: list[VersionName]
    round: Numbered | None
    used_by: list[RunName]
    plans: list[PlanName]
    marks: list[VersionMark]
    checks: list[VersionCheck]
    files: list[VersionFile]


class VersionCheck(TypedDict):
    """One condition of coming into use. `low` and `high` are a 95 % interval; bound null: not
    asked.

    `clusters`: how many prompts or sets of completions an interval rests on; of too few there
    is none.
    """

    gate: VersionCheckGateEnum
    passed: bool
    value: float | None
    low: float | None
    high: float | None
    bound: float | None
    clusters: int | None
    over_length: OverLength | None
    run: RunName | None
    prompt_set: str | None
    baseline: str | None


class VersionFile(TypedDict):
    path: str
    sha256: str
    bytes: int | None


class VersionImportRequest(TypedDict):
    """What an uploaded archive becomes."""

    name: str
    kind: VersionKindEnum
    plain: NotRequired[bool]


class VersionMark(TypedDict):
    judgments: int
    at: str


class VersionName(TypedDict):
    id: str
    kind: VersionKindEnum
    number: int
    name: str
    status: VersionStatusEnum


class VersionPushes(TypedDict):
    """Where versions go (empty: nowhere), and the latest pushes of this one."""

    endpoint: str
    organisation: str
    pushes: list[Push]


class VersionWins(TypedDict):
    """How often the newer version was ranked above the older one."""

    pairs: int
    wins: int
    items: int
    share: float | None
    interval: list[float] | None
    newer: ComparedVersion
    older: ComparedVersion


class VoidRequestRequest(TypedDict):
    withdraw_judgments: NotRequired[bool]


class WaitingRun(TypedDict):
    """`waits_because`: others go first (turn), nobody works on its queue, or nobody of its class,
    or not as many as it needs hosts; it has a worker and waits for its other hosts (gather), or
    for its next try (pause). `workers`: how many may take part; null where the broker does not
    answer. `place`: null where the run stands in no line.
    """

    place: int | None
    run: Run
    waits_because: WaitsBecauseEnum
    workers: int | None


class WebhookAttemptRow(TypedDict):
    at: str
    status: int | None
    error: str
    duration_ms: int


class WebhookMessageRow(TypedDict):
    """A message and its latest attempts, newest first."""

    id: int
    event: str
    data: dict[str, Any]
    state: WebhookMessageState
    attempts: int
    created_at: str
    next_try_at: str
    tries: list[WebhookAttemptRow]


class WebhookMessageRowPage(TypedDict):
    """A cursor page."""

    next: str | None
    previous: str | None
    results: list[WebhookMessageRow]


class WebhookRow(TypedDict):
    """An endpoint; its secret is told only when it is made or replaced."""

    id: str
    url: str
    description: str
    events: list[EventsEnum]
    state: WebhookState
    waiting: int
    dead: int
    failing_status: int | None
    failing_error: str | None
    rotated_at: str | None
    created_at: str


class WebhookSecret(TypedDict):
    """Told once."""

    id: str
    secret: str


class WinShare(TypedDict):
    """`wins` of the strict `pairs` in so many `items`; the interval is 95 %, items as clusters."""

    pairs: int
    wins: int
    items: int
    share: float | None
    interval: list[float] | None


class WithdrawRequestRequest(TypedDict):
    reason: str


class WorkChangeRequest(TypedDict):
    """What shall change, for all items of a prompt set or for some items."""

    prompt_set: NotRequired[str]
    items: NotRequired[list[str]]
    reserved_for: NotRequired[list[str]]
    priority: NotRequired[int]
    needed: NotRequired[int]
    dry_run: NotRequired[bool]


class WorkChangedAnswer(TypedDict):
    """What became of it, or would."""

    items: int
    open_items: int
    slots_added: int
    slots_voided: int


class WorkersOfClass(TypedDict):
    """How many workers there are for training; null where the broker does not answer."""

    cpu: int
    gpu: int


ActEnum = Literal["withdraw", "restore"]
AdjudicatedEnum = Literal["ignored", "added", "replace"]
AlarmDecisionStateEnum = Literal["acknowledged", "resolved"]
AlarmRowRuleEnum = Literal[
    "position", "unreliable", "too_fast", "straight_lining", "ties", "falling", "gold"
]
AlarmRowStateEnum = Literal["new", "acknowledged", "resolved"]
BlankEnum = Literal[""]
BulkActRowStateEnum = Literal["running", "stopped", "done"]
CampaignStateEnum = Literal["sampling", "stopped", "making", "judging", "done", "ended"]
CodeEnum = Literal[
    "broker_away",
    "no_worker",
    "no_worker_of_class",
    "too_few_workers",
    "no_scheduler",
    "queue_late",
    "lease_overdue",
    "disk_low",
    "connections_low",
    "webhooks_late",
]
ContainerEnum = Literal["jsonl", "json", "csv", "parquet"]
ControlEnum = Literal["gold", "repeat", "trap"]
ControlItemRowKindEnum = Literal["gold", "trap"]
DecisionEnum = Literal["continue", "retry", "close"]
DecodingStrategy = Literal["greedy", "beam", "sample"]
DelimiterEnum = Literal[",", "\t", ";", "|"]
Device = Literal["pointer", "touch"]
DimensionEnum = Literal["tag", "language", "length", "group"]
DistributedTypeEnum = Literal["NO", "MULTI_CPU", "MULTI_GPU", "FSDP"]
EncodingEnum = Literal["utf-8", "gb18030", "utf-16"]
ErrorCodeEnum = Literal["too_long", "refused", "gave_up", "ended"]
EventsEnum = Literal[
    "ranking.counted",
    "ranking.withdrawn",
    "item.done",
    "report.opened",
    "run.finished",
    "run.alarm",
    "snapshot.frozen",
    "version.promoted",
    "round.asked",
    "round.closed",
    "project.state_changed",
    "alarm.raised",
    "person.deleted",
]
FateEnum = Literal["kept", "no_repeat_ngram", "top_k", "top_p"]
FilesEnum = Literal["parquet", "jsonl"]
FinishReasonEnum = Literal["stop", "length"]
FormEnum = Literal["csv", "tsv", "jsonl"]
FormatEnum = Literal["hh", "sharegpt", "messages", "alpaca", "pairs", "ranked", "rows", "columns"]
GivenEnum = Literal["person", "consensus", "made"]
HistoryEntryKindEnum = Literal["created", "edit", "retire", "restore", "tag", "untag", "undo"]
IncludeEnum = Literal["gold", "repeats"]
ItemKind = Literal["ranking", "demonstration", "duel"]
ItemState = Literal["open", "done", "triage", "void"]
JudgmentKind = Literal["ranking", "demonstration"]
JudgmentState = Literal["counted", "surplus", "withdrawn"]
JudgmentsEnum = Literal["keep", "withdraw"]
LabelingMode = Literal["tiers", "duel", "guided", "best_worst", "drag_list"]
LabelingStep = Literal["grade", "confirm"]
Language = Literal["en", "zh-Hans"]
LineageNodeKindEnum = Literal["policy", "reward", "snapshot", "round"]
MarginEnum = Literal["none", "tiers", "strength"]
MissingEnum = Literal["wait", "make"]
MixDrawStateEnum = Literal["sampling", "stopped", "making", "done"]
ModelServerKindEnum = Literal["openai", "vllm", "llama.cpp", "transformers"]
MyProgressClosedEnum = Literal[
    "archived", "paused", "ended", "budget_reached", "not_qualified", "daily_cap"
]
NeedsEnum = Literal["cpu", "gpu"]
NewProjectStateEnum = Literal["active", "paused"]
NoteAnswer = Literal["reply", "dispute"]
NoteReason = Literal["misread", "guideline", "missed_fault", "line", "too_fast", "other"]
NullEnum = Literal[None]
OfEnum = Literal["ranking", "demonstration"]
OpinionReason = Literal["disagreement", "close", "unreliable", "audit"]
OutcomeEnum = Literal["accepted", "ordered", "another_opinion", "unclear_guideline"]
OverlapMode = Literal["flat", "adaptive"]
PartsEnum = Literal["rankings", "pairs", "pairs_plain", "demonstrations", "consensus"]
PolicyEnum = Literal["version", "promoted", "previous", "base"]
PracticeKind = Literal["practice", "qualification"]
ProjectProgressClosedEnum = Literal["archived", "paused", "ended", "budget_reached"]
ProjectState = Literal["active", "paused", "archived"]
PromptActRowKindEnum = Literal["edit", "retire", "restore", "tag", "untag", "undo"]
PromptBulkKind = Literal["retire", "restore", "tag", "untag"]
PromptFilterStateEnum = Literal["standing", "retired", "any"]
PurposeEnum = Literal["sft", "reward", "rl", "evaluation"]
QualificationProgressStateEnum = Literal["off", "empty", "open", "wait", "passed"]
RadarSaidVerdictEnum = Literal["above", "tied", "below"]
RelabelPlanRowStateEnum = Literal["running", "done", "cancelled"]
RelabelRule = Literal["supersede", "keep"]
RelationEnum = Literal[
    "began_as", "trained_on", "scored_by", "judged_in", "frozen_from", "drawn_from", "chosen_by"
]
ReportReason = Literal["harmful", "private_data", "broken", "names_itself", "other"]
ReportState = Literal["open", "upheld", "dismissed"]
ReviewJudgmentStateEnum = Literal["counted", "surplus", "withdrawn"]
ReviewQueueRowStateEnum = Literal["open", "decided"]
ReviewReason = Literal["order", "cut", "flags", "cannot_judge", "reported", "skipped", "fast"]
RoleEnum = Literal["system", "user", "assistant", "tool"]
RolesEnum = Literal["labeler", "reviewer", "admin", "ml"]
RoundEventKind = Literal[
    "opened", "started", "skipped", "passed", "asked", "resumed", "continued", "retried", "closed"
]
RoundGateName = Literal[
    "reward_accuracy", "reward_gain", "kl", "stop_rate", "win_rate", "campaign_win_rate"
]
RoundOutcome = Literal["promoted", "closed"]
RoundPlaceName = Literal[
    "sample_run", "snapshot_run", "sft_run", "reward_run", "check_run", "ppo_run", "evaluate_run"
]
RoundPlanState = Literal["active", "paused"]
RoundPolicyKind = Literal["ppo", "rloo", "grpo"]
RoundStateEnum = Literal["open", "asks", "closed"]
RoundStepOfPlan = Literal[
    "sample",
    "pick",
    "collect",
    "snapshot",
    "reward",
    "check",
    "policy",
    "evaluation",
    "judge",
    "promote",
]
RoundStepSeen = Literal[
    "sample",
    "pick",
    "collect",
    "snapshot",
    "reward",
    "check",
    "policy",
    "evaluation",
    "judge",
    "promote",
    "sft",
]
RoundStepState = Literal[
    "waiting", "working", "asks", "failed", "passed", "continued", "skipped", "left", "unfilled"
]
RoundTrigger = Literal["judgments", "calendar"]
RowKind = Literal["prompts", "completions", "rankings", "demonstrations"]
RunEstimateVerdictEnum = Literal["fits", "tight", "impossible", "unknown"]
RunKindEnum = Literal[
    "import",
    "export",
    "sample",
    "sft",
    "reward",
    "ppo",
    "rloo",
    "grpo",
    "dpo",
    "evaluate",
    "pick",
    "best_of_n",
    "push",
]
RunRequestKindEnum = Literal[
    "export",
    "sample",
    "sft",
    "reward",
    "ppo",
    "rloo",
    "grpo",
    "dpo",
    "evaluate",
    "pick",
    "best_of_n",
]
RunStatusEnum = Literal[
    "blocked", "queued", "running", "interrupted", "succeeded", "failed", "cancelled"
]
SaidEnum = Literal["same", "tie", "reversed", "missing"]
ScopesEnum = Literal["read", "label", "manage", "train"]
ShownTurnStateEnum = Literal["waiting", "ready", "ranked", "single", "passed", "failed"]
SkipReason = Literal["unclear", "language", "knowledge", "harmful", "broken", "other"]
SplitEnum = Literal["train", "validation"]
StageEnum = Literal["base", "sft", "rl", "reward", "served"]
SubmissionRequest = RankingSubmissionRequest | DemonstrationSubmissionRequest
TextSizeEnum = Literal["s", "m", "l"]
ThemeEnum = Literal["system", "light", "dark"]
TiesEnum = Literal["drop", "half"]
ToldByEnum = Literal["workers", "past_run"]
TrialState = Literal["queued", "running", "done", "failed", "cancelled"]
UnitEnum = Literal["ms", "share"]
VersionCheckGateEnum = Literal[
    "stored",
    "judgments_stand",
    "reward_accuracy",
    "reward_gain",
    "kl",
    "stop_rate",
    "win_rate",
    "campaign_win_rate",
]
VersionKindEnum = Literal["policy", "reward"]
VersionStatusEnum = Literal["candidate", "promoted", "retired"]
WaitsBecauseEnum = Literal[
    "turn", "no_worker", "no_worker_of_class", "too_few_workers", "unknown", "pause", "gather"
]
WarningEnum = Literal["nobody", "nobody_in_groups", "nobody_reads"]
WebhookMessageState = Literal["waiting", "delivered", "dead"]
WebhookState = Literal["active", "paused"]
