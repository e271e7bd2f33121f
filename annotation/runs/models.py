"""Snapshots, runs (the job machine), their events and metrics, and rounds.

The row is the truth; a Celery message is only a hint that the row may be worth a look.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.lib.models import Row
from annotation.projects.models import Project
from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.campaign_models import CampaignAnswer as CampaignAnswer
from annotation.runs.campaign_models import JudgingCampaign as JudgingCampaign
from annotation.runs.erasures import Erasure as Erasure
from annotation.runs.erasures import ErasureMark as ErasureMark
from annotation.runs.mix_models import MixDraw as MixDraw
from annotation.runs.mix_models import MixPart as MixPart
from annotation.runs.mix_models import MixPrompt as MixPrompt
from annotation.runs.mix_models import MixRow as MixRow
from annotation.runs.mix_models import SamplingMix as SamplingMix
from annotation.runs.radar_models import RadarCatch as RadarCatch
from annotation.runs.radar_models import RadarSettings as RadarSettings
from annotation.runs.radar_models import RadarWatch as RadarWatch
from annotation.runs.round_models import RoundEvent as RoundEvent
from annotation.runs.round_models import RoundPlan as RoundPlan
from annotation.runs.round_models import Step as Step
from annotation.runs.seat_models import RunSeat as RunSeat
from annotation.runs.trial_models import Trial as Trial


def uploads_folder() -> Path:
    """Where uploads wait for their import."""
    return Path(settings.ARTIFACT_DIR) / "uploads"


class DatasetSnapshot(Row):
    """Rankings and demonstrations frozen at a cut-off, as files with a hash; immutable.

    Of people's judgments, or of what a reward model chose: then `query` names the run.
    """

    CHOSEN_BY = "best_of_n"  # in `query`: number of the run that chose

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    query = models.JSONField(
        help_text="what was asked for: filters, ties, split, held-out labelers"
    )
    cut_off = models.DateTimeField()
    counts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="snapshots")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="snapshot_number_once"),
        ]

    def __str__(self) -> str:
        return f"snapshot {self.number}"

    @property
    def is_of_people(self) -> bool:
        """Whether people judged what is in it."""
        return self.CHOSEN_BY not in self.query


class Upload(Row):
    """A file a person handed in, piece by piece, kept as received until its import is done with it.

    `received` bytes of `bytes` are on disk for good; what may stand after them is not counted.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    bytes = models.BigIntegerField()
    received = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="known once it was read whole")
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="by which the browser knows the file again"
    )
    touched_at = models.DateTimeField(db_default=Now(), help_text="when the last piece came")
    gone_at = models.DateTimeField(null=True, help_text="when the file was deleted")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="upload_within_its_size",
                condition=Q(received__gte=0, received__lte=models.F("bytes")),
            ),
            models.UniqueConstraint(
                fields=["project", "user", "fingerprint", "bytes"],
                condition=Q(gone_at__isnull=True) & ~Q(fingerprint=""),
                name="upload_of_a_file_once",
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_complete(self) -> bool:
        return self.received == self.bytes and self.gone_at is None

    @property
    def path(self) -> Path:
        """Where the file is kept; named by our id, never by the client."""
        return uploads_folder() / str(self.id)


class WorkerClass(models.TextChoices):
    """What hardware a worker has."""

    CPU = "cpu", "Processor only"
    GPU = "gpu", "Has a GPU"


GATHER = "gather"  # the phase of a run that waits for its other hosts


class Run(Row):
    """One piece of background work, from the wish to the result."""

    class Kind(models.TextChoices):
        IMPORT = "import", "Import of a file"
        EXPORT = "export", "Freezing of a dataset snapshot"
        SAMPLE = "sample", "Sampling of completions"
        SFT = "sft", "Supervised fine-tuning on demonstrations"
        REWARD = "reward", "Reward-model training on rankings"
        PPO = "ppo", "Policy update against a reward model"
        RLOO = "rloo", "Policy update against a reward model, leave-one-out baseline"
        GRPO = "grpo", "Policy update against a reward model, group-relative"
        DPO = "dpo", "Policy update from rankings"
        EVALUATE = "evaluate", "Evaluation"
        PICK = "pick", "Choice of what to have judged next"
        BEST_OF_N = "best_of_n", "Choice of the best completions by a reward model"
        PUSH = "push", "Push of a version to a hub"

    class Status(models.TextChoices):
        BLOCKED = "blocked", "Waits for another run"
        QUEUED = "queued", "Waits for a worker"
        RUNNING = "running", "In the hands of a worker while its lease lasts"
        INTERRUPTED = "interrupted", "Stopped midway; will be queued again"
        SUCCEEDED = "succeeded", "Done, result published"
        FAILED = "failed", "Refused or broken; the error says why"
        CANCELLED = "cancelled", "Cancelled by a person"

    MOVES = {
        "blocked": ("queued", "cancelled", "failed"),
        "queued": ("running", "cancelled"),
        "running": ("interrupted", "succeeded", "failed", "cancelled"),
        "interrupted": ("queued", "failed", "cancelled"),
        "failed": ("queued", "blocked"),
        "cancelled": ("queued", "blocked"),
    }
    ACTIVE = ("blocked", "queued", "running", "interrupted")
    NAME_LENGTH = 80

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    config = models.JSONField(help_text="frozen at creation")
    idempotency_key = models.UUIDField(unique=True)
    # for people alone: nothing that is run or compared depends on them
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    waits_for = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="followers"
    )

    # what it uses
    snapshot = models.ForeignKey(
        DatasetSnapshot, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    policy_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="policy_runs"
    )
    reward_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="reward_runs"
    )
    prompt_set = models.ForeignKey(
        PromptSet, null=True, on_delete=models.PROTECT, related_name="runs"
    )
    plan = models.ForeignKey(SamplingPlan, null=True, on_delete=models.PROTECT, related_name="runs")
    upload = models.ForeignKey(Upload, null=True, on_delete=models.PROTECT, related_name="runs")

    # what it made; unique, so that a run publishes once
    output_version = models.OneToOneField(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="made_by"
    )
    output_snapshot = models.OneToOneField(
        DatasetSnapshot, null=True, on_delete=models.PROTECT, related_name="made_by"
    )
    report = models.JSONField(default=dict)
    left_out = models.JSONField(
        default=dict,
        help_text="rows, left_out, used_in_part, of: how many of its rows its trainer does not use, or in part",
    )
    files = models.ForeignKey(
        Artifact,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="what its trainer wrote for people: completions, a report, what was left out",
    )
    alarms = models.JSONField(
        default=list, help_text="what its trainer warned of or stopped for, each code once"
    )
    provenance = models.JSONField(
        default=dict, help_text="code, libraries and machine it ran with, and the memory it needed"
    )

    priority = models.SmallIntegerField(
        default=0, help_text="its place in the line of its project: higher goes first"
    )

    # where it runs
    needs = models.CharField(
        max_length=3,
        choices=WorkerClass.choices,
        blank=True,
        help_text="the class of worker that may take it; empty: any",
    )
    launch = models.JSONField(
        default=dict,
        help_text="the accelerate configuration it is started with, as it was then; empty: one process",
    )
    kept_state = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of the list of files that another host would go on from",
    )

    # the lease; every write of a worker is guarded by the epoch
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_epoch = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0)
    tries_without_progress = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    last_step = models.BigIntegerField(default=0)
    copied_seq = models.BigIntegerField(
        default=0, help_text="the last line of events.jsonl that stands in the tables"
    )
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    phase = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="run_number_once"),
            models.CheckConstraint(
                name="a_running_run_has_a_lease",
                condition=~Q(status="running") | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="a_blocked_run_waits_for_another",
                condition=~Q(status="blocked") | Q(waits_for__isnull=False),
            ),
            models.CheckConstraint(
                name="run_priority_in_range", condition=Q(priority__gte=-2, priority__lte=2)
            ),
            models.CheckConstraint(
                name="a_failed_run_says_why", condition=~Q(status="failed") | ~Q(error_code="")
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="queued"), name="queued_runs"),
            models.Index(
                fields=["lease_until"], condition=Q(status="running"), name="running_runs"
            ),
            models.Index(fields=["project", "-number"], name="runs_by_project"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} run {self.number}"

    @property
    def asks_a_server(self) -> bool:
        """Whether a server draws its completions; then nothing is trained or loaded here."""
        is_of_server = self.policy_version is not None and self.policy_version.is_served
        return is_of_server and self.kind == self.Kind.SAMPLE

    @property
    def left_out_or_none(self) -> dict[str, Any] | None:
        """What its trainer does not use, or in part, and whether much is not; None where it has not said."""
        if not self.left_out:
            return None
        return {**self.left_out, "is_much": self.left_out["left_out"] * 10 > self.left_out["of"]}

    @property
    def launch_or_none(self) -> dict[str, Any] | None:
        """The configuration it is started with; None for this process alone."""
        return self.launch or None


