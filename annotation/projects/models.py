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
    budget = models.PositiveIntegerField(
        null=True, blank=True, help_text="counted judgments wanted in all; null: as items ask for"
    )
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="nothing new is handed out from then on; null: no end"
    )
    daily_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="judgments of one labeler in 24 hours; null: no limit"
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
                name="budget_and_cap_from_1",
                condition=(Q(budget__isnull=True) | Q(budget__gte=1))
                & (Q(daily_cap__isnull=True) | Q(daily_cap__gte=1)),
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
    languages = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=[],
        blank=True,
        help_text="labelers: the languages they read; none: whatever comes",
    )
    daily_cap = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="labelers: in place of the project's; null: as the project"
    )
    suspended_at = models.DateTimeField(
        null=True, help_text="since when the role is at rest; all roles of a person rest together"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "role"], name="one_membership_per_role"
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="membership_cap_from_1",
                condition=Q(daily_cap__isnull=True) | Q(daily_cap__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.project_id}"


class Group(Row):
    """A named set of labelers of a project; work can be reserved for groups."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="group_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A labeler's membership in a group; it goes with the role. A trigger keeps both in one project."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="in_groups", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "group"], name="in_a_group_once"),
        ]
        indexes = [models.Index(fields=["group"], name="members_of_a_group")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group_id}"


class Invitation(Row):
    """A link that lets people join in these roles. Its token is kept as a hash only; it works until
    it ends, is used up or is revoked.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    label = models.CharField(max_length=100, blank=True, help_text="whom it is for, to admins")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    roles = ArrayField(models.CharField(max_length=10, choices=Role.choices))
    groups = models.ManyToManyField(Group, blank=True, related_name="+")
    email = models.EmailField(blank=True, help_text="only for the person with this address")
    uses_max = models.PositiveSmallIntegerField(default=1)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_roles_known",
                condition=Q(roles__contained_by=Role.values) & Q(roles__len__gt=0),
            ),
            models.CheckConstraint(
                name="invitation_1_to_500_uses", condition=Q(uses_max__gte=1, uses_max__lte=500)
            ),
            models.CheckConstraint(
                name="an_address_is_one_person", condition=Q(email="") | Q(uses_max=1)
            ),
            models.CheckConstraint(
                name="invitation_digest_hex", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return f"invitation {self.id}"


class InvitationUse(Row):
    """Somebody joined by an invitation. Opening the link again uses nothing up."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="used")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitation_uses"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "user"], name="invitation_used_once_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} used {self.invitation_id}"


class GuidelineVersion(Row):
    """The instructions as they stood; immutable, every judgment is pinned to one."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=100_000)
    changes = models.CharField(
        max_length=500, blank=True, help_text="what is new in it, in a sentence"
    )
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


class KeptFigures(Row):
    """Counts of a large project, as they were at a moment (figures.py)."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="kept_figures")
    name = models.CharField(max_length=40)
    body = models.JSONField()
    took_ms = models.PositiveIntegerField(help_text="how long counting took")
    counted_at = models.DateTimeField()
    wanted_at = models.DateTimeField(null=True, help_text="read since it is too old")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="figures_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.project_id} at {self.counted_at:%Y-%m-%d %H:%M:%S}"
