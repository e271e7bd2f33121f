"""From the names and numbers that people use to rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from tiebreak.errors import NotFound
from tiebreak.operations import Operations
from tiebreak.schema import (
    Campaign,
    ProjectSummary,
    PromptSetRow,
    Round,
    Run,
    SamplingMix,
    SamplingPlanRow,
    Version,
)

T = TypeVar("T")
V = TypeVar("V", PromptSetRow, SamplingMix)


def is_id(text: str) -> bool:
    """Whether this is an id rather than a name or number."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def checked_id(named: str, what: str) -> str:
    """The id, for an address. Raises NotFound for what cannot be one."""
    if not is_id(named):
        raise NotFound(f"there is no {what} {named!r} here; give its id")
    return str(UUID(named))


def _only(found: list[T], what: str, named: str, known: Iterable[str]) -> T:
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f"{len(found)} {what}s are called {named!r}; give the id")
    there = ", ".join(known) or "none"
    raise NotFound(f"there is no {what} {named!r} here (there are: {there})")


def _newest(found: list[V]) -> list[V]:
    newest = max((one["version"] for one in found), default=0)
    return [one for one in found if one["version"] == newest]


class Finding(Operations):
    """Each takes an id, or what people call it by. Raises NotFound with what there is."""

    def project(self, named: str) -> ProjectSummary:
        """A project of mine by id or name."""
        mine = self.projects_list()
        found = [one for one in mine if named in (one["id"], one["name"])]
        return _only(found, "project", named, (one["name"] for one in mine))

    def prompt_set(self, project_id: str, named: str) -> PromptSetRow:
        """A prompt set by id or name; of several versions the newest."""
        sets = list(self.prompt_sets_list(project_id))
        found = _newest([one for one in sets if named in (one["id"], one["name"])])
        return _only(found, "prompt set", named, (one["name"] for one in sets))

    def sampling_plan(self, project_id: str, named: str) -> SamplingPlanRow:
        """A sampling plan by id or name."""
        plans = list(self.sampling_plans_list(project_id))
        found = [one for one in plans if named in (one["id"], one["name"])]
        return _only(found, "sampling plan", named, (one["name"] for one in plans))

    def mix(self, project_id: str, named: str) -> SamplingMix:
        """A sampling mix by id or name; of several versions the newest."""
        mixes = list(self.sampling_mixes_list(project_id))
        found = _newest([one for one in mixes if named in (one["id"], one["name"])])
        return _only(found, "mix", named, (one["name"] for one in mixes))

    def run(self, project_id: str, named: str) -> Run:
        """A run by id or number."""
        if is_id(named):
            return self.runs_retrieve(named)
        for one in self.runs_list(project_id):
            if str(one["number"]) == named:
                return one
        raise NotFound(f"there is no run {named} here")

    def version(self, project_id: str, named: str) -> Version:
        """A version by id, or by kind and number: `policy/3`, `reward/1`."""
        if is_id(named):
            return self.versions_retrieve(named)
        versions = self.versions_list(project_id)
        found = [one for one in versions if named == f"{one['kind']}/{one['number']}"]
        return _only(
            found, "version", named, (f"{one['kind']}/{one['number']}" for one in versions)
        )

    def round(self, project_id: str, named: str) -> Round:
        """A round by id or number."""
        if is_id(named):
            return self.rounds_retrieve(named)
        rounds = list(self.rounds_list(project_id))
        found = [one for one in rounds if str(one["number"]) == named]
        return _only(found, "round", named, (str(one["number"]) for one in rounds))

    def campaign(self, project_id: str, named: str) -> Campaign:
        """A judging campaign by id or name; of several of one name the newest."""
        if is_id(named):
            return self.campaigns_retrieve(named)
        campaigns = list(self.campaigns_list(project_id))
        found = [one for one in campaigns if one["name"] == named][:1]
        return _only(found, "campaign", named, (one["name"] for one in campaigns))

    def snapshot_id(self, project_id: str, named: str) -> str:
        """The id of a snapshot by id or number."""
        if is_id(named):
            return named
        snapshots = list(self.snapshots_list(project_id))
        found = [one for one in snapshots if str(one["number"]) == named]
        return _only(found, "snapshot", named, (str(one["number"]) for one in snapshots))["id"]