class RunEvent(models.Model):
    """What happened to a run, in order; append-only."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="events")
    epoch = models.BigIntegerField()
    type = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="events_by_run")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.type}"


class RunMetric(models.Model):
    """One figure at one step; written again after a resume, it keeps its first value."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="metrics")
    step = models.BigIntegerField()
    name = models.CharField(max_length=80)
    value = models.FloatField()
    at = models.DateTimeField(null=True, help_text="when the trainer reported it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "name"], name="metric_once"),
        ]
        indexes = [models.Index(fields=["run", "id"], name="metrics_by_run")]

    def __str__(self) -> str:
        return f"{self.name}[{self.step}] = {self.value}"


class RunLog(models.Model):
    """The last lines that a run's trainer printed, as the latest try left them; see workers/logs.py."""

    run = models.OneToOneField(Run, on_delete=models.PROTECT, primary_key=True, related_name="log")
    text = models.TextField()
    cut = models.BooleanField(help_text="whether lines before these are not kept here")
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"log of {self.run_id}"


class RunIssue(models.Model):
    """A line of an import that was refused: which line, which field, which rule."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="issues")
    line = models.BigIntegerField()
    field = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=60)
    message = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "line", "field", "rule"], name="issue_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


class Checkpoint(Row):
    """A verified checkpoint of a run; the files live in the run's directory."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="checkpoints")
    step = models.BigIntegerField()
    epoch = models.BigIntegerField()
    manifest_sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "step"], name="checkpoint_step_once"),
        ]

    def __str__(self) -> str:
        return f"checkpoint {self.step} of {self.run_id}"


