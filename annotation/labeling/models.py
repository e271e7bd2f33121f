"""Items, the slots through which they are handed out, and what people said about them.

A ranking is a weak order, stored as given: tiers with ties, unplaced and unjudgeable completions, an
"unacceptable below" cut and direct comparisons. Pairs are derived by the view `comparison`.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from annotation.corpus.models import Completion, Prompt
from annotation.labeling.chat import ChatSettings as ChatSettings
from annotation.labeling.chat import ChatTurn as ChatTurn
from annotation.labeling.chat import Conversation as Conversation
from annotation.labeling.control import ControlItem as ControlItem
from annotation.labeling.control import ControlKind as ControlKind
from annotation.labeling.control import ControlMark as ControlMark
from annotation.labeling.control import ControlSettings as ControlSettings
from annotation.labeling.control import GoldOrder as GoldOrder
from annotation.labeling.control import GoldTold as GoldTold
from annotation.labeling.withdrawals import Withdrawal as Withdrawal
from annotation.lib.models import Row
from annotation.projects.models import GuidelineVersion, Mode, Project


class Item(Row):
    """One piece of work: a prompt with frozen completions to rank, or a prompt to answer."""

    class Kind(models.TextChoices):
        RANKING = "ranking", "Rank the completions"
        DEMONSTRATION = "demonstration", "Write the ideal answer"
        DUEL = "duel", "Choose between two"

    class State(models.TextChoices):
        OPEN = "open", "Judgments are still wanted"
        DONE = "done", "All wanted judgments are in"
        TRIAGE = "triage", "Skipped too often for the same reason: somebody must look"
        VOID = "void", "Withdrawn from circulation"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="items")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=14, choices=Kind.choices, default=Kind.RANKING)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    needed = models.PositiveSmallIntegerField()
    counted = models.PositiveSmallIntegerField(default=0)
    priority = models.FloatField(default=0.0)
    reserved_for = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="groups whose members alone get it; none: as its prompt set",
    )
    control = models.CharField(
        max_length=6,
        choices=ControlKind.choices,
        default="",
        db_default="",
        blank=True,
        help_text="empty: ordinary work; else it is never trained on, exported or counted",
    )
    control_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="control_copies",
        help_text="a labeler's own copy: the item whose content it shows",
    )
    control_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="whose copy it is",
    )
    is_imported = models.BooleanField(default=False)
    is_held_out = models.BooleanField(
        default=False,
        db_default=False,
        help_text="judged to compare policies: never frozen into what models are trained on",
    )
    repeat_of = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="repeats"
    )
    key = models.CharField(
        max_length=64, help_text="SHA-256 of what the item is made of: making it twice adds nothing"
    )
    meta = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="item_once"),
            models.CheckConstraint(
                name="item_counted_within_needed", condition=Q(counted__lte=F("needed"))
            ),
            models.CheckConstraint(
                name="item_control_known", condition=Q(control__in=["", "gold", "repeat", "trap"])
            ),
            models.CheckConstraint(
                name="a_copy_is_control_for_somebody",
                condition=Q(control_of__isnull=True, control_for__isnull=True)
                | (Q(control_of__isnull=False, control_for__isnull=False) & ~Q(control="")),
            ),
            models.UniqueConstraint(
                fields=["control_for", "project", "control_of", "control"],
                condition=Q(control_for__isnull=False),
                name="one_control_copy_per_labeler",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "state"], name="item_by_state"),
            models.Index(fields=["project", "-id"], name="items_newest_first"),
            # What several people judged: candidates for gold.
            models.Index(
                fields=["project", "-id"],
                condition=Q(state="done", control="", counted__gte=2),
                name="items_judged_again",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} item {self.id}"


class ItemCompletion(models.Model):
    """The frozen list of an item's completions."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="item_completions", db_index=False
    )
    completion = models.ForeignKey(Completion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="item_position_once"),
            models.UniqueConstraint(fields=["item", "completion"], name="item_completion_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}[{self.position}]"


class Audience(models.Model):
    """Who may be handed a slot: readers of a language, members of one of the groups (none: everybody).

    Every slot names its audience, worked out by a trigger when it is made and again when its work is
    reserved or released, so that the queue can be walked audience by audience. Rows are never deleted.
    """

    id = models.BigAutoField(primary_key=True)
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="audiences", db_index=False
    )
    groups = ArrayField(models.UUIDField(), help_text="sorted")
    language = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "groups", "language"], name="audience_once"),
        ]

    def __str__(self) -> str:
        return f"readers of {self.language} in {len(self.groups)} groups"


class Tally(models.Model):
    """Counted judgments of a project, imported ones aside, in shards so that nobody waits for others.

    Kept by a trigger on the items; the sum over the shards is the figure.
    """

    pk = models.CompositePrimaryKey("project_id", "shard")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    shard = models.SmallIntegerField()
    counted = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.counted} in shard {self.shard} of {self.project_id}"


