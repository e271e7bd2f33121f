"""What review keeps: the figures of its queue, what reviewers decided, what they told labelers, acts
on many judgments, and plans to have some judged again. `models` imports these tables.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from annotation.labeling.models import Demonstration, Item, Ranking
from annotation.lib.models import Row
from annotation.projects.models import GuidelineVersion, Project

PERSON = settings.AUTH_USER_MODEL
# Why an item stands in the review queue; see `review.figures`.
REASONS = ("order", "cut", "flags", "cannot_judge", "reported", "skipped", "fast")
REASON_CHOICES = [(name, name) for name in REASONS]


class Stir(models.Model):
    """Something happened to an item, so its figures want to be worked out anew. Written by triggers;
    rows without a unique key, so that writers never wait for one another.
    """

    id = models.BigAutoField(primary_key=True)
    item_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.item_id} was stirred"


class ReviewEntry(models.Model):
    """The figures by which an item stands in the review queue; see `review.figures`.

    Derived from judgments, skips, reports and adjudications. Only the lease (`reviewer`,
    `reviewing_until`) is written by people.
    """

    class State(models.TextChoices):
        OPEN = "open", "Nobody has decided it as it stands now"
        DECIDED = "decided", "Decided since the last thing that happened to it"

    item = models.OneToOneField(
        Item, primary_key=True, on_delete=models.CASCADE, related_name="review"
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=7, choices=State.choices)
    weight = models.FloatField(help_text="the place in the queue; higher comes first")
    reasons = ArrayField(models.CharField(max_length=16))
    judgments = models.PositiveIntegerField(help_text="counted rankings")
    discordant = models.FloatField(
        null=True, help_text="share of pairs, strict for two labelers, that they order differently"
    )
    cut_differs = models.FloatField(
        null=True, help_text="share of two labelers' verdicts on one answer that differ on the line"
    )
    flags_differ = models.FloatField(
        null=True, help_text="share of two labelers' marks of one answer that only one of them set"
    )
    tied = models.FloatField(null=True, help_text="share of judged pairs that are ties")
    cut_inside = models.BooleanField(default=False, help_text="a line runs through the order")
    labelers = ArrayField(models.UUIDField())
    guidelines = ArrayField(models.PositiveIntegerField())
    prompt_set_id = models.UUIDField()
    language = models.CharField(max_length=20, blank=True)
    last_at = models.DateTimeField(help_text="of the newest judgment, skip or report")
    reviewer = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewing_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["project", "-weight", "-item"],
                condition=Q(state="open", weight__gt=0),
                name="review_queue",
            ),
            GinIndex(
                fields=["labelers"],
                condition=Q(state="open", weight__gt=0),
                name="review_queue_by_labeler",
            ),
            GinIndex(
                fields=["reasons"],
                condition=Q(state="open", weight__gt=0),
                name="review_queue_by_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in the review queue"


class NamesSeen(Row):
    """A reviewer let the names be shown before deciding. Append-only."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    reviewer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "reviewer"], name="names_seen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} saw who judged {self.item_id}"


class Adjudication(Row):
    """What a reviewer decided about an item, having seen all its judgments. Append-only; the newest
    revision (`number`) holds.
    """

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "One or several of the judgments are right as they are"
        ORDERED = "ordered", "The reviewer gives the order that is right"
        ANOTHER_OPINION = "another_opinion", "One more judgment is wanted"
        UNCLEAR_GUIDELINE = "unclear_guideline", "The guidelines do not say"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, related_name="adjudications", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    reviewer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    outcome = models.CharField(max_length=17, choices=Outcome.choices)
    accepted = ArrayField(models.UUIDField(), default=list, help_text="rankings")
    withdrew = ArrayField(models.UUIDField(), default=list, help_text="rankings")
    tiers = models.JSONField(null=True, help_text="completion ids, best tier first; only `ordered`")
    unplaced = models.JSONField(default=list, help_text="completion ids left out of the order")
    unacceptable_below = models.PositiveSmallIntegerField(null=True)
    reason = models.TextField(max_length=4000, blank=True)
    guideline_version = models.ForeignKey(
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    names_seen = models.BooleanField(help_text="who judged was shown before this was decided")
    active_ms = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="adjudication_number_once"),
            models.CheckConstraint(
                name="an_order_is_there_where_one_is_given",
                condition=Q(outcome="ordered", tiers__isnull=False)
                | (~Q(outcome="ordered") & Q(tiers__isnull=True)),
            ),
            models.CheckConstraint(
                name="adjudication_outcome_known",
                condition=Q(
                    outcome__in=["accepted", "ordered", "another_opinion", "unclear_guideline"]
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["project", "outcome", "-id"], name="adjudication_by_outcome")
        ]

    def __str__(self) -> str:
        return f"adjudication {self.number} of {self.item_id}"


