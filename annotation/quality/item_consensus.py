"""The consensus about one item as it stands now: an estimate for readers, never the record."""

from typing import Any
from uuid import UUID

from annotation.labeling.models import Item, ItemCompletion, Placement, Ranking
from annotation.quality.consensus import SURE, VERSION, consensus


def consensus_of(item: Item) -> dict[str, Any]:
    """From the counted rankings of the item, each with the same weight. Lists follow `completions`."""
    frozen = ItemCompletion.objects.filter(item=item).order_by("position")
    keys = list(frozen.values_list("completion_id", flat=True))
    index = {key: place for place, key in enumerate(keys)}
    rankings = Ranking.objects.filter(item=item, state=Ranking.State.COUNTED).order_by("id")
    rows = list(rankings.prefetch_related("placements"))
    found = consensus([_order(list(one.placements.all()), index) for one in rows], len(keys))
    return {
        "version": VERSION,
        "sure": SURE,
        "judges": len({one.labeler_id for one in rows}),
        "judgments": len(rows),
        "completions": keys,
        "tiers": [[keys[place] for place in tier] for tier in found.tiers],
        "unranked": [keys[place] for place in found.unranked],
        "logits": found.scores,
        "low": [low for low, _ in found.intervals],
        "high": [high for _, high in found.intervals],
        "better": found.better,
    }


def _order(placements: list[Placement], index: dict[UUID, int]) -> list[list[int]]:
    tiers: dict[int, list[int]] = {}
    for one in placements:
        if one.tier is not None:
            tiers.setdefault(one.tier, []).append(index[one.completion_id])
    return [sorted(tiers[tier]) for tier in sorted(tiers)]
