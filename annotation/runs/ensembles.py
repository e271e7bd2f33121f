"""Which reward models give scores together: the chosen one and the newest others of its project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q

from annotation.registry.models import ModelVersion
from annotation.runs.kinds import FURTHER
from annotation.runs.models import Run
from annotation.runs.tokens import TOKENIZER, same_tokens


def further_reward_versions(
    project_id: UUID, settings: Mapping[str, Any], chosen: ModelVersion | None
) -> list[ModelVersion]:
    """Those beside the chosen one, newest first: at most `reward_models` - 1; none where it is not set.

    Nobody chose them one by one, so only such as nobody would object to: not retired, without judgments that
    were withdrawn since, and reading the same tokens as the chosen one. The same weights under another number
    agree with themselves in everything: they are heard once.
    """
    wanted = int(settings.get("reward_models", 1)) - 1
    if wanted < 1:
        return []
    others = ModelVersion.objects.filter(project=project_id, kind=ModelVersion.Kind.REWARD)
    others = others.exclude(status=ModelVersion.Status.RETIRED).select_related("artifact")
    others = others.filter(erasure_marks__isnull=True)
    fitting = (one for one in others.order_by("-number") if _beside(chosen, one))
    return list(islice(_different(fitting, chosen), wanted))


def _different(
    versions: Iterable[ModelVersion], chosen: ModelVersion | None
) -> Iterator[ModelVersion]:
    """The first of all that have the same weights, other than those of the chosen one."""
    seen = {_weights(chosen)} if chosen is not None else set()
    for version in versions:
        weights = _weights(version)
        if weights not in seen:
            seen.add(weights)
            yield version


def _weights(version: ModelVersion) -> tuple[str, ...]:
    """Digests of what a version learnt; what stands beside it, such as a card, gives no scores."""
    files = version.artifact.files
    found = sorted(files[name] for name in files if name.endswith(".safetensors"))
    return tuple(found) or (version.artifact_id,)


def _beside(chosen: ModelVersion | None, other: ModelVersion) -> bool:
    """Whether another is known to read the same tokens; where the chosen one says none, any will do."""
    if chosen is None or TOKENIZER not in chosen.artifact.files:
        return True
    return same_tokens(chosen, other) is True


def reward_versions_of(run: Run) -> list[UUID]:
    """All that give scores in a run, the chosen one first."""
    further = [UUID(key) for key in run.config.get(FURTHER, [])]
    return [*([run.reward_version_id] if run.reward_version_id else []), *further]


def scored_by(versions: Iterable[UUID]) -> Q:
    """Runs in which any of these reward models gives scores."""
    keys = list(versions)
    names = [str(key) for key in keys]
    beside = Q(**{f"config__{FURTHER}__has_any_keys": names})
    return Q(reward_version_id__in=keys) | beside | Q(config__baseline_reward_version__in=names)