class FeedbackNote(Row):
    """What review tells one labeler about one judgment. The labeler may answer once."""

    class Reason(models.TextChoices):
        MISREAD = "misread", "The prompt or an answer was misread"
        GUIDELINE = "guideline", "The guidelines say otherwise"
        MISSED_FAULT = "missed_fault", "A fault of an answer was missed"
        LINE = "line", "The line below the acceptable stands elsewhere"
        TOO_FAST = "too_fast", "Too quick to have read it all"
        OTHER = "other", "Something else"

    class Answer(models.TextChoices):
        NONE = "", "Not answered"
        REPLY = "reply", "Answered"
        DISPUTE = "dispute", "Disputed"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    labeler = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+", db_index=False)
    ranking = models.ForeignKey(Ranking, on_delete=models.PROTECT, related_name="feedback")
    adjudication = models.ForeignKey(
        Adjudication, null=True, on_delete=models.PROTECT, related_name="notes"
    )
    author = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    message = models.TextField(blank=True, max_length=4000)
    read_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=7, choices=Answer.choices, default=Answer.NONE, blank=True)
    answer_text = models.TextField(blank=True, max_length=4000)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ranking", "adjudication"], name="one_note_per_decision"
            ),
            models.CheckConstraint(
                name="an_answer_says_when",
                condition=Q(answer="", answered_at__isnull=True, answer_text="")
                | Q(answer__in=["reply", "dispute"], answered_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["labeler", "project", "-id"], name="notes_of_a_labeler"),
            models.Index(fields=["project", "answer", "-id"], name="notes_of_a_project"),
        ]

    def __str__(self) -> str:
        return f"note on {self.ranking_id}"


class BulkAct(Row):
    """Taking out, or putting back, many judgments of one kind: exactly those that stand in its targets."""

    class Of(models.TextChoices):
        RANKING = "ranking", "Rankings, with their better answers"
        DEMONSTRATION = "demonstration", "Demonstrations that were written by themselves"

    class Act(models.TextChoices):
        WITHDRAW = "withdraw", "Take them out"
        RESTORE = "restore", "Put them back"

    class State(models.TextChoices):
        RUNNING = "running", "Under way"
        STOPPED = "stopped", "Stopped by a person; what was done stays done"
        DONE = "done", "Every target has an outcome"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    act = models.CharField(max_length=8, choices=Act.choices)
    of = models.CharField(
        max_length=13, choices=Of.choices, default=Of.RANKING, db_default=Of.RANKING
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    filter = models.JSONField()
    reason = models.TextField(max_length=2000)
    actor = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="undone_by"
    )
    total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="bulk_act_by_project"),
            models.Index(fields=["id"], condition=Q(state="running"), name="bulk_acts_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.total} of kind {self.of}"


class BulkTarget(models.Model):
    """One judgment of a bulk act, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "", "Not yet"
        WITHDRAWN = "withdrawn", "Taken out"
        COUNTED = "counted", "Put back; it counts"
        SURPLUS = "surplus", "Put back; its slot was filled meanwhile, or it was surplus before"
        LEFT = "left", "Left as it was: somebody else changed it meanwhile"

    id = models.BigAutoField(primary_key=True)
    bulk_act = models.ForeignKey(
        BulkAct, on_delete=models.PROTECT, related_name="targets", db_index=False
    )
    ranking = models.ForeignKey(Ranking, null=True, on_delete=models.PROTECT, related_name="+")
    demonstration = models.ForeignKey(
        Demonstration, null=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(
        max_length=9, choices=Outcome.choices, default=Outcome.WAITING, blank=True
    )
    rule = models.CharField(max_length=40, blank=True, help_text="why it was left")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk_act", "ranking"], name="bulk_target_once"),
            models.UniqueConstraint(
                fields=["bulk_act", "demonstration"], name="bulk_target_demonstration_once"
            ),
            models.CheckConstraint(
                name="a_bulk_target_is_one_judgment",
                condition=Q(ranking__isnull=True, demonstration__isnull=False)
                | Q(ranking__isnull=False, demonstration__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["bulk_act", "id"], condition=Q(outcome=""), name="bulk_targets_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ranking_id or self.demonstration_id} of {self.bulk_act_id}"


class RelabelPlan(Row):
    """Items whose judgments the new guidelines may change, to be judged anew."""

    class Rule(models.TextChoices):
        SUPERSEDE = "supersede", "The old judgments are withdrawn when the new ones are in"
        KEEP = "keep", "The old judgments go on counting beside the new ones"

    class State(models.TextChoices):
        RUNNING = "running", "New judgments are wanted"
        DONE = "done", "All new judgments are in"
        CANCELLED = "cancelled", "Cancelled; what was judged anew stays"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    old_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    new_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    query = models.JSONField(help_text="words, flags, axes and size, as asked for")
    rule = models.CharField(max_length=9, choices=Rule.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    expected_flips = models.FloatField()
    created_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_relabel_plan_goes_from_one_version_to_another",
                condition=~Q(old_version=F("new_version")),
            ),
        ]
        indexes = [models.Index(fields=["project", "-id"], name="relabel_plan_by_project")]

    def __str__(self) -> str:
        return f"relabel plan {self.id}"


class RelabelItem(models.Model):
    """An old item and the new one over the same completions that stands for it."""

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(
        RelabelPlan, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    old_item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    new_item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="relabels")
    likelihood = models.FloatField(help_text="estimated chance that the judgment changes")
    settled_at = models.DateTimeField(null=True, help_text="the rule was applied")
    flipped = models.FloatField(
        null=True, help_text="share of strict pairs that old and new order differently"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "old_item"], name="relabelled_once_per_plan"),
        ]
        indexes = [
            models.Index(
                fields=["plan"], condition=Q(settled_at=None), name="relabel_items_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.old_item_id} anew as {self.new_item_id}"
