"""Items for labelers out of what a sampling run drew."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

from annotation.corpus.models import Completion, Prompt
from annotation.labeling.services import Made, create_ranking_items
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease
from workers.heartbeat import Heartbeat
from workers.jobs import safe_point

PROMPTS_AT_ONCE = 200


def make_items(lease: Lease, run: Run, heart: Heartbeat) -> dict[str, int]:
    """One item per prompt of the run; counts. Making them again adds nothing. Raises LeaseLost."""
    wish = run.config["make_items"]
    made = Made()
    ids = (
        Prompt.objects.filter(prompt_set=run.prompt_set).order_by("id").values_list("id", flat=True)
    )
    left = iter(list(ids))
    while chunk := list(islice(left, PROMPTS_AT_ONCE)):
        safe_point(heart)
        groups: dict[UUID, list[Completion]] = {}
        drawn = Completion.objects.filter(
            prompt_id__in=chunk, policy_version=run.policy_version, plan=run.plan
        )
        for completion in drawn.order_by("prompt_id", "sample_index"):
            groups.setdefault(completion.prompt_id, []).append(completion)
        with lifecycle.guarded(lease, phase="items"):
            made += create_ranking_items(
                project=run.project, groups=groups, k=wish["k"], needed=wish["needed"]
            )
    return {"created": made.created, "existing": made.existing, "too_few": made.too_few}
