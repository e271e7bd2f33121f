"""What a campaign adds to the items of its draw: the reference, and who answers with which completion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from annotation.corpus.masking import shown_or_none
from annotation.corpus.models import Completion, Prompt
from annotation.corpus.texts import hash_of, text_hash
from annotation.labeling.models import Demonstration
from annotation.labeling.services.items import shown_hash
from annotation.lib.ids import id_like
from annotation.runs.models import CampaignAnswer, JudgingCampaign, MixDraw, MixPrompt

FIRST = 1000.0
"""Above the priorities that people give to other work (0 to 100)."""


class Asked:
    """A campaign while some of its items are made; call `store` in the same transaction."""

    def __init__(self, campaign: JudgingCampaign, draw: MixDraw) -> None:
        self.campaign = campaign
        self.of = ("campaign", str(campaign.pk))
        self._versions = set(draw.parts.values_list("policy_version_id", flat=True))
        self._answers: list[CampaignAnswer] = []

    def fields(self) -> dict[str, Any]:
        """What its items have beside their texts."""
        campaign = self.campaign
        return {
            "is_held_out": not campaign.is_for_training,
            "priority": FIRST if campaign.comes_first else 0.0,
        }

    def with_reference(self, row: MixPrompt, texts: list[Completion]) -> list[Completion]:
        """The texts, and what a person would have answered where that is known."""
        if not self.campaign.with_reference or not texts:
            return texts
        found = reference_of(row.prompt, like=texts[0].pk)
        return texts if found is None else [*texts, found]

    def note(
        self, row: MixPrompt, texts: Sequence[Completion], chosen: Sequence[Completion]
    ) -> None:
        """Remember for whom each chosen completion stands: the same text may be several answers."""
        standing = {shown_hash(one): one for one in chosen}
        for one in texts:
            version = one.policy_version_id if one.policy_version_id in self._versions else None
            self._answers.append(
                CampaignAnswer(
                    mix_prompt=row, version_id=version, completion=standing[shown_hash(one)]
                )
            )

    def store(self) -> None:
        """Write them down; again changes nothing."""
        CampaignAnswer.objects.bulk_create(self._answers, ignore_conflicts=True)


def reference_of(prompt: Prompt, *, like: UUID) -> Completion | None:
    """The prompt's reference as a completion, else the newest counted answer that a person wrote."""
    text = prompt.reference
    if isinstance(text, str) and text.strip():
        made, _ = Completion.objects.get_or_create(
            prompt=prompt,
            origin=Completion.Origin.IMPORT,
            import_key=hash_of(["reference", text]),
            defaults={
                "pk": id_like(like),
                "system": "reference",
                "text": text,
                "shown_text": shown_or_none(text),
                "text_hash": text_hash(text),
            },
        )
        return None if made.withdrawn_at is not None else made
    written = Demonstration.objects.filter(
        prompt=prompt, state=Demonstration.State.COUNTED, completion__withdrawn_at=None
    )
    newest = written.select_related("completion").order_by("-id").first()
    return None if newest is None else newest.completion
