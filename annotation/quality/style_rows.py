"""The newest judgments with what their answers look like, for the audit of style."""

from datetime import datetime
from itertools import combinations
from typing import Any

import numpy as np
from django.db import connection, transaction

from annotation.projects.models import Project
from annotation.quality.judged import Names
from annotation.quality.style import StylePairs, form_of

JUDGMENTS_AT_MOST = 20_000
AT_ONCE = 500

ANSWERS = """
SELECT r.id, i.prompt_id, r.labeler_id, r.presentation_id IS NOT NULL, q.tier, q.shown_at,
       coalesce(c.shown_text, c.text), coalesce(c.policy_version_id::text, c.system)
  FROM (SELECT id, item_id, labeler_id, presentation_id FROM labeling_ranking
         WHERE project_id = %(project)s AND state = 'counted' AND created_at <= %(cut_off)s
         ORDER BY created_at DESC LIMIT %(most)s) r
  JOIN labeling_item i ON i.id = r.item_id AND i.control = ''
  JOIN labeling_placement q ON q.ranking_id = r.id AND q.tier IS NOT NULL
  JOIN corpus_completion c ON c.id = q.completion_id
 ORDER BY r.id
"""
Answer = tuple[int, int, int, tuple[float, ...]]


class _Collector:
    def __init__(self) -> None:
        self.labelers, self.prompts, self.sources = Names(), Names(), Names()
        self.sources[""]
        self.x: list[list[float]] = []
        self.rest: list[tuple[float, int, int, int, int, float]] = []

    def add(self, judgment: tuple[Any, ...], answers: list[Answer]) -> None:
        """The pairs of one judgment: its key, prompt, labeler and whether its order was drawn."""
        if not judgment:
            return
        _, prompt, labeler, drawn = judgment
        by, of = self.labelers[str(labeler)], self.prompts[prompt]
        for a, b in combinations(answers, 2):
            earlier = (1.0 if a[1] < b[1] else -1.0) if drawn else 0.0
            self.x.append([earlier, *(p - q for p, q in zip(a[3], b[3], strict=True))])
            won = 0.5 + 0.5 * float(np.sign(b[0] - a[0]))
            self.rest.append((won, a[2], b[2], of, by, 2 / len(answers)))


def style_pairs_of_project(project: Project, cut_off: datetime) -> StylePairs:
    """Pairs of the newest judgments; the order on the screen counts where it was drawn."""
    found = _Collector()
    current: tuple[Any, ...] = ()
    answers: list[Answer] = []
    given: dict[str, Any] = {"project": project.pk, "cut_off": cut_off, "most": JUDGMENTS_AT_MOST}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(ANSWERS, given)
        while rows := cursor.fetchmany(AT_ONCE):
            for ranking, prompt, labeler, drawn, tier, shown, text, source in rows:
                if current != (ranking, prompt, labeler, drawn):
                    found.add(current, answers)
                    current, answers = (ranking, prompt, labeler, drawn), []
                answers.append((tier, shown, found.sources[source or ""], form_of(text)))
    found.add(current, answers)
    rest = np.array(found.rest, dtype=float).reshape(-1, 6)
    return StylePairs(
        x=np.array(found.x, dtype=float).reshape(-1, 6),
        y=rest[:, 0],
        source=rest[:, 1:3].astype(np.int64),
        prompt=rest[:, 3].astype(np.int64),
        by=rest[:, 4].astype(np.int64),
        weight=rest[:, 5],
        labelers=[str(name) for name in found.labelers.all()],
    )
