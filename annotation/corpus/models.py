"""Prompts, how completions are drawn, and the completions themselves."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from annotation.corpus.curation import PendingPrompt as PendingPrompt
from annotation.corpus.curation import PromptAct as PromptAct
from annotation.corpus.curation import PromptChange as PromptChange
from annotation.corpus.curation import PromptFingerprint as PromptFingerprint
from annotation.corpus.curation import PromptLink as PromptLink
from annotation.corpus.curation import PromptTemplate as PromptTemplate
from annotation.corpus.curation import TemplateVersion as TemplateVersion
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import ModelVersion


class Split(models.TextChoices):
    """Which side of an evaluation a prompt is on; all completions of a prompt share it."""

    TRAIN = "train", "Training"
    VALIDATION = "validation", "Validation"


class PromptSet(Row):
    """A named, versioned list of prompts with one purpose."""

    class Purpose(models.TextChoices):
        SFT = "sft", "Demonstrations are written for it"
        REWARD = "reward", "Completions are ranked for it"
        RL = "rl", "The policy is updated on it; disjoint from reward prompts"
        EVALUATION = "evaluation", "Held out"
        CONTROL = "control", "Texts of control items; never exported, sampled or trained on"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prompt_sets")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    language = models.CharField(max_length=20)
    reserved_for = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=[],
        blank=True,
        help_text="groups whose members alone get its items; none: everybody",
    )
    description = models.TextField(blank=True, max_length=2000)
    based_on = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the version that this one began as a copy of",
    )
    made_for_import = models.BooleanField(
        default=False, help_text="made by an import, with which it goes where that takes no row"
    )
    retired_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    OFFERED = Purpose.choices[:-1]
    """The purposes that people make prompt sets for: all but control, which stands last."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "version"], name="prompt_set_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PromptUse(models.Model):
    """Which side of the loop a prompt text is on in a project: reward or RL, never both.

    Rows are written by a trigger on Prompt, so that no path can put one text on both sides.
    """

    pk = models.CompositePrimaryKey("project_id", "text_hash")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    text_hash = models.CharField(max_length=64)
    side = models.CharField(max_length=6, choices=[("reward", "reward"), ("rl", "rl")])

    def __str__(self) -> str:
        return f"{self.text_hash[:12]} {self.side}"


class Prompt(Row):
    """A chat that awaits an answer: messages of {role, content}; unique by hash in its set."""

    prompt_set = models.ForeignKey(PromptSet, on_delete=models.PROTECT, related_name="prompts")
    messages = models.JSONField()
    is_plain = models.BooleanField(
        default=False, help_text="imported as one string rather than as a list of messages"
    )
    text_hash = models.CharField(max_length=64)
    split = models.CharField(max_length=10, choices=Split.choices, default=Split.TRAIN)
    language = models.CharField(max_length=20, blank=True)
    source = models.CharField(max_length=120, blank=True)
    source_id = models.CharField(max_length=200, blank=True)
    reference = models.JSONField(null=True)
    meta = models.JSONField(default=dict)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    supersedes = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="successors",
        db_index=False,
        help_text="the prompt that this one is an edit of",
    )
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt_set", "text_hash"], name="prompt_once_per_set"),
            models.UniqueConstraint(
                fields=["supersedes"],
                condition=Q(retired_at=None, supersedes__isnull=False),
                name="one_standing_successor",
            ),
        ]
        indexes = [
            models.Index(fields=["prompt_set", "-id"], name="prompt_newest_first"),
            # To count the prompts in use, and to compare two versions of a set by their texts.
            models.Index(
                fields=["prompt_set", "text_hash"],
                include=["id"],
                condition=Q(retired_at=None),
                name="prompts_in_use",
            ),
            models.Index(
                fields=["supersedes"],
                condition=Q(supersedes__isnull=False),
                name="prompt_by_superseded",
            ),
            GinIndex(fields=["tags"], name="prompt_by_tag"),
            models.Index(
                fields=["prompt_set", "source_id"],
                condition=~Q(source_id=""),
                name="prompt_by_source_id",
            ),
        ]

    def __str__(self) -> str:
        return f"prompt {self.text_hash[:12]}"


