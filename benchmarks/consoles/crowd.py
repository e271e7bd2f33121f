"""A project that has been labeled for years: prompts, completions, items, slots, rankings, placements.

Four items share a prompt and its four completions, as items of several rounds do; every fourth item
was judged twice; the last tenth of the items is still open.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from annotation.accounts.models import User
from annotation.corpus.models import Completion, Prompt, PromptSet
from annotation.labeling.models import Item, ItemCompletion, Placement, Presentation, Ranking, Slot
from annotation.projects.figures import find_large
from annotation.projects.models import GuidelineVersion, Membership, Project, Role
from benchmarks.consoles.bulk import fill, key, unguard

LABELERS = 40
SETS = 20
K = 4
ITEMS_PER_PROMPT = 4
WORDS = ["sky", "dog", "river", "bread", "lamp", "music", "winter", "garden", "letter", "engine"]
CHINESE = ["天空", "小狗", "河流", "面包", "台灯", "音乐", "冬天", "花园", "书信", "引擎"]


@dataclass(frozen=True)
class Crowd:
    """What was made, for the addresses to name."""

    prompt_set: UUID
    prompt: UUID
    item: UUID
    ranking: UUID
    labeler: UUID


def settle(project: Project, items: int) -> Crowd:
    """Fill `project`. Triggers and foreign keys are gone from then on: what is written here fits."""
    prompts = items // ITEMS_PER_PROMPT
    people = _people(project)
    sets = [
        PromptSet.objects.create(
            project=project, name=f"prompts {n}", purpose="reward", language="en"
        ).pk
        for n in range(SETS)
    ]
    guideline = GuidelineVersion.objects.filter(project=project).latest("number").pk
    unguard(Prompt, Completion, Item, ItemCompletion, Slot, Presentation, Ranking, Placement)
    labeler = _one_of(people)
    _texts(sets, items, prompts)
    _items(project.pk, items, labeler)
    _judgments(project.pk, items, labeler, guideline)
    find_large()  # as the workers do
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum does
        cursor.execute("RESET statement_timeout")
    return Crowd(
        prompt_set=sets[0],
        prompt=Prompt.objects.filter(prompt_set=sets[0]).earliest("id").pk,
        item=Item.objects.filter(project=project, state="done").earliest("id").pk,
        ranking=Ranking.objects.filter(project=project).earliest("id").pk,
        labeler=people[0],
    )


def _people(project: Project) -> list[UUID]:
    people = [User.objects.create(username=f"crowd{n}").pk for n in range(LABELERS)]
    Membership.objects.bulk_create(
        Membership(project=project, user_id=person, role=Role.LABELER) for person in people
    )
    return people


def _one_of(ids: list[UUID]) -> str:
    """SQL: the one that `turn` picks."""
    listed = ", ".join(f"'{one}'" for one in ids)
    return f"(ARRAY[{listed}]::uuid[])[1 + turn %% {len(ids)}]"


def _words(number: str, words: list[str], glue: str) -> str:
    """SQL of a text of six words that differ from row to row."""
    listed = ", ".join(f"'{word}'" for word in words)
    parts = [
        f"(ARRAY[{listed}])[1 + ({number} / {len(words) ** power}) %% {len(words)}]"
        for power in range(6)
    ]
    return f" || '{glue}' || ".join(parts)


def _when(items: int) -> str:
    """SQL of a moment of the last year; later rows are younger, as keys are."""
    return f"now() - ({items} - n) * interval '365 days' / {items}"


def _texts(sets: list[UUID], items: int, prompts: int) -> None:
    english, chinese = _words("n", WORDS, " "), _words("n", CHINESE, "")
    text = f"CASE WHEN n %% 2 = 0 THEN {english} ELSE {chinese} END || ' ' || n"
    fill(
        Prompt,
        f"generate_series(0, {items - 1}) n, LATERAL (SELECT n AS turn) t",
        id=key(1, "n"),
        prompt_set_id=_one_of(sets),
        messages=f"jsonb_build_array(jsonb_build_object('role', 'user', 'content', {text}))",
        text_hash="md5(n::text) || md5('x' || n)",
        language="CASE WHEN n %% 2 = 0 THEN 'en' ELSE 'zh-Hans' END",
        source="'bench'",
        source_id="n::text",
    )
    fill(
        Completion,
        f"generate_series(0, {prompts * K - 1}) n",
        id=key(2, "n"),
        prompt_id=key(1, f"n / {K}"),
        origin="'import'",
        import_key="md5(n::text) || md5('y' || n)",
        text=f"{_words('n', WORDS, ' ')} || ' ' || n",
        text_hash="md5('t' || n) || md5('u' || n)",
        system="'system ' || n %% 3",
    )


def _items(project: UUID, items: int, labeler: str) -> None:
    is_open = f"n >= {items - items // 10}"
    numbers = f"generate_series(0, {items - 1}) n"
    twice = "CASE WHEN n %% 4 = 0 THEN 2 ELSE 1 END"
    fill(
        Item,
        numbers,
        id=key(3, "n"),
        project_id=f"'{project}'::uuid",
        prompt_id=key(1, f"n / {ITEMS_PER_PROMPT}"),
        state=f"CASE WHEN {is_open} THEN 'open' ELSE 'done' END",
        needed=twice,
        counted=f"CASE WHEN {is_open} THEN 0 ELSE {twice} END",
        priority="n %% 1000",
        key="md5(n::text) || md5('z' || n)",
        created_at=_when(items),
    )
    fill(
        ItemCompletion,
        f"{numbers}, generate_series(0, {K - 1}) k",
        item_id=key(3, "n"),
        completion_id=key(2, f"n / {ITEMS_PER_PROMPT} * {K} + k"),
        position="k",
    )
    fill(
        Slot,
        f"{numbers}, generate_series(1, {twice}) k, LATERAL (SELECT n + k AS turn) t",
        id=key(4, "n * 2 + k"),
        item_id=key(3, "n"),
        project_id=f"'{project}'::uuid",
        number="k",
        priority="n %% 1000",
        audience_id=f"labeling_audience_of({key(3, 'n')})",
        state=f"CASE WHEN {is_open} THEN 'open' ELSE 'done' END",
        labeler_id=f"CASE WHEN NOT {is_open} THEN {labeler} END",
    )


def _judgments(project: UUID, items: int, labeler: str, guideline: UUID) -> None:
    judged = items - items // 10
    source = (
        f"generate_series(0, {judged - 1}) n, "
        "generate_series(1, CASE WHEN n %% 4 = 0 THEN 2 ELSE 1 END) k, "
        "LATERAL (SELECT n + k AS turn, n * 2 + k AS slot) t"
    )
    base = f"n / {ITEMS_PER_PROMPT} * {K}"
    order = ", ".join(key(2, f"{base} + (k + {place}) %% {K}") for place in range(K))
    when = _when(items)
    fill(
        Presentation,
        source,
        id=key(5, "slot"),
        slot_id=key(4, "slot"),
        labeler_id=labeler,
        lease_token=key(6, "slot"),
        guideline_version_id=f"'{guideline}'::uuid",
        order=f"ARRAY[{order}]",
        seed="n",
        created_at=when,
    )
    fill(
        Ranking,
        source,
        id=key(7, "slot"),
        slot_id=key(4, "slot"),
        item_id=key(3, "n"),
        project_id=f"'{project}'::uuid",
        labeler_id=labeler,
        client_uuid=key(8, "slot"),
        content_hash="md5(slot::text) || md5('r' || slot)",
        presentation_id=key(5, "slot"),
        guideline_version_id=f"'{guideline}'::uuid",
        state="'counted'",
        mode="'tiers'",
        active_ms="20000 + n %% 60000",
        created_at=when,
    )
    fill(
        Placement,
        f"{source}, generate_series(0, {K - 1}) place",
        ranking_id=key(7, "slot"),
        completion_id=key(2, f"{base} + (k + place) %% {K}"),
        tier=f"1 + (n / 7 + place * 3) %% {K}",
        shown_at="place + 1",
        visible_ms="4000",
        read_percent="100",
    )
