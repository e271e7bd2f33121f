"""Acts on prompts, one or many at once, with their history and their undo.

A prompt's text never changes: judgments are about it. An edit makes a new prompt that supersedes the
old one and retires that, whatever was or was not done with it. Every act says what it changed in each
prompt; undoing it is an act of its own and touches only what is still as the act left it.
"""

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.models import Prompt, PromptAct, PromptChange
from annotation.corpus.services import (
    lock_corpus,
    refuse_retired,
    refuse_the_other_side,
    refuse_twin,
)
from annotation.corpus.texts import Message, prompt_hash
from annotation.lib.errors import Conflict, Refused
from annotation.lib.ids import new_id
from annotation.projects.models import Project

Kind = PromptAct.Kind
PATIENCE = "SELECT set_config('statement_timeout', '120s', true)"


@transaction.atomic
def edit_prompt(
    *, actor: User, prompt: Prompt, client_uuid: UUID, messages: list[Message], is_plain: bool
) -> PromptAct:
    """Supersede the prompt by one with these messages; the same edit again gives the first act."""
    project = prompt.prompt_set.project
    lock_corpus(project.id)
    key = prompt_hash(messages)
    wish = {"prompt": str(prompt.id), "text_hash": key}
    if known := _known(project, client_uuid, Kind.EDIT, wish):
        return known
    prompt.refresh_from_db()
    refuse_retired(prompt.prompt_set)
    if prompt.retired_at is not None:
        raise Conflict("prompt_retired", "This prompt is retired; only one in use can be edited.")
    if key == prompt.text_hash:
        raise Refused("nothing_changed", "The text is the same as before.")
    refuse_twin(prompt.prompt_set, key)
    refuse_the_other_side(prompt.prompt_set, key)
    made = Prompt(
        prompt_set=prompt.prompt_set,
        messages=messages,
        is_plain=is_plain,
        text_hash=key,
        split=prompt.split,
        language=prompt.language,
        source=prompt.source,
        reference=prompt.reference,
        meta=prompt.meta,
        tags=prompt.tags,
        supersedes=prompt,
    )
    # The old one keeps its id of the source, so that importing the file again still finds it.
    Prompt.objects.filter(pk=prompt.pk).update(retired_at=Now())
    made.save(force_insert=True)
    act = _create(actor, project, client_uuid, Kind.EDIT, wish, 1)
    PromptChange.objects.bulk_create(
        [
            PromptChange(act=act, prompt=prompt, before=_RETIRED[0], after=_RETIRED[1]),
            PromptChange(act=act, prompt=made, before={}, after=_RETIRED[0]),
        ]
    )
    return act


@transaction.atomic
def act_on(
    *,
    actor: User,
    project: Project,
    client_uuid: UUID,
    kind: str,
    chosen: QuerySet[Prompt],
    wish: dict[str, Any],
    tags: list[str] | None = None,
    expected: int | None = None,
) -> PromptAct:
    """Retire, restore, tag or untag all of `chosen` that this changes; `wish` says how it was chosen.

    Raises Conflict when it would change another number of prompts than the `expected` one, which
    somebody was shown before.
    """
    lock_corpus(project.id)
    wish = {**wish, **({"tags": sorted(set(tags))} if tags else {})}
    if known := _known(project, client_uuid, kind, wish):
        return known
    _run(PATIENCE, [])
    act_id = new_id()
    rows = affected(chosen, kind)
    if kind in (Kind.RETIRE, Kind.RESTORE):
        count = _note(act_id, rows, *_retired_values(kind))
        _set_retired(act_id)
    else:
        count = _note(act_id, rows, *_tag_values(kind, wish["tags"]))
        _set_tags(act_id)
    if expected is not None and expected != count:
        raise Conflict(
            "selection_changed",
            f"This would change {count} prompts, not {expected}: the selection changed meanwhile.",
            count=count,
        )
    return _create(actor, project, client_uuid, kind, wish, count, act_id=act_id)


def affected(chosen: QuerySet[Prompt], kind: str) -> QuerySet[Prompt]:
    """Those that the act can change. What was superseded, or reported and upheld, is not restored."""
    if kind == Kind.RETIRE:
        return chosen.filter(retired_at=None)
    if kind == Kind.RESTORE:
        standing = Prompt.objects.filter(retired_at=None)
        reported = Prompt.objects.filter(
            pk=OuterRef("pk"), reports__state="upheld", reports__completion=None
        )
        return chosen.filter(
            ~Exists(standing.filter(supersedes=OuterRef("pk"))),
            ~Exists(standing.filter(pk=OuterRef("supersedes"))),
            ~Exists(reported),
            retired_at__isnull=False,
        )
    return chosen