class Slot(Row):
    """One wanted judgment of an item; a lease on it is the right to make that judgment."""

    class State(models.TextChoices):
        OPEN = "open", "Free to be handed out"
        LEASED = "leased", "In somebody's hands until lease_until"
        DONE = "done", "Judged"
        VOID = "void", "No longer wanted"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="slots", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    priority = models.FloatField(default=0.0)
    audience = models.ForeignKey(
        Audience,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        null=True,
        help_text="set by a trigger",
    )
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    is_private = models.BooleanField(
        default=False,
        db_default=False,
        help_text="made for its labeler (a turn of a chat): never open to others, keeps its lease",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="every_slot_has_an_audience", condition=Q(audience__isnull=False)
            ),
            models.CheckConstraint(
                name="private_slots_are_never_open",
                condition=Q(is_private=False) | ~Q(state="open"),
            ),
            models.UniqueConstraint(fields=["item", "number"], name="slot_number_once"),
            models.UniqueConstraint(
                fields=["item", "labeler"],
                condition=Q(state__in=["leased", "done"]),
                name="one_slot_of_an_item_per_labeler",
            ),
            models.CheckConstraint(name="slot_numbers_from_1", condition=Q(number__gte=1)),
            models.CheckConstraint(
                name="slot_state_and_holder_agree",
                condition=Q(
                    state__in=["open", "void"],
                    labeler__isnull=True,
                    lease_token__isnull=True,
                    lease_until__isnull=True,
                )
                | Q(
                    state="leased",
                    labeler__isnull=False,
                    lease_token__isnull=False,
                    lease_until__isnull=False,
                )
                | Q(state="done", labeler__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["audience", "-priority", "-id"],
                condition=Q(state="open"),
                name="open_slots_by_audience",
            ),
            models.Index(
                fields=["labeler", "project"], condition=Q(state="leased"), name="leases_by_labeler"
            ),
            models.Index(
                fields=["project", "lease_until"],
                condition=Q(state="leased"),
                name="leases_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"slot {self.number} of {self.item_id}"


class QueueMark(models.Model):
    """How far down a project's queue a labeler has come, kept only for those who passed many slots.

    Somebody who judged ten thousand items of which each still wants a second opinion must not walk
    past all of them at every claim: for `claims_left` claims, or until `look_again_at`, the walk
    starts below the mark. Losing a mark costs time, never work.
    """

    pk = models.CompositePrimaryKey("labeler_id", "project_id")
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    priority = models.FloatField()
    slot_id = models.UUIDField()
    claims_left = models.PositiveIntegerField()
    look_again_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.labeler_id} stands at {self.priority} in {self.project_id}"


class Presentation(Row):
    """What a labeler was shown: the order, its seed, the screen, the language, the guidelines.

    One per lease. Its token is the proof that this person was given this slot, also after the lease
    ran out and the slot went to somebody else. What is handed in is checked against `screen`, not
    against settings that were changed meanwhile.
    """

    class Device(models.TextChoices):
        POINTER = "pointer", "Mouse, pen or trackpad"
        TOUCH = "touch", "Fingers"
        UNKNOWN = "", "Not told"

    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, related_name="presentations", db_index=False
    )
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lease_token = models.UUIDField(unique=True)
    guideline_version = models.ForeignKey(
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = ArrayField(models.UUIDField(), help_text="completion ids, first shown first")
    seed = models.BigIntegerField()
    locale = models.CharField(max_length=10, blank=True)
    device = models.CharField(
        max_length=10, choices=Device.choices, default=Device.UNKNOWN, blank=True
    )
    screen = models.JSONField(default=dict, help_text="the project's labeling settings as shown")
    reopens = models.UUIDField(
        null=True, help_text="the judgment of this slot that was opened again"
    )

    class Meta:
        indexes = [models.Index(fields=["slot", "labeler"], name="presentation_by_slot")]

    def __str__(self) -> str:
        return f"presentation of {self.slot_id}"


class Draft(Row):
    """Unfinished work, kept until it is submitted; revisions catch two tabs writing at once."""

    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="drafts", db_index=False)
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)
    payload = models.JSONField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "labeler"], name="one_draft_per_slot_and_labeler"
            ),
        ]

    def __str__(self) -> str:
        return f"draft {self.revision} of {self.slot_id}"


class Skip(Row):
    """A labeler passed on an item, and why; the item does not come back to them."""

    class Reason(models.TextChoices):
        UNCLEAR = "unclear", "The prompt is unclear"
        LANGUAGE = "language", "I don't read this language"
        KNOWLEDGE = "knowledge", "I lack the knowledge to judge"
        HARMFUL = "harmful", "Harmful or disturbing"
        BROKEN = "broken", "Something is broken"
        OTHER = "other", "Another reason"

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="skips", db_index=False)
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.TextField(blank=True, max_length=2000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "labeler"], name="one_skip_per_item_and_labeler"
            ),
        ]
        indexes = [models.Index(fields=["labeler", "-created_at"], name="skips_of_a_labeler")]

    def __str__(self) -> str:
        return f"{self.labeler_id} skipped {self.item_id}: {self.reason}"


