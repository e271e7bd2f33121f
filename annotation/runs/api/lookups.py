"""From ids in a request to rows of the project; what is elsewhere does not exist here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Model
from rest_framework import exceptions
from rest_framework.request import Request

from annotation.accounts.models import User
from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.lib import json
from annotation.registry.models import ModelVersion
from annotation.runs.models import DatasetSnapshot, Run, SamplingMix
from annotation.runs.round_selectors import BY_HAND

TABLES: dict[str, type[Model]] = {
    "snapshot": DatasetSnapshot,
    "policy_version": ModelVersion,
    "reward_version": ModelVersion,
    "prompt_set": PromptSet,
    "rl_prompt_set": PromptSet,
    "evaluation_set": PromptSet,
    "plan": SamplingPlan,
    "mix": SamplingMix,
    "waits_for": Run,
    **{one.place: Run for one in BY_HAND},
}


def rows(project_id: UUID, ids: dict[str, UUID | None], prefix: str = "") -> dict[str, Any]:
    """The rows behind the ids, by field. Raises ValidationError naming the fields without one."""
    found: dict[str, Any] = {}
    missing: dict[str, list[str]] = {}
    for name, row_id in ids.items():
        found[name] = None
        if row_id is not None:
            rows_of_project = TABLES[name]._default_manager.filter(project_id=project_id)
            found[name] = rows_of_project.filter(pk=row_id).first()
            if found[name] is None:
                missing[prefix + name] = [f"{name}: there is no such thing in this project."]
    if missing:
        raise exceptions.ValidationError(missing, code="missing")
    return found


def person(request: Request) -> User:
    """Who asks; the access check has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def idempotency_key(request: Request) -> UUID | None:
    """The header Idempotency-Key, a UUID, where it is given."""
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise exceptions.ValidationError({"Idempotency-Key": ["Must be a UUID."]}) from None


def cursor_after(request: Request) -> int:
    """The query parameter `after`: an id already seen."""
    text = request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise exceptions.ValidationError({"after": ["Must be a whole number from 0."]})
    return int(text)


def choice(request: Request, name: str, allowed: list[str]) -> str:
    """A query parameter that is one of `allowed`, or absent."""
    value = request.query_params.get(name, "")
    if value and value not in allowed:
        raise exceptions.ValidationError({name: [f"Must be one of {', '.join(allowed)}."]})
    return value


def text(request: Request, name: str, longest: int) -> str:
    """A query parameter in words, or nothing."""
    value = request.query_params.get(name, "").strip()
    try:
        json.check_text(value)
    except json.StrictJSONError as error:
        raise exceptions.ValidationError({name: [str(error)]}) from None
    if len(value) > longest:
        raise exceptions.ValidationError({name: [f"At most {longest} characters."]})
    return value
