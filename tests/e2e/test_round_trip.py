"""Weak orders from fingers to file: what was ranked on screen is what every later stage reads."""

import json
import random
import urllib.request
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from annotation.labeling.models import Ranking
from tests.e2e.campaign import Campaign, add_item, campaign, shown_texts, stored_tiers
from tests.e2e.conftest import Visit, session_cookie
from tests.e2e.server import Server
from tests.e2e.test_labeling import wait_for_rankings

UNJUDGED, BLANK = "m", None


def test_random_weak_orders_come_out_of_the_export_as_they_were_ranked(
    visit: Visit, server: Server
) -> None:
    rng = random.Random(20261122)
    work = campaign()
    sizes = [2, 3, 4, 5, 6, 7, 8, 9, 9, 5]
    items = [
        add_item(work, f"问题 {number}", [f"{number}-{n}" for n in range(k)], priority=99 - number)
        for number, k in enumerate(sizes)
    ]
    page = visit(work.cast.labeler, work.label_path, locale="zh-CN")
    expected = {}
    for number, (item, k) in enumerate(zip(items, sizes, strict=True)):
        expect(page.get_by_text(f"问题 {number}", exact=True)).to_be_visible()
        expect(page.get_by_role("article")).to_have_count(k)
        places = [
            rng.choice([*range(1, k + 1), *range(1, k + 1), UNJUDGED, BLANK]) for _ in range(k)
        ]
        if not any(isinstance(place, int) for place in places):
            places[0] = 1
        for place in places:
            page.keyboard.press("j" if place is BLANK else str(place))
        page.keyboard.press("Enter")
        if BLANK in places:
            page.keyboard.press("Enter")
        expected[str(item.pk)] = order_of(shown_texts(item), places)
    wait_for_rankings(page, len(sizes))
    stored = {str(r.item_id): stored_tiers(r) for r in Ranking.objects.all()}
    assert stored == {item: said.tiers for item, said in expected.items()}
    rows = exported_rows(server, work)
    assert len(rows) == len(sizes)
    exported = {frozenset(row["completions"]): row for row in rows}
    for said in expected.values():
        row = exported[frozenset().union(*said.tiers, said.unjudged, said.blank)]
        texts = row["completions"]
        assert [{texts[n] for n in tier} for tier in row["ranking"]] == said.tiers
        assert {texts[n] for n in row.get("cannot_judge", [])} == said.unjudged
        assert {texts[n] for n in row.get("unranked", [])} == said.blank


@dataclass(frozen=True)
class Said:
    """What the keys pressed for one item mean."""

    tiers: list[set[str]]
    unjudged: set[str]
    blank: set[str]


def order_of(texts: list[str], places: list[int | str | None]) -> Said:
    placed = list(zip(texts, places, strict=True))

    def at(wanted: int | str | None) -> set[str]:
        return {text for text, place in placed if place == wanted}

    lanes = sorted({place for place in places if isinstance(place, int)})
    return Said([at(lane) for lane in lanes], at(UNJUDGED), at(BLANK))


def exported_rows(server: Server, work: Campaign) -> list[dict[str, Any]]:
    """The export of the project's rankings, as its admin downloads it."""
    cookie = session_cookie(server, work.cast.admin)
    request = urllib.request.Request(
        f"{server.url}/api/v1/projects/{work.project.pk}/exports/rankings.jsonl",
        headers={"Cookie": f"{cookie['name']}={cookie['value']}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return [json.loads(line) for line in answer.read().decode().splitlines()]