class Report(Row):
    """A labeler says that an answer, or the prompt, should not be in circulation at all.

    The report takes it out at once; somebody decides afterwards whether it stays out.
    """

    class Reason(models.TextChoices):
        HARMFUL = "harmful", "Harmful or disturbing"
        PRIVATE_DATA = "private_data", "Holds somebody's private data"
        BROKEN = "broken", "Broken: cannot be read or displayed"
        NAMES_ITSELF = "names_itself", "Says which model wrote it"
        OTHER = "other", "Another reason"

    class State(models.TextChoices):
        OPEN = "open", "Out of circulation until somebody decides"
        UPHELD = "upheld", "Out of circulation for good"
        DISMISSED = "dismissed", "Back in circulation"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="reports")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="reports")
    completion = models.ForeignKey(
        Completion,
        null=True,
        on_delete=models.PROTECT,
        related_name="reports",
        help_text="null: the prompt is reported",
    )
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=12, choices=Reason.choices)
    note = models.TextField(blank=True, max_length=2000)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    withdrew = models.BooleanField(
        default=False, help_text="the completion was in circulation until this report"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["labeler", "completion"],
                condition=Q(state="open", completion__isnull=False),
                name="one_open_report_of_a_completion_per_labeler",
            ),
            models.UniqueConstraint(
                fields=["labeler", "prompt"],
                condition=Q(state="open", completion__isnull=True),
                name="one_open_report_of_a_prompt_per_labeler",
            ),
            models.CheckConstraint(
                name="a_decided_report_says_by_whom",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | Q(
                    state__in=["upheld", "dismissed"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="report_reason_known",
                condition=Q(
                    reason__in=["harmful", "private_data", "broken", "names_itself", "other"]
                ),
            ),
        ]
        indexes = [models.Index(fields=["project", "state", "-id"], name="report_by_state")]

    def __str__(self) -> str:
        return f"{self.reason} report of {self.completion_id or self.prompt_id}"


class Judgment(Row):
    """What rankings and demonstrations share: a finished, immutable act of one person on one slot."""

    class State(models.TextChoices):
        COUNTED = "counted", "Stands for its slot"
        SURPLUS = "surplus", "Kept, but the slot was filled by somebody else"
        WITHDRAWN = "withdrawn", "Taken back by its author or by review"

    slot = models.ForeignKey(
        Slot, on_delete=models.PROTECT, related_name="%(class)ss", db_index=False
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="%(class)ss", db_index=False
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    presentation = models.ForeignKey(
        Presentation, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    guideline_version = models.ForeignKey(
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=9, choices=State.choices)
    supersedes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    active_ms = models.PositiveIntegerField(null=True)
    note = models.TextField(blank=True, max_length=4000)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Ranking(Judgment):
    """A weak order over an item's completions."""

    source_id = models.CharField(max_length=200, blank=True, help_text="row id of imported data")
    unacceptable_below = models.PositiveSmallIntegerField(
        null=True, help_text="number of acceptable tiers; null: no cut was drawn"
    )
    mode = models.CharField(
        max_length=10,
        choices=Mode.choices,
        blank=True,
        help_text="how it was made; imported: told or not",
    )
    unread_accepted = models.BooleanField(
        default=False, help_text="went on after being told that not everything was read"
    )
    meta = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state="counted"), name="one_counted_ranking_per_slot"
            ),
            models.UniqueConstraint(
                fields=["item", "labeler"],
                condition=Q(state="counted"),
                name="one_counted_ranking_per_labeler",
            ),
        ]
        indexes = [
            models.Index(fields=["project", "created_at"], name="ranking_by_project"),
            models.Index(fields=["labeler", "-created_at"], name="ranking_by_labeler"),
            models.Index(fields=["item", "labeler"], name="ranking_by_item"),
            models.Index(fields=["project", "-id"], name="rankings_newest_first"),
            models.Index(fields=["project", "labeler", "-id"], name="rankings_of_one_labeler"),
            models.Index(
                fields=["project", "-id"],
                condition=~Q(state="counted"),
                name="rankings_that_do_not_count",
            ),
        ]

    def __str__(self) -> str:
        return f"ranking {self.id}"


