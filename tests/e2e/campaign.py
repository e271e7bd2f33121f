"""Work to be done in the browser: projects with items of given texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.corpus.texts import prompt_hash, text_hash
from annotation.labeling.models import Item, Placement, Presentation, Ranking
from annotation.labeling.services import create_demonstration_items, create_ranking_items
from annotation.projects.models import GuidelineVersion, Membership, Project, Role
from annotation.projects.services import mark_guidelines_read
from tests.cast import Cast, assemble


@dataclass(frozen=True)
class Campaign:
    """The standing cast and a project of its own kind for them."""

    cast: Cast
    project: Project
    prompt_set: PromptSet

    @property
    def label_path(self) -> str:
        return f"/label/{self.project.pk}"


def campaign(
    name: str = "问答偏好", language: str = "zh-Hans", *, allow_ties: bool = True, **screen: Any
) -> Campaign:
    """A project in which everybody of the cast holds the role of their name and has read the
    guidelines; `screen`: its settings for the labeling screen."""
    cast = assemble()
    k = 2 if screen.get("mode") == "duel" else 9
    project = Project.objects.create(
        name=name, language=language, completions_per_item=k, allow_ties=allow_ties, **screen
    )
    GuidelineVersion.objects.create(project=project, number=1, text="**先读完**所有回答，再排序。")
    for person, role in (
        (cast.labeler, Role.LABELER),
        (cast.second_labeler, Role.LABELER),
        (cast.reviewer, Role.REVIEWER),
        (cast.admin, Role.ADMIN),
        (cast.ml, Role.ML),
    ):
        Membership.objects.create(project=project, user=person, role=role)
        mark_guidelines_read(reader=person, project=project, number=1)
    prompt_set = PromptSet.objects.create(
        project=project, name="prompts", purpose=PromptSet.Purpose.REWARD, language=language
    )
    return Campaign(cast, project, prompt_set)


def add_prompt(work: Campaign, text: str) -> Prompt:
    messages = [{"role": "user", "content": text}]
    return Prompt.objects.create(
        prompt_set=work.prompt_set, messages=messages, text_hash=prompt_hash(messages)
    )


def add_item(
    work: Campaign, question: str, answers: Sequence[str], *, priority: int = 0, system: str = ""
) -> Item:
    """One ranking item; of several the higher priority is handed out earlier."""
    prompt = add_prompt(work, question)
    completions = [
        Completion.objects.create(
            prompt=prompt,
            origin=Completion.Origin.IMPORT,
            import_key=text_hash(f"{question}/{number}"),
            text=answer,
            text_hash=text_hash(answer),
            system=system,
        )
        for number, answer in enumerate(answers)
    ]
    made = create_ranking_items(
        project=work.project, groups={prompt.pk: completions}, priority=float(priority)
    )
    assert made.created == 1
    return Item.objects.get(prompt=prompt)


def add_demonstration(work: Campaign, question: str) -> Item:
    prompt = add_prompt(work, question)
    create_demonstration_items(project=work.project, prompts=[prompt.pk])
    return Item.objects.get(prompt=prompt)


def stored_tiers(ranking: Ranking) -> list[set[str]]:
    """The texts of each tier, best first."""
    tiers: dict[int, set[str]] = {}
    placed = Placement.objects.filter(ranking=ranking, tier__isnull=False)
    for placement in placed.select_related("completion"):
        tiers.setdefault(int(placement.tier or 0), set()).add(placement.completion.text)
    return [tiers[number] for number in sorted(tiers)]


def shown_texts(item: Item) -> list[str]:
    """The answers in the order in which the labeler last saw them."""
    shown = Presentation.objects.filter(slot__item=item).latest("created_at")
    texts = dict(Completion.objects.filter(pk__in=shown.order).values_list("pk", "text"))
    return [texts[pk] for pk in shown.order]