@transaction.atomic
def undo(*, actor: User, act: PromptAct, client_uuid: UUID) -> PromptAct:
    """Put back what is still as the act left it; undoing twice gives the first undoing."""
    lock_corpus(act.project_id)
    if (known := PromptAct.objects.filter(undoes=act).first()) is not None:
        return known
    _run(PATIENCE, [])
    undo_id = new_id()
    count = _run(
        "INSERT INTO corpus_promptchange (act_id, prompt_id, before, after) "
        "SELECT %s, c.prompt_id, c.after, "
        "CASE WHEN c.before = '{}' THEN '{\"retired\": true}' ELSE c.before END "
        "FROM corpus_promptchange c JOIN corpus_prompt p ON p.id = c.prompt_id "
        f"WHERE c.act_id = %s AND {_STILL_SO}",
        [undo_id, act.pk],
    )
    whole = act.changes.count()
    if count == 0 or (count < whole and PromptChange.objects.filter(act=act, before={}).exists()):
        raise Conflict("changed_since", "What this did was changed again since.")
    _set_retired(undo_id)
    _set_tags(undo_id)
    wish = {"act": str(act.pk), "kind": act.kind}
    return _create(
        actor, act.project, client_uuid, Kind.UNDO, wish, count, act_id=undo_id, undoes=act
    )


# --- parts ------------------------------------------------------------------------------------
_RETIRED = ({"retired": False}, {"retired": True})
_STILL_SO = (
    "CASE WHEN c.after ? 'tags' THEN to_jsonb(p.tags) = c.after -> 'tags' "
    "ELSE (p.retired_at IS NOT NULL) = (c.after ->> 'retired')::bool END"
)


def _known(
    project: Project, client_uuid: UUID, kind: str, wish: dict[str, Any]
) -> PromptAct | None:
    found = PromptAct.objects.filter(project=project, client_uuid=client_uuid).first()
    if found is not None and (found.kind, found.wish) != (kind, wish):
        raise Refused("other_content", "Something else was sent under this id.")
    return found


def _create(
    actor: User,
    project: Project,
    client_uuid: UUID,
    kind: str,
    wish: dict[str, Any],
    count: int,
    *,
    act_id: UUID | None = None,
    undoes: PromptAct | None = None,
) -> PromptAct:
    act = PromptAct.objects.create(
        id=act_id or new_id(),
        project=project,
        actor=actor,
        client_uuid=client_uuid,
        kind=kind,
        wish=wish,
        count=count,
        undoes=undoes,
    )
    record(actor=actor, action=f"prompts.{kind}", thing=act, after={**wish, "count": count})
    return act


def _retired_values(kind: str) -> tuple[str, str, list[Any]]:
    before, after = ("false", "true") if kind == Kind.RETIRE else ("true", "false")
    return f"'{{\"retired\": {before}}}'::jsonb", f"'{{\"retired\": {after}}}'::jsonb", []


def _tag_values(kind: str, tags: list[str]) -> tuple[str, str, list[Any]]:
    """Tags are kept in order and each once."""
    if kind == Kind.TAG:
        some = "SELECT DISTINCT t FROM unnest(p.tags || %s::varchar[]) t ORDER BY t"
    else:
        some = "SELECT t FROM unnest(p.tags) t WHERE t <> ALL(%s::varchar[]) ORDER BY t"
    before = "jsonb_build_object('tags', to_jsonb(p.tags))"
    return before, f"jsonb_build_object('tags', to_jsonb(ARRAY({some})))", [tags]


def _note(act_id: UUID, rows: QuerySet[Prompt], before: str, after: str, params: list[Any]) -> int:
    """Write what the act changes in each prompt; how many that is. The act's row follows."""
    chosen, given = rows.order_by().values("pk").query.sql_with_params()
    return _run(
        "INSERT INTO corpus_promptchange (act_id, prompt_id, before, after) "
        f"SELECT %s, id, before, after FROM (SELECT p.id, {before} AS before, {after} AS after "
        f"FROM corpus_prompt p WHERE p.id IN ({chosen})) changed WHERE before <> after",
        [act_id, *params, *given],
    )


def _set_retired(act_id: UUID) -> None:
    """Take out before putting in: of a prompt and its successor at most one stands at any time."""
    for wanted, value in (("true", "now()"), ("false", "NULL")):
        _run(
            f"UPDATE corpus_prompt p SET retired_at = {value} FROM corpus_promptchange c "
            f"WHERE c.act_id = %s AND c.prompt_id = p.id AND c.after ->> 'retired' = '{wanted}' "
            f"AND (p.retired_at IS NULL) = {wanted}",
            [act_id],
        )


def _set_tags(act_id: UUID) -> None:
    _run(
        "UPDATE corpus_prompt p SET tags = ARRAY(SELECT jsonb_array_elements_text(c.after -> 'tags')) "
        "FROM corpus_promptchange c WHERE c.act_id = %s AND c.prompt_id = p.id AND c.after ? 'tags'",
        [act_id],
    )


def _run(statement: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