class SamplingPlan(Row):
    """How completions are drawn; immutable, so that a completion's plan says how it came about."""

    class Strategy(models.TextChoices):
        GREEDY = "greedy", "Greedy"
        BEAM = "beam", "Beam search"
        SAMPLE = "sample", "Sampling"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="sampling_plans")
    name = models.CharField(max_length=120)
    strategy = models.CharField(max_length=10, choices=Strategy.choices)
    temperature = models.FloatField(default=1.0)
    top_k = models.PositiveIntegerField(default=0, help_text="0: no limit")
    top_p = models.FloatField(default=1.0)
    num_beams = models.PositiveSmallIntegerField(default=1)
    no_repeat_ngram = models.PositiveSmallIntegerField(default=0, help_text="0: off")
    repetition_penalty = models.FloatField(default=1.0)
    n = models.PositiveSmallIntegerField(help_text="completions per prompt")
    max_new_tokens = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField(default=0)
    made_for_trial = models.BooleanField(
        default=False,
        help_text="made to say how what the playground sent was drawn; nobody chooses it",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="sampling_plan_name_once"),
            models.CheckConstraint(
                name="sampling_plan_ranges",
                condition=Q(temperature__gt=0, temperature__lte=5, top_p__gt=0, top_p__lte=1)
                & Q(repetition_penalty__gte=0.1, repetition_penalty__lte=10)
                & Q(n__gte=1, n__lte=64, max_new_tokens__gte=1, max_new_tokens__lte=8192)
                & Q(num_beams__gte=1, num_beams__lte=32),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Completion(Row):
    """One answer to a prompt, and where it came from; the origin is never told to a labeler."""

    class Origin(models.TextChoices):
        POLICY = "policy", "Sampled from a policy version"
        HUMAN = "human", "Written by a person"
        IMPORT = "import", "Imported"

    class FinishReason(models.TextChoices):
        STOP = "stop", "Ended by itself"
        LENGTH = "length", "Cut at the length limit"
        UNKNOWN = "", "Not known"

    # `system` of what the radar asks about: it stands in items of the radar alone.
    OF_RADAR = "tiebreak:radar"

    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="completions")
    origin = models.CharField(max_length=6, choices=Origin.choices)
    policy_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="completions"
    )
    plan = models.ForeignKey(
        SamplingPlan, null=True, on_delete=models.PROTECT, related_name="completions"
    )
    sample_index = models.PositiveIntegerField(null=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    import_key = models.CharField(
        max_length=64,
        null=True,
        help_text="SHA-256 naming the imported item and the position in it",
    )
    system = models.CharField(max_length=200, blank=True, help_text="imported: who wrote it")
    text = models.TextField(blank=True, help_text="as it was written")
    shown_text = models.TextField(
        null=True, help_text="as labelers see it; null: as it was written"
    )
    text_hash = models.CharField(max_length=64)
    token_count = models.PositiveIntegerField(null=True)
    finish_reason = models.CharField(
        max_length=10, choices=FinishReason.choices, default=FinishReason.UNKNOWN, blank=True
    )
    meta = models.JSONField(null=True, help_text="imported: further fields of its row")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prompt", "policy_version", "plan", "sample_index"],
                condition=Q(origin="policy"),
                name="sampled_completion_once",
            ),
            models.UniqueConstraint(
                fields=["prompt", "import_key"],
                condition=Q(origin="import"),
                name="imported_completion_once",
            ),
            models.CheckConstraint(
                name="completion_origin_is_told",
                condition=Q(
                    origin="policy",
                    policy_version__isnull=False,
                    plan__isnull=False,
                    sample_index__isnull=False,
                )
                | Q(origin="human", author__isnull=False, policy_version__isnull=True)
                | Q(origin="import", import_key__isnull=False, policy_version__isnull=True),
            ),
        ]

    @property
    def shown(self) -> str:
        """The text as labelers see it."""
        return self.text if self.shown_text is None else self.shown_text

    def __str__(self) -> str:
        return f"completion {self.id}"
