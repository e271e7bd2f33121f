"""What the labelers meant, what the server acknowledged, and whether the database says the same."""

from dataclasses import dataclass, field
from typing import Any

from annotation.labeling.models import Placement, Ranking

Tiers = list[frozenset[str]]


@dataclass
class Ledger:
    """Orders by labeler and item; texts of answers name them."""

    meant: dict[tuple[str, str], Tiers] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    """The last body sent under each client id."""
    acknowledged: set[str] = field(default_factory=set)

    def faults(self) -> list[str]:
        """Everything in which the database differs; nothing, if all is well."""
        stored = list(
            Ranking.objects.exclude(state="withdrawn").select_related("labeler", "item__prompt")
        )
        found: list[str] = []
        by_client = {str(ranking.client_uuid): ranking for ranking in stored}
        by_item: dict[tuple[str, str], list[Ranking]] = {}
        for ranking in stored:
            question = ranking.item.prompt.messages[0]["content"].removesuffix("?")
            by_item.setdefault((ranking.labeler.username, question), []).append(ranking)
        for client in self.acknowledged - by_client.keys():
            found.append(f"acknowledged and not stored: {client}")
        for key, tiers in self.meant.items():
            rankings = by_item.pop(key, [])
            if len(rankings) != 1:
                found.append(f"{key}: stored {len(rankings)} times")
            found += [
                f"{key}: {_tiers(one)} is stored, {tiers} was meant"
                for one in rankings
                if _tiers(one) != tiers
            ]
        found += [f"{key}: stored and never meant" for key in by_item]
        found += [
            f"{client}: what is stored is not what was sent"
            for client, body in self.sent.items()
            if client in by_client and not _is_as_sent(by_client[client], body)
        ]
        return found


def _placed(ranking: Ranking) -> list[Placement]:
    rows = ranking.placements.filter(tier__isnull=False).select_related("completion")
    return list(rows.order_by("tier"))


def _tiers(ranking: Ranking) -> Tiers:
    tiers: dict[int, set[str]] = {}
    for placement in _placed(ranking):
        tiers.setdefault(int(placement.tier or 0), set()).add(placement.completion.text)
    return [frozenset(texts) for texts in tiers.values()]


def _is_as_sent(ranking: Ranking, body: Any) -> bool:
    tiers: dict[int, set[str]] = {}
    for placement in _placed(ranking):
        tiers.setdefault(int(placement.tier or 0), set()).add(str(placement.completion_id))
    return [set(ids) for ids in body["tiers"]] == list(tiers.values())
