"""Labelers see keys, and no key tells them more than another: neither which answers were drawn together,
nor which of two came first where they were written down, nor which item is a control.

Keys that count on within a millisecond did: those of one policy's draw were neighbours.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from annotation.corpus.models import Completion, Prompt, SamplingPlan
from annotation.labeling import services
from annotation.labeling.models import Item, Slot
from annotation.labeling.services import TypedTexts
from annotation.quality.models import PracticeItem
from annotation.quality.services import create_practice_item
from annotation.runs.models import Run
from tests.annotation.corpus.files import ranking, take_in, write
from tests.annotation.labeling.chats import Talking, open_chat, worker_writes
from tests.annotation.labeling.work import add_completion, add_prompt
from tests.cast import Cast
from workers.translate import completion_row

pytestmark = pytest.mark.django_db

MANY = 40  # that so many keys lie in order by chance happens once in 40!
NEAR = (
    1 << 40
)  # of 80 bits: neighbours of a count are nearer, and of a hundred by chance hardly any two
Maker = Callable[[Cast, Path], Sequence[UUID]]


def drawn_by_a_policy(cast: Cast, _: Path) -> Sequence[UUID]:
    prompt = add_prompt(cast.project, "Why is the sky blue?")
    plan = SamplingPlan.objects.create(
        project=cast.project, name="p", strategy="sample", n=1, max_new_tokens=4
    )
    run = Run(kind="sample", plan_id=plan.pk)
    line: dict[str, Any] = {"prompt_id": str(prompt.pk), "token_count": 2, "finish_reason": "stop"}
    return [
        completion_row(run, {**line, "sample_index": n, "text": f"Air {n}."}).pk
        for n in range(MANY)
    ]


def best_first_in_a_file(cast: Cast, folder: Path) -> Sequence[UUID]:
    texts = [f"Answer {n}" for n in range(9)]
    rows = [
        ranking(n, completions=texts, ranking=[[place] for place in range(9)]) for n in range(8)
    ]
    counts, issues = take_in(cast.project, write(folder / "rankings.jsonl", rows))
    assert (counts.added, issues) == (8, [])
    found = Completion.objects.filter(prompt__prompt_set__name="imported")
    keys = dict(found.values_list("prompt_id", "pk"))
    assert all(key.int >> 80 == prompt.int >> 80 for prompt, key in keys.items())
    return [one.pk for one in sorted(found, key=lambda one: (str(one.prompt_id), one.text))]


def typed_as_gold(cast: Cast, _: Path) -> Sequence[UUID]:
    add_completion(add_prompt(cast.project, "Other work"), "Its answer")
    texts = [f"Answer {n:02}" for n in range(MANY)]
    content = TypedTexts([{"role": "user", "content": "Which is best?"}], texts)
    made = services.create_gold(
        actor=cast.admin,
        project=cast.project,
        content=content,
        expected=[[n] for n in range(MANY)],
    )
    frozen = made.item.item_completions.order_by("position")
    return list(frozen.values_list("completion_id", flat=True))


def typed_for_practice(cast: Cast, _: Path) -> Sequence[UUID]:
    made = create_practice_item(
        actor=cast.admin,
        project=cast.project,
        kind=PracticeItem.Kind.PRACTICE,
        messages=[{"role": "user", "content": "Which is best?"}],
        completions=[f"Answer {n}" for n in range(MANY)],
        expected=[[n] for n in range(MANY)],
        explanation="",
    )
    return [UUID(one["id"]) for one in made.completions]


def written_in_a_chat(cast: Cast, _: Path) -> Sequence[UUID]:
    open_chat(cast.project, cast.admin, replies=9)
    talking = Talking(cast.labeler, cast.project)
    talking.start()
    talking.say("Hello?")
    worker_writes(*(f"Reply {n}" for n in range(9)))
    found = Completion.objects.filter(origin="policy").order_by("sample_index")
    return list(found.values_list("pk", flat=True))


def _items(cast: Cast) -> None:
    groups: dict[UUID, list[Completion]] = {}
    for n in range(MANY):
        prompt: Prompt = add_prompt(cast.project, f"Question {n}")
        groups[prompt.pk] = [add_completion(prompt, f"Answer {each}") for each in range(2)]
    services.create_ranking_items(project=cast.project, groups=groups, k=2, needed=2)


def items_made_together(cast: Cast, _: Path) -> Sequence[UUID]:
    _items(cast)
    return list(Item.objects.order_by("prompt_id").values_list("pk", flat=True))


def slots_made_together(cast: Cast, _: Path) -> Sequence[UUID]:
    _items(cast)
    made = Slot.objects.order_by("item__prompt_id", "number")
    return list(made.values_list("pk", flat=True))


def items_copied_for_a_second_look(cast: Cast, _: Path) -> Sequence[UUID]:
    _items(cast)
    olds = list(Item.objects.order_by("prompt_id").values_list("pk", flat=True))
    made = services.copy_items(items=olds, needed=2, of=["relabel", str(uuid4())])
    copies = [one.pk for one in made.values()]
    return copies + list(Slot.objects.filter(item__in=copies).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "made",
    [
        drawn_by_a_policy,
        best_first_in_a_file,
        typed_as_gold,
        typed_for_practice,
        written_in_a_chat,
        items_made_together,
        slots_made_together,
        items_copied_for_a_second_look,
    ],
)
def test_no_key_is_a_neighbour_of_another(made: Maker, cast: Cast, tmp_path: Path) -> None:
    keys = made(cast, tmp_path)
    assert len(keys) >= 9
    assert {key.version for key in keys} == {7}
    assert list(keys) != sorted(keys)
    tails = sorted(key.int & ((1 << 80) - 1) for key in keys)
    assert min(b - a for a, b in zip(tails, tails[1:], strict=False)) > NEAR