class Placement(models.Model):
    """Where a ranking puts one completion: in a tier (1 is best), nowhere, or "cannot judge"."""

    id = models.BigAutoField(primary_key=True)
    ranking = models.ForeignKey(
        Ranking, on_delete=models.PROTECT, related_name="placements", db_index=False
    )
    completion = models.ForeignKey(
        Completion, on_delete=models.PROTECT, related_name="placements", db_index=False
    )
    tier = models.PositiveSmallIntegerField(null=True)
    cannot_judge = models.BooleanField(default=False)
    grades = models.JSONField(default=dict, help_text="axis: 1 to 7")
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    spans = models.JSONField(
        default=list, help_text="highlighted passages: [{start, end, quote, flag, note}]"
    )
    note = models.TextField(blank=True, max_length=2000)
    visible_ms = models.PositiveIntegerField(null=True, help_text="how long it was on screen")
    read_percent = models.PositiveSmallIntegerField(
        null=True, help_text="how far it was seen without a gap"
    )
    shown_at = models.PositiveSmallIntegerField(help_text="position on the screen, from 1")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ranking", "completion"], name="one_placement_per_completion"
            ),
            models.UniqueConstraint(
                fields=["ranking", "shown_at"], name="one_completion_per_position"
            ),
            models.CheckConstraint(
                name="tiers_from_1", condition=Q(tier__isnull=True) | Q(tier__gte=1)
            ),
            models.CheckConstraint(
                name="unjudgeable_is_unplaced",
                condition=Q(cannot_judge=False) | Q(tier__isnull=True),
            ),
            models.CheckConstraint(
                name="read_percent_to_100",
                condition=Q(read_percent__isnull=True) | Q(read_percent__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.completion_id} in tier {self.tier}"


class DirectComparison(models.Model):
    """Two completions that were compared head to head, beyond what the tiers imply."""

    id = models.BigAutoField(primary_key=True)
    ranking = models.ForeignKey(
        Ranking, on_delete=models.PROTECT, related_name="direct_comparisons", db_index=False
    )
    better = models.ForeignKey(
        Completion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    worse = models.ForeignKey(
        Completion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    is_tie = models.BooleanField(default=False)
    strength = models.PositiveSmallIntegerField(null=True, help_text="1 slight, 2 clear, 3 large")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ranking", "better", "worse"], name="direct_pair_once"),
            models.CheckConstraint(name="a_pair_has_two_sides", condition=~Q(better=F("worse"))),
            models.CheckConstraint(
                name="strength_1_to_3",
                condition=Q(strength__isnull=True) | Q(strength__gte=1, strength__lte=3),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.better_id} over {self.worse_id}"


class Demonstration(Judgment):
    """The ideal answer, written by a labeler; also kept as a completion of its prompt.

    One that was written beside a ranking, as a better answer, comes and goes with it.
    """

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="demonstrations")
    completion = models.OneToOneField(
        Completion, on_delete=models.PROTECT, related_name="demonstration"
    )
    text = models.TextField()
    ranking = models.OneToOneField(
        Ranking, null=True, on_delete=models.PROTECT, related_name="better_answer"
    )
    based_on = models.ForeignKey(
        Completion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["slot"],
                condition=Q(state="counted"),
                name="one_counted_demonstration_per_slot",
            ),
            models.CheckConstraint(
                name="based_on_beside_a_ranking",
                condition=Q(based_on__isnull=True) | Q(ranking__isnull=False),
            ),
            models.CheckConstraint(name="demonstration_is_not_empty", condition=~Q(text="")),
        ]
        indexes = [
            models.Index(fields=["project", "created_at"], name="demonstration_by_project"),
            models.Index(fields=["labeler", "-created_at"], name="demonstration_by_labeler"),
            models.Index(fields=["item", "labeler"], name="demonstration_by_item"),
            models.Index(fields=["project", "-id"], name="demonstrations_newest_first"),
        ]

    def __str__(self) -> str:
        return f"demonstration {self.id}"


class Comparison(models.Model):
    """Derived: one row per unordered pair of a counted ranking. A database view, never written."""

    pk = models.CompositePrimaryKey("ranking_id", "chosen_id", "rejected_id")
    ranking = models.ForeignKey(Ranking, on_delete=models.DO_NOTHING, related_name="comparisons")
    item = models.ForeignKey(Item, on_delete=models.DO_NOTHING, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.DO_NOTHING, related_name="+")
    labeler = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+"
    )
    chosen = models.ForeignKey(Completion, on_delete=models.DO_NOTHING, related_name="+")
    rejected = models.ForeignKey(Completion, on_delete=models.DO_NOTHING, related_name="+")
    is_tie = models.BooleanField()
    is_direct = models.BooleanField()
    strength = models.PositiveSmallIntegerField(null=True)
    tier_gap = models.PositiveSmallIntegerField(null=True)
    chosen_shown_at = models.PositiveSmallIntegerField()
    rejected_shown_at = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "comparison"

    def __str__(self) -> str:
        return f"{self.chosen_id} over {self.rejected_id}"