class Round(Row):
    """One turn of the loop: prompts, policy, sampling, judgments, reward model, policy update, evaluation.

    With a plan it goes on by itself, step by step; without one people put runs in its places.
    """

    class Outcome(models.TextChoices):
        PROMOTED = "promoted", "What it made came into use"
        CLOSED = "closed", "A person closed it"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    policy_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="rounds"
    )
    plan = models.ForeignKey(RoundPlan, null=True, on_delete=models.PROTECT, related_name="rounds")
    draw = models.OneToOneField(
        MixDraw, null=True, on_delete=models.PROTECT, related_name="round", help_text="its sampling"
    )
    campaign = models.OneToOneField(
        JudgingCampaign,
        null=True,
        on_delete=models.PROTECT,
        related_name="round",
        help_text="people hold the new policy against the one in use",
    )
    sample_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_sample"
    )
    pick_run = models.OneToOneField(
        Run,
        null=True,
        on_delete=models.PROTECT,
        related_name="round_as_pick",
        help_text="chose which of what was sampled people judge",
    )
    snapshot_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_snapshot"
    )
    sft_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_sft"
    )
    reward_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_reward"
    )
    check_run = models.OneToOneField(
        Run,
        null=True,
        on_delete=models.PROTECT,
        related_name="round_as_check",
        help_text="the new reward model against the one in use",
    )
    ppo_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_ppo"
    )
    evaluate_run = models.OneToOneField(
        Run, null=True, on_delete=models.PROTECT, related_name="round_as_evaluate"
    )
    step = models.CharField(max_length=10, choices=Step.choices, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    asked_at = models.DateTimeField(null=True, help_text="since when it waits for a person")
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="round_number_once"),
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(closed_at=None, plan__isnull=False),
                name="one_open_round_of_a_plan",
            ),
            models.CheckConstraint(
                name="a_round_of_a_plan_stands_at_a_step",
                condition=Q(plan=None, step="") | (Q(plan__isnull=False) & ~Q(step="")),
            ),
            models.CheckConstraint(
                name="only_an_open_round_asks", condition=Q(asked_at=None) | Q(closed_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"round {self.number}"
