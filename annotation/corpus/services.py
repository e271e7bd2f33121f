"""Writes around prompts and sampling plans made by hand; files come in through `imports`."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus import selectors
from annotation.corpus.models import Prompt, PromptSet, PromptUse, SamplingPlan
from annotation.corpus.texts import Message, prompt_hash
from annotation.lib import locks
from annotation.lib.errors import Conflict, NameTaken, Refused
from annotation.projects.models import Project

SIDES = (PromptSet.Purpose.REWARD, PromptSet.Purpose.RL)
SIDE_WORDS = {"reward": "ranking", "rl": "policy updates"}


@transaction.atomic
def create_prompt_set(
    *,
    actor: User | None,
    project: Project,
    name: str,
    purpose: str,
    language: str = "",
    made_for_import: bool = False,
) -> PromptSet:
    """A new prompt set; a name that is in use gets the next version. Raises Refused (`other_purpose`)."""
    lock_corpus(project.id)
    check_purpose(project, name, purpose)
    named = PromptSet.objects.filter(project=project, name=name)
    last = named.aggregate(n=Max("version"))["n"] or 0
    made = PromptSet.objects.create(
        project=project,
        name=name,
        version=last + 1,
        purpose=purpose,
        language=language or project.language,
        made_for_import=made_for_import,
        created_by=actor,
    )
    record(
        actor=actor,
        action="prompt_set.created",
        thing=made,
        after={"name": name, "version": made.version, "purpose": purpose},
    )
    return made


@transaction.atomic
def prompt_set_for_import(
    *, actor: User | None, project: Project, name: str, purpose: str, language: str = ""
) -> PromptSet:
    """The newest version of the set of that name, made when there is none.

    Raises Refused when it stands for another purpose than the one asked for (`purpose` may be "").
    """
    lock_corpus(project.id)
    found = selectors.latest_version(project, name)
    if found is None:
        return create_prompt_set(
            actor=actor,
            project=project,
            name=name,
            purpose=purpose or PromptSet.Purpose.REWARD,
            language=language,
            made_for_import=True,
        )
    if purpose:
        check_purpose(project, name, purpose)
    return found


def check_purpose(project: Project, name: str, purpose: str) -> None:
    """All versions of a set stand for one purpose, retired ones too. Raises Refused for another."""
    found = PromptSet.objects.filter(project=project, name=name).order_by("-version").first()
    if found is not None and found.purpose != purpose:
        message = (
            f"The prompt set {found.name!r} stands for {found.purpose!r}, not for {purpose!r}."
        )
        row = {"field": "purpose", "rule": "other_purpose", "message": message}
        raise Refused("other_purpose", message, errors=[row])


@transaction.atomic
def add_prompt(
    *,
    actor: User,
    prompt_set: PromptSet,
    messages: list[Message],
    is_plain: bool,
    reference: Any = None,
) -> Prompt:
    """One prompt written by hand. A prompt is in a set once, and on one side of the loop."""
    lock_corpus(prompt_set.project_id)
    refuse_retired(prompt_set)
    key = prompt_hash(messages)
    refuse_twin(prompt_set, key)
    refuse_the_other_side(prompt_set, key)
    prompt = Prompt.objects.create(
        prompt_set=prompt_set,
        messages=messages,
        is_plain=is_plain,
        text_hash=key,
        language=prompt_set.language,
        reference=reference,
    )
    record(
        actor=actor,
        action="prompt.created",
        thing=prompt,
        project_id=prompt_set.project_id,
        after={"prompt_set": str(prompt_set.id), "text_hash": key},
    )
    return prompt


def refuse_retired(prompt_set: PromptSet) -> None:
    """Raise Conflict when the set takes nothing new."""
    if prompt_set.retired_at is not None:
        raise Conflict("prompt_set_retired", f"{prompt_set} is retired; restore it first.")


def refuse_twin(prompt_set: PromptSet, key: str) -> None:
    """Raise Conflict, naming the twin, when the set holds this very text."""
    twin = Prompt.objects.filter(prompt_set=prompt_set, text_hash=key).first()
    if twin is None:
        return
    words = "The set holds this prompt already."
    if twin.retired_at is not None:
        words = "The set holds this prompt already; it is retired and can be restored."
    raise Conflict("prompt_once_per_set", words, prompt=str(twin.id))


def refuse_the_other_side(prompt_set: PromptSet, key: str) -> None:
    """Raise Conflict, naming the set, when the text is used on the other side of the loop."""
    if prompt_set.purpose not in SIDES:
        return
    use = PromptUse.objects.filter(project_id=prompt_set.project_id, text_hash=key).first()
    if use is None or use.side == prompt_set.purpose:
        return
    where = selectors.holder(prompt_set.project_id, key, use.side)
    named = f"{where.prompt_set.name!r} version {where.prompt_set.version}" if where else "a set"
    raise Conflict(
        "prompt_on_one_side_only",
        f"{named} holds this prompt for {SIDE_WORDS[use.side]}; {prompt_set.name!r} is for "
        f"{SIDE_WORDS[prompt_set.purpose]}. One text never serves both: the reward model would be "
        "asked about what it was trained on.",
        prompt_set=str(where.prompt_set_id) if where else None,
        prompt=str(where.id) if where else None,
    )


@transaction.atomic
def create_sampling_plan(*, actor: User, project: Project, **settings: Any) -> SamplingPlan:
    """A new way to draw completions; plans are immutable, so the name is taken for good."""
    check_plan(settings)
    if SamplingPlan.objects.filter(project=project, name=settings["name"]).exists():
        raise NameTaken(f"There is a plan {settings['name']!r} already.")
    plan = SamplingPlan.objects.create(project=project, created_by=actor, **settings)
    record(actor=actor, action="sampling_plan.created", thing=plan, after=dict(settings))
    return plan


def check_plan(settings: dict[str, Any]) -> None:
    """Refuse settings that contradict each other; ranges are checked before."""
    strategy, n = settings["strategy"], settings["n"]
    beams = settings.get("num_beams", 1)
    if strategy == SamplingPlan.Strategy.GREEDY and n != 1:
        raise Refused("greedy_draws_one", "Greedy decoding has one outcome: n must be 1.")
    if strategy == SamplingPlan.Strategy.BEAM and beams < max(2, n):
        raise Refused(
            "too_few_beams", f"Beam search for {n} completions needs num_beams ≥ {max(2, n)}."
        )
    if strategy != SamplingPlan.Strategy.BEAM and beams != 1:
        raise Refused("beams_without_beam_search", "num_beams belongs to the strategy 'beam'.")


def lock_corpus(project_id: UUID) -> None:
    """Writers of a project's prompts and imported items take turns until their transaction ends."""
    locks.hold("corpus", project_id)
