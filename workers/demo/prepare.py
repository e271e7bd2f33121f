"""Two projects to begin with, made through the services people's requests go through.

Idempotent: whatever is there already stays as it is, also after a kill in the middle. `sign_ins` is
quick and comes before the web starts; `work` pretrains the policy and asks the workers for the
first completions, which takes about a minute more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from annotation.accounts.models import User
from annotation.accounts.services import create_user
from annotation.corpus.imports import PromptImporter, run_import
from annotation.corpus.lines import Line
from annotation.corpus.models import PromptSet, SamplingPlan
from annotation.corpus.services import create_sampling_plan, prompt_set_for_import
from annotation.labeling.services import create_demonstration_items
from annotation.local.state import write_private
from annotation.projects.models import GuidelineVersion, Project, Role
from annotation.projects.services import (
    add_member,
    change_roles,
    create_project,
    publish_guidelines,
)
from annotation.registry import services as registry
from annotation.registry.models import ModelVersion
from annotation.runs.services.creation import create_run
from workers.demo import policy
from workers.demo.campaigns import CAMPAIGNS, PURPOSES, Campaign, share_out
from workers.demo.policy import Tell

SEED = 1
DEMONSTRATION_ITEMS = 12
JUDGMENTS_PER_ITEM = 2
MAX_NEW_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Person:
    """One of the demonstration's people and the role they stand for."""

    title: str
    username: str
    display_name: str
    role: Role
    is_staff: bool = False


PEOPLE = (
    Person("labeler", "labeler", "Lin", Role.LABELER),
    Person("second labeler", "labeler2", "Sam", Role.LABELER),
    Person("reviewer", "reviewer", "Rui", Role.REVIEWER),
    Person("admin", "admin", "Ada", Role.ADMIN, is_staff=True),
    Person("ML engineer", "ml", "Max", Role.ML),
)


def sign_ins(tell: Tell) -> None:
    """People, projects, guidelines, prompts and a few answers to write: all but the policy."""
    people = _people()
    for campaign in CAMPAIGNS:
        project = _project(campaign, people)
        _prompt_sets(campaign, project, people["admin"])
        sft = PromptSet.objects.filter(project=project, name=campaign.set_names["sft"]).get()
        ids = list(sft.prompts.order_by("id").values_list("id", flat=True)[:DEMONSTRATION_ITEMS])
        create_demonstration_items(project=project, prompts=ids, needed=1, priority=-1.0)
        tell(f"project “{project.name}” is there")


def work(tell: Tell) -> None:
    """The policy, and a run that draws the first completions and makes items of them."""
    folder = Path(settings.ENV.tiebreak_data_dir) / "demo"
    missing = [c for c in CAMPAIGNS if _version(c) is None]
    if missing:
        tell("pretraining a small policy on text written here (about a minute)")
        directory = policy.pretrain(folder, SEED, tell)
        for campaign in missing:
            version = registry.register_version(
                project=_find_project(campaign), directory=directory, name=campaign.policy_name
            )
            registry.promote(version=version, actor=None)
            tell(f"registered “{version.name}” in “{campaign.name}”")
    for campaign in CAMPAIGNS:
        if _ask_for_completions(campaign):
            tell(f"asked the workers for completions in “{campaign.name}”")


# --- people -------------------------------------------------------------------------------------


def _people() -> dict[str, User]:
    """Everybody, by username. Passwords are made once and kept in a private file."""
    path = Path(settings.ENV.tiebreak_data_dir) / "secrets" / "demo_accounts.json"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {one["username"]: one for one in _kept(path)}
    found = {}
    for person in PEOPLE:
        user = User.objects.filter(username=person.username).first()
        if user is None:
            if person.username not in kept:
                kept[person.username] = {
                    "role": person.title,
                    "username": person.username,
                    "password": secrets.token_urlsafe(12),
                }
                # First the file, then the account: a kill between loses no password.
                write_private(path, json.dumps(list(kept.values()), indent=1))
            user = _create(person, kept[person.username]["password"])
        found[person.username] = user
    return found


