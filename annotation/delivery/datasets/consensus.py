"""One probable order per item from all its judgments: a view of a dataset, never the record.

The method is `annotation.quality.consensus` (Bradley–Terry with a Gaussian prior), under its version; a
judgment weighs what it weighs in the snapshot. What was judged waits in the tally's file, item by item,
so memory holds one item at a time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from annotation.delivery.datasets.rows import Row
from annotation.quality.consensus import PRIOR_SPREAD, SURE, VERSION, consensus

METHOD = {"version": VERSION, "prior_spread": PRIOR_SPREAD, "sure": SURE}
DIGITS = 6
"""Decimals of scores and probabilities: far more than the judgments say, few enough for equal bytes."""


class Judged:
    """The orders of every item, kept in a table of the tally's file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(
            "CREATE TABLE orders (item TEXT, split TEXT, labeler TEXT, vote TEXT, shown TEXT)"
        )

    def add(self, ranking: Row, details: Row) -> None:
        """Keep one judgment."""
        shown = json.dumps([ranking["prompt"], ranking["completions"], ranking["lang"]])
        vote = json.dumps([ranking["ranking"], ranking["weight"]])
        row = (details["item"], ranking["split"], details["labeler"], vote, shown)
        self._database.execute("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", row)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Split and row of every item, by its id. An item with a judgment on each side of the split
        (a labeler was held out) gets a row on each."""
        self._database.execute("CREATE INDEX orders_by_item ON orders (item, split)")
        found = self._database.execute(
            "SELECT item, split, count(DISTINCT labeler), min(shown), json_group_array(json(vote)) FROM "
            "(SELECT * FROM orders ORDER BY item, split, vote) GROUP BY item, split ORDER BY item, split"
        )
        for item, split, judges, shown, votes in found:
            yield split, _row(item, judges, json.loads(shown), json.loads(votes))


def _row(
    item: str, judges: int, shown: list[object], votes: list[tuple[list[list[int]], float]]
) -> Row:
    prompt, completions, lang = shown
    assert isinstance(completions, list)
    orders, weights = [order for order, _ in votes], [weight for _, weight in votes]
    found = consensus(orders, len(completions), weights)
    return {
        "item": item,
        "prompt": prompt,
        "completions": completions,
        "lang": lang,
        "method": VERSION,
        "judges": judges,
        "judgments": len(orders),
        "ranking": found.tiers,
        "unranked": found.unranked,
        "scores": [round(each, DIGITS) for each in found.scores],
        "low": [round(low, DIGITS) for low, _ in found.intervals],
        "high": [round(high, DIGITS) for _, high in found.intervals],
        "better": [[round(each, DIGITS) for each in row] for row in found.better],
    }
