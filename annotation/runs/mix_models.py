"""Sampling mixes: several policies in one item, some places from older rounds, and their draws.

A mix never changes. A draw is one act "sample by this mix": its parts are sampling runs, and its
prompts say which completion each item is to hold. The rows are the truth; hints may be lost.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotation.corpus.models import Completion, Prompt, PromptSet, SamplingPlan
from annotation.labeling.models import Item
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion

LARGEST_SHARE = 50


class SamplingMix(Row):
    """Which policies fill the places of an item; immutable, a name that is in use gets a new version."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="sampling_mixes")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    older_percent = models.PositiveSmallIntegerField(
        default=15, help_text="of the prompts, which get one place from an older round"
    )
    seed = models.PositiveBigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "version"], name="mix_version_once"),
            models.CheckConstraint(
                name="mix_older_percent", condition=Q(older_percent__lte=LARGEST_SHARE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class MixRow(models.Model):
    """So many completions of one policy by one plan."""

    class Policy(models.TextChoices):
        VERSION = "version", "A given version"
        PROMOTED = "promoted", "The promoted version at the time of the draw"
        PREVIOUS = "previous", "The version that was promoted before"
        BASE = "base", "The first base version"

    id = models.BigAutoField(primary_key=True)
    mix = models.ForeignKey(SamplingMix, on_delete=models.PROTECT, related_name="rows")
    position = models.PositiveSmallIntegerField()
    policy = models.CharField(max_length=10, choices=Policy.choices)
    policy_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveSmallIntegerField(help_text="places in an item")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mix", "position"], name="mix_row_position_once"),
            models.CheckConstraint(
                name="mix_row_count", condition=Q(count__gte=1) & Q(count__lte=9)
            ),
            models.CheckConstraint(
                name="mix_row_names_its_version",
                condition=Q(policy="version", policy_version__isnull=False)
                | (~Q(policy="version") & Q(policy_version__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} of {self.policy}"


class MixDraw(Row):
    """One act of sampling by a mix; its state follows from the runs of its parts."""

    class Missing(models.TextChoices):
        WAIT = "wait", "Make no item before every part has succeeded"
        MAKE = "make", "Once no part is at work, make items of two completions or more"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="mix_draws")
    mix = models.ForeignKey(SamplingMix, on_delete=models.PROTECT, related_name="draws")
    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="+")
    policies = models.CharField(
        max_length=64, help_text="SHA-256 of the policies and plans that the mix stood for"
    )
    k = models.PositiveSmallIntegerField(help_text="places in an item")
    needed = models.PositiveSmallIntegerField(help_text="judgments per item")
    missing = models.CharField(max_length=4, choices=Missing.choices, default=Missing.WAIT)
    older_lacking = models.PositiveIntegerField(
        default=0, help_text="prompts chosen for an older completion for which there was none"
    )
    makes_items = models.BooleanField(
        default=True, help_text="false: a run of kind pick chooses what becomes items"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    idempotency_key = models.UUIDField(unique=True)
    finished_at = models.DateTimeField(null=True, help_text="when items were last made to the end")

    def __str__(self) -> str:
        return f"draw {self.id} by {self.mix_id}"


class MixPart(Row):
    """The sampling run of one policy and plan of a draw."""

    draw = models.ForeignKey(MixDraw, on_delete=models.PROTECT, related_name="parts")
    run = models.OneToOneField("runs.Run", on_delete=models.PROTECT, related_name="mix_part")
    policy_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="+")
    count = models.PositiveSmallIntegerField(help_text="places in an item")
    is_older = models.BooleanField(
        default=False, help_text="samples an older version for the prompts that need one"
    )

    def __str__(self) -> str:
        return f"part {self.id} of {self.draw_id}"


class MixPrompt(models.Model):
    """A prompt of a draw: whose place an older completion takes, and the item it became."""

    class State(models.TextChoices):
        WAITING = "waiting", "No item yet"
        MADE = "made", "Became an item"
        TOO_FEW = "too_few", "Fewer than two different completions, or the prompt was retired"

    id = models.BigAutoField(primary_key=True)
    draw = models.ForeignKey(MixDraw, on_delete=models.PROTECT, related_name="prompts")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="+")
    gives = models.ForeignKey(
        MixPart,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the part that gives a place to an older completion; null: none does",
    )
    older = models.ForeignKey(
        Completion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="sampled by an older round; null: from the older part, where a place is given",
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draw", "prompt"], name="mix_prompt_once"),
            models.CheckConstraint(
                name="a_made_mix_prompt_has_an_item",
                condition=Q(state="made", item__isnull=False)
                | (~Q(state="made") & Q(item__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["draw", "id"], condition=Q(state="waiting"), name="mix_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.prompt_id} in {self.draw_id}"