def _kept(path: Path) -> list[dict[str, str]]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return [one for one in found if {"role", "username", "password"} <= one.keys()]


@transaction.atomic
def _create(person: Person, password: str) -> User:
    user = create_user(
        username=person.username, password=password, display_name=person.display_name
    )
    if person.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user


# --- projects -----------------------------------------------------------------------------------


def _find_project(campaign: Campaign) -> Project:
    return Project.objects.get(name=campaign.name)


@transaction.atomic
def _project(campaign: Campaign, people: dict[str, User]) -> Project:
    """The project with its members, guidelines and sampling plan."""
    admin = people["admin"]
    project = Project.objects.filter(name=campaign.name).first()
    if project is None:
        project = create_project(
            actor=admin,
            name=campaign.name,
            description=campaign.description,
            language=campaign.language.code,
            completions_per_item=4,
            judgments_per_item=JUDGMENTS_PER_ITEM,
            **campaign.screen,
        )
        change_roles(actor=admin, project=project, person=admin, roles=[Role.ADMIN])
        for person in PEOPLE:
            if person.username != admin.username:
                add_member(
                    actor=admin, project=project, username=person.username, roles=[person.role]
                )
    if not GuidelineVersion.objects.filter(project=project).exists():
        publish_guidelines(actor=admin, project=project, text=campaign.guidelines)
    if not SamplingPlan.objects.filter(project=project, name=campaign.plan_name).exists():
        create_sampling_plan(
            actor=admin,
            project=project,
            name=campaign.plan_name,
            strategy="sample",
            temperature=1.0,
            n=4,
            max_new_tokens=MAX_NEW_TOKENS,
            seed=SEED,
        )
    return project


def _prompt_sets(campaign: Campaign, project: Project, admin: User) -> None:
    shares = share_out(campaign.language, SEED)
    for share, name in campaign.set_names.items():
        prompt_set = prompt_set_for_import(
            actor=admin, project=project, name=name, purpose=PURPOSES[share]
        )
        lines = prompt_rows(campaign, share, [prompt.text for prompt in shares[share]])
        counts = run_import(PromptImporter(prompt_set), lines)
        if counts.refused:
            raise RuntimeError(f"{counts.refused} prompts of “{name}” were refused")


def prompt_rows(campaign: Campaign, share: str, texts: list[str]) -> Iterator[Line]:
    """Prompts as lines of an import."""
    for number, text in enumerate(texts, 1):
        row = {
            "id": f"{share}-{number}",
            "prompt": text,
            "lang": campaign.language.code[:2],
            "source": "tiebreak-demo",
        }
        yield Line(number, json.dumps(row, ensure_ascii=False).encode())


# --- completions --------------------------------------------------------------------------------


def _version(campaign: Campaign) -> ModelVersion | None:
    return (
        ModelVersion.objects.filter(
            project__name=campaign.name,
            kind=ModelVersion.Kind.POLICY,
            stage=ModelVersion.Stage.BASE,
            name=campaign.policy_name,
        )
        .order_by("number")
        .first()
    )


def _ask_for_completions(campaign: Campaign) -> bool:
    """Start the first sampling run unless it was started before; whether it was started now."""
    project = _find_project(campaign)
    key: UUID = uuid5(project.id, "demo: first completions")
    if project.runs.filter(idempotency_key=key).exists():
        return False
    create_run(
        project=project,
        kind="sample",
        requested_by=User.objects.get(username="ml"),
        policy_version=_version(campaign),
        prompt_set=PromptSet.objects.get(project=project, name=campaign.set_names["first"]),
        plan=SamplingPlan.objects.get(project=project, name=campaign.plan_name),
        make_items={"k": 4, "needed": JUDGMENTS_PER_ITEM},
        idempotency_key=key,
    )
    return True
