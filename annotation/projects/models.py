"""A project, who belongs to it in which role, its guidelines, and pseudonyms of imported labelers."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.lib.models import Row


class Language(models.TextChoices):
    """Languages a campaign is run in."""

    ENGLISH = "en", "English"
    CHINESE = "zh-Hans", "简体中文"


class Mode(models.TextChoices):
    """How completions are put in order."""

    TIERS = "tiers", "Tiers with ties"
    DUEL = "duel", "Two side by side, once"
    GUIDED = "guided", "Duels that sort the completions"
    BEST_WORST = "best_worst", "Only the best and the worst"
    DRAG_LIST = "drag_list", "A list to drag into order"


class Step(models.TextChoices):
    """What may come around the ordering; reading and ordering always do."""

    GRADE = "grade", "Grade each completion on every axis"
    CONFIRM = "confirm", "Confirm neighbouring tiers, with strength"


class Project(Row):
    """One labeling campaign and the loop around it."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active: work is handed out"
        PAUSED = "paused", "Paused: nothing new is handed out, leases run on"
        ARCHIVED = "archived", "Archived: read only"

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, max_length=2000)
    language = models.CharField(max_length=10, choices=Language.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    completions_per_item = models.PositiveSmallIntegerField(default=4)
    judgments_per_item = models.PositiveSmallIntegerField(default=1)
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.TIERS)
    steps = ArrayField(
        models.CharField(max_length=10, choices=Step.choices), default=list, blank=True
    )
    allow_ties = models.BooleanField(default=True)
    draw_cut = models.BooleanField(
        default=False, help_text='offer the line "nothing below is acceptable"'
    )
    write_better = models.BooleanField(default=False, help_text="offer to write a better answer")
    mark_spans = models.BooleanField(default=False, help_text="let passages be highlighted")
    take_notes = models.BooleanField(default=False, help_text="a note on each completion")
    axes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    pass_mark = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="percent of agreement that a labeler must reach before work; null: none is asked",
    )
    lease_seconds_min = models.PositiveIntegerField(default=600)
    lease_seconds_max = models.PositiveIntegerField(default=3600)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="project_completions_2_to_9",
                condition=Q(completions_per_item__gte=2, completions_per_item__lte=9),
            ),
            models.CheckConstraint(
                name="project_judgments_1_to_50",
                condition=Q(judgments_per_item__gte=1, judgments_per_item__lte=50),
            ),
            models.CheckConstraint(name="project_mode_known", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(
                name="project_steps_known", condition=Q(steps__contained_by=Step.values)
            ),
            models.CheckConstraint(
                name="a_duel_has_two_sides",
                condition=~Q(mode=Mode.DUEL) | Q(completions_per_item=2),
            ),
            models.CheckConstraint(
                name="grading_needs_an_axis",
                condition=~Q(steps__contains=[Step.GRADE.value]) | Q(axes__len__gte=1),
            ),
            models.CheckConstraint(
                name="pass_mark_50_to_100",
                condition=Q(pass_mark__isnull=True) | Q(pass_mark__gte=50, pass_mark__lte=100),
            ),
            models.CheckConstraint(
                name="project_lease_bounds",
                condition=Q(lease_seconds_min__gte=30)
                & Q(lease_seconds_max__gte=models.F("lease_seconds_min"))
                & Q(lease_seconds_max__lte=86400),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do; a person may hold several."""

    LABELER = "labeler", "Labeler: ranks and writes demonstrations"
    REVIEWER = "reviewer", "Reviewer: reads judgments, adjudicates"
    ADMIN = "admin", "Admin: prompts, people, quality, settings"
    ML = "ml", "ML engineer: sampling, training, releases"


class Membership(Row):
    """One role of one person in one project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role.choices)
    qualified_at = models.DateTimeField(
        null=True, help_text="labelers: when the qualification was passed, or waived"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "role"], name="one_membership_per_role"
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.project_id}"


class GuidelineVersion(Row):
    """The instructions as they stood; immutable, every judgment is pinned to one."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=100_000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} guidelines {self.number}"


class GuidelineReading(Row):
    """Somebody said that they read this version of the instructions."""

    version = models.ForeignKey(GuidelineVersion, on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="guideline_readings"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="guideline_read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.version_id}"


class ImportedLabeler(Row):
    """The pseudonymous person behind a labeler name in imported data."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imported_labelers")
    source = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imported_as"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source", "name"], name="imported_labeler_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"
