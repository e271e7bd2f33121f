"""Settings of runs that no stage of the library checks: they name things of the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from annotation.corpus.models import PromptSet
from annotation.labeling.chat_selectors import is_of_chat
from annotation.lib.errors import Invalid
from annotation.projects.models import Mode, Project
from annotation.quality.models import ReliabilityEstimate
from annotation.registry.models import ModelVersion
from annotation.runs.kinds import FURTHER, invalid
from annotation.runs.models import MixDraw, Run
from annotation.runs.services.inputs import Inputs


def check_own_settings(project: Project, kind: str, settled: dict[str, Any], given: Inputs) -> None:
    """Raises Invalid for what this project does not have."""
    if kind == "export":
        _check_cut_off(settled["cut_off"])
        _check_estimate(project, settled["reliability_estimate"])
    if kind == "evaluate":
        _check_baseline(project, settled["baseline_reward_version"], given)


def cut_off_of(run: Run) -> datetime:
    """The moment an export looks back from: as asked for, else when it was asked for."""
    text = run.config["cut_off"]
    moment = run.created_at if text is None else parse_datetime(text)
    assert moment is not None
    return moment.astimezone(UTC)


def _check_cut_off(text: str | None) -> None:
    if text is None:
        return
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise invalid("config.cut_off", f"cut_off: {text[:40]!r} is not a time with a time zone")
    if moment > timezone.now():
        raise invalid("config.cut_off", f"cut_off: {text[:40]} is in the future")


def _check_estimate(project: Project, key: str | None) -> None:
    if key is None:
        return
    try:
        known = ReliabilityEstimate.objects.filter(project=project, pk=UUID(key)).exists()
    except ValueError:
        known = False
    if not known:
        raise invalid(
            "config.reliability_estimate",
            f"reliability_estimate: {key[:40]!r} is no estimate of this project",
            "missing",
        )


def _check_baseline(project: Project, key: str | None, given: Inputs) -> None:
    """The reward model that another is held against: of this project, and on rankings."""
    if key is None:
        return
    if given["reward_version"] is None or given["snapshot"] is None:
        words = "Choose a reward model and a snapshot too: both models judge the same rankings."
        raise Invalid(("config.baseline_reward_version", "required", words))
    if str(given["reward_version"].pk) == key:
        words = "This is the reward model itself; choose another as its baseline."
        raise Invalid(("config.baseline_reward_version", "same", words))
    try:
        known = ModelVersion.objects.filter(project=project, kind="reward", pk=UUID(key)).exists()
    except ValueError:
        known = False
    if not known:
        words = f"baseline_reward_version: {key[:40]!r} is no reward model of this project"
        raise invalid("config.baseline_reward_version", words, "missing")


def check_choice(project: Project, settled: dict[str, Any], prompt_set: PromptSet | None) -> None:
    """What a choice cannot become items of, and the draw that it is about."""
    if project.mode == Mode.DUEL and settled["completions"] != 2:
        words = "A duel is between exactly two completions."
        raise Invalid(("config.completions", "duel", words))
    if prompt_set is not None and is_of_chat(prompt_set):
        raise Invalid(("prompt_set", "live_chat", "What was said in the live chat stays there."))
    if settled["disagreement_share"] and not settled[FURTHER]:
        words = (
            "disagreement_share: the project has no second reward model that differs in its weights and "
            "reads the same tokens, and one disagrees with nobody; train another, or set this to 0"
        )
        raise Invalid(("config.disagreement_share", "alone", words))
    _check_draw(settled["draw"], prompt_set)


def _check_draw(key: str | None, prompt_set: PromptSet | None) -> None:
    """The draw that a choice is about: of these prompts, and leaving its items to the choice."""
    if key is None:
        return
    try:
        known = MixDraw.objects.filter(pk=UUID(key), prompt_set=prompt_set, makes_items=False)
        is_known = known.exists()
    except ValueError:
        is_known = False
    if not is_known:
        words = f"draw: {key[:40]!r} is no draw of these prompts that leaves its items to a choice"
        raise invalid("config.draw", words, "missing")


def checked_items(
    kind: str, project: Project, wish: dict[str, int], prompt_set: PromptSet | None
) -> dict[str, int]:
    if kind != "sample":
        raise invalid("make_items", "make_items: only a sampling run makes items", "unknown")
    if prompt_set is not None and is_of_chat(prompt_set):
        raise invalid("make_items", "make_items: what was said in the live chat stays there")
    k = wish.get("k", project.completions_per_item)
    needed = wish.get("needed", project.judgments_per_item)
    if not 2 <= k <= 9:
        raise invalid(
            "make_items.k", f"k: {k} is not allowed; allowed: a whole number >= 2 and <= 9"
        )
    if not 1 <= needed <= 50:
        raise invalid(
            "make_items.needed",
            f"needed: {needed} is not allowed; allowed: a whole number >= 1 and <= 50",
        )
    return {"k": k, "needed": needed}
