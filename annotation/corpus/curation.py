"""What is kept about prompts beside their text: acts with their undo, likeness, templates."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from annotation.lib.models import Row
from annotation.projects.models import Project


class PromptAct(Row):
    """Something one person did to one or many prompts at once; undoing it is an act of its own."""

    class Kind(models.TextChoices):
        EDIT = "edit", "Superseded a prompt by another wording"
        RETIRE = "retire", "Took prompts out of use"
        RESTORE = "restore", "Took prompts back into use"
        TAG = "tag", "Added tags"
        UNTAG = "untag", "Removed tags"
        UNDO = "undo", "Undid an act"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prompt_acts")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    client_uuid = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    wish = models.JSONField(default=dict, help_text="what was asked for: the selection, the tags")
    count = models.PositiveIntegerField(help_text="prompts that changed")
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="undone_by"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "client_uuid"], name="prompt_act_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.count} prompts"


class PromptChange(models.Model):
    """What an act changed in one prompt: {"retired": bool} or {"tags": [...]}, before and after."""

    id = models.BigAutoField(primary_key=True)
    act = models.ForeignKey(PromptAct, on_delete=models.PROTECT, related_name="changes")
    prompt = models.ForeignKey("corpus.Prompt", on_delete=models.PROTECT, related_name="changes")
    before = models.JSONField(help_text="{}: the act created the prompt")
    after = models.JSONField()

    def __str__(self) -> str:
        return f"{self.prompt_id}: {self.before} -> {self.after}"


class PendingPrompt(models.Model):
    """A prompt whose fingerprint is not taken yet; a trigger on the prompts writes these rows."""

    prompt_id = models.UUIDField(primary_key=True)

    def __str__(self) -> str:
        return f"pending {self.prompt_id}"


class PromptFingerprint(models.Model):
    """By what a prompt is found: pieces of its text for searching, MinHash bands for likeness."""

    prompt = models.OneToOneField(
        "corpus.Prompt", primary_key=True, on_delete=models.CASCADE, related_name="fingerprint"
    )
    grams = ArrayField(models.IntegerField(), help_text="hashed pieces, see corpus.grams")
    bands = ArrayField(models.BigIntegerField(), help_text="LSH bands, see corpus.likeness")

    class Meta:
        indexes = [
            GinIndex(fields=["grams"], name="prompt_grams"),
            # Asked within the batch that writes it, so there must be no pending list to walk.
            GinIndex(fields=["bands"], name="prompt_bands", fastupdate=False),
        ]

    def __str__(self) -> str:
        return f"fingerprint of {self.prompt_id}"


class PromptLink(models.Model):
    """Two prompts of a project that are nearly the same; `prompt` is the later one."""

    pk = models.CompositePrimaryKey("prompt_id", "other_id")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    prompt = models.ForeignKey(
        "corpus.Prompt", on_delete=models.CASCADE, related_name="links", db_index=False
    )
    other = models.ForeignKey("corpus.Prompt", on_delete=models.CASCADE, related_name="back_links")
    similarity = models.FloatField(help_text="Jaccard similarity of their shingles, 0.7 to 1")

    def __str__(self) -> str:
        return f"{self.prompt_id} ~ {self.other_id} ({self.similarity:.2f})"


class PromptTemplate(Row):
    """Prompts in the making: a text with variables, in versions."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="prompt_templates")
    name = models.CharField(max_length=120)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="prompt_template_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(Row):
    """One wording of a template; immutable, because prompts remember which one they come from."""

    template = models.ForeignKey(PromptTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    system = models.TextField(blank=True)
    examples = models.JSONField(default=list, help_text="few-shot: [{input, output}], in order")
    body = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"
