"""Taking out, or putting back, many judgments: frozen as targets first, then done one by one.

Every target is a transaction of its own, so that people who submit meanwhile wait for one judgment at
most, a deadlock costs one repetition, and whoever is interrupted goes on where it stopped.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.texts import hash_of
from annotation.labeling import withdrawals
from annotation.labeling.models import Demonstration, Item, Ranking, Slot, Withdrawal
from annotation.labeling.services import (
    restore_demonstration,
    restore_ranking,
    withdraw_demonstration,
    withdraw_ranking,
)
from annotation.lib import hints, locks
from annotation.lib.errors import Conflict, Invalid, Refused
from annotation.lib.statements import retrying
from annotation.projects.models import Project
from annotation.quality.models import BulkAct, BulkTarget

AT_ONCE = 50
"""Up to so many are done before the request is answered; more are left to a worker."""
TURN = 500
KEEP_UP = "workers.tasks.review.keep_up"
QUEUE = "short"
Act = BulkAct.Act
Of = BulkAct.Of
Judged = Ranking | Demonstration
Kind = TypeVar("Kind", Ranking, Demonstration)
Outcome = BulkTarget.Outcome
CHANGED = (Outcome.WITHDRAWN, Outcome.COUNTED, Outcome.SURPLUS)


@dataclass(frozen=True)
class BulkFilter:
    """Which judgments of a kind; None is no restriction, but one at least is needed."""

    of: str = Of.RANKING
    labeler: UUID | None = None
    prompt_set: UUID | None = None
    guideline: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    judgments: tuple[UUID, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """Only what restricts."""
        plain: dict[str, Any] = {
            "labeler": self.labeler and str(self.labeler),
            "prompt_set": self.prompt_set and str(self.prompt_set),
            "guideline": self.guideline,
            "since": self.since and self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
            "judgments": None if self.judgments is None else sorted(map(str, self.judgments)),
        }
        return {name: value for name, value in plain.items() if value is not None}


def targets(
    project: Project, act: str, wanted: BulkFilter
) -> QuerySet[Ranking] | QuerySet[Demonstration]:
    """The judgments that the act would change. Putting back concerns only what review took out.

    Better answers are not among the demonstrations: they come and go with their rankings.
    """
    if not wanted.as_json():
        raise Invalid(("filter", "empty", "Say which judgments are meant."))
    plain = {
        "labeler_id": wanted.labeler,
        "item__prompt__prompt_set_id": wanted.prompt_set,
        "guideline_version__number": wanted.guideline,
        "created_at__gte": wanted.since,
        "created_at__lt": wanted.until,
        "pk__in": wanted.judgments,
    }
    given = {name: value for name, value in plain.items() if value is not None}
    if wanted.of == Of.RANKING:
        return _open_to(act, wanted.of, Ranking.objects.filter(project=project, **given))
    written = Demonstration.objects.filter(project=project, ranking=None, **given)
    return _open_to(act, wanted.of, written)


def _open_to(act: str, of: str, found: QuerySet[Kind]) -> QuerySet[Kind]:
    if act == Act.WITHDRAW:
        return found.exclude(state=Ranking.State.WITHDRAWN)
    standing = Withdrawal.objects.filter(**{of: OuterRef("pk")}, restored_at=None)
    return found.filter(Exists(standing), state=Ranking.State.WITHDRAWN, superseded_by=None)


def effect(project: Project, act: str, wanted: BulkFilter) -> dict[str, int]:
    """What the act would do, counted."""
    found = targets(project, act, wanted)
    counts = found.aggregate(
        judgments=Count("id"),
        counted=Count("id", filter=Q(state=Ranking.State.COUNTED)),
        surplus=Count("id", filter=Q(state=Ranking.State.SURPLUS)),
        items=Count("item", distinct=True),
        labelers=Count("labeler", distinct=True),
        reopened=Count(
            "item",
            distinct=True,
            filter=Q(
                state=Ranking.State.COUNTED,
                item__state=Item.State.DONE,
                item__is_imported=False,
                slot__is_private=False,
            ),
        ),
    )
    late = stays_out = 0
    if act == Act.RESTORE:
        stays_out = found.filter(labeler__judgments_withdrawn=True).count()
        taken = Q(slot__state__in=[Slot.State.LEASED, Slot.State.DONE])
        was_surplus = Withdrawal.objects.filter(
            **{wanted.of: OuterRef("pk")}, restored_at=None, before=Ranking.State.SURPLUS
        )
        late = found.filter(taken | Exists(was_surplus), labeler__judgments_withdrawn=False).count()
    return {**counts, "would_be_surplus": late, "would_stay_out": stays_out}


def begin(
    *,
    actor: User,
    project: Project,
    client_uuid: UUID,
    act: str,
    wanted: BulkFilter,
    reason: str,
) -> tuple[BulkAct, bool]:
    """Freeze the targets and begin; whether it is new. Sending it again changes nothing.

    Raises Invalid (no restriction, nothing to change) or Refused (other content under this id).
    """
    digest = hash_of([str(project.pk), act, wanted.of, wanted.as_json(), reason])
    ids = targets(project, act, wanted).order_by("id").values_list("id", flat=True)
    return _begin(actor, project, client_uuid, digest, ids, act=act, of=wanted.of,
                  wanted=wanted.as_json(), reason=reason)  # fmt: skip


def undo(*, actor: User, original: BulkAct, client_uuid: UUID, reason: str) -> tuple[BulkAct, bool]:
    """Reverse exactly what a bulk act changed, where nobody changed it again since.

    Raises Conflict (`under_way`, `undone`).
    """
    if original.state == BulkAct.State.RUNNING:
        raise Conflict("under_way", "It is still under way; stop it first.")
    before = BulkAct.objects.filter(undoes=original).first()
    if before is not None and before.client_uuid != client_uuid:
        raise Conflict("undone", "It was undone already.")
    changed = BulkTarget.objects.filter(bulk_act=original, outcome__in=CHANGED)
    ids = changed.order_by("id").values_list(f"{original.of}_id", flat=True)
    act = Act.RESTORE if original.act == Act.WITHDRAW else Act.WITHDRAW
    digest = hash_of(["undo", str(original.pk), reason])
    return _begin(actor, original.project, client_uuid, digest, ids, act=act, of=original.of,
                  wanted=original.filter, reason=reason, undoes=original)  # fmt: skip


def _begin(
    actor: User,
    project: Project,
    client_uuid: UUID,
    digest: str,
    ids: Iterable[UUID],
    *,
    act: str,
    of: str,
    wanted: dict[str, Any],
    reason: str,
    undoes: BulkAct | None = None,
) -> tuple[BulkAct, bool]:
    with transaction.atomic():
        locks.hold("bulk act", client_uuid)
        stored = BulkAct.objects.filter(client_uuid=client_uuid).first()
        if stored is not None:
            if stored.content_hash != digest:
                raise Refused("different_content", "Another act was begun under this client_uuid.")
            return stored, False
        made = BulkAct.objects.create(
            project=project,
            client_uuid=client_uuid,
            content_hash=digest,
            act=act,
            of=of,
            filter=wanted,
            reason=reason,
            actor=actor,
            undoes=undoes,
        )
        total = 0
        walk = iter(ids)
        while chunk := list(islice(walk, 2000)):
            BulkTarget.objects.bulk_create(
                BulkTarget(bulk_act=made, **{f"{of}_id": one}) for one in chunk
            )
            total += len(chunk)
        if not total:
            raise Invalid(("filter", "nothing", "There is nothing to change."))
        BulkAct.objects.filter(pk=made.pk).update(total=total)
        record(
            actor=actor,
            action="bulk.undone" if undoes else f"bulk.{act}",
            thing=made,
            after={"of": of, "filter": wanted, "reason": reason, "total": total},
        )
    if total <= AT_ONCE:
        advance(made, total)
    else:
        hints.send(KEEP_UP, {}, QUEUE)
    made.refresh_from_db()
    return made, True


def stop(*, actor: User, act: BulkAct) -> None:
    """End it where it is; what was done can be undone."""
    running = BulkAct.objects.filter(pk=act.pk, state=BulkAct.State.RUNNING)
    with transaction.atomic():
        if running.update(state=BulkAct.State.STOPPED, finished_at=Now()):
            record(actor=actor, action="bulk.stopped", thing=act)


def advance(act: BulkAct, most: int = TURN) -> int:
    """Do up to `most` targets, and end the act after the last; how many were done.

    Any number of workers may do it at once.
    """
    done = 0
    while done < most and retrying(lambda: _do_next(act.pk)):
        done += 1
    waiting = BulkTarget.objects.filter(bulk_act=OuterRef("pk"), outcome=Outcome.WAITING)
    running = BulkAct.objects.filter(pk=act.pk, state=BulkAct.State.RUNNING)
    running.filter(~Exists(waiting)).update(state=BulkAct.State.DONE, finished_at=Now())
    return done


def advance_all() -> int:
    """A turn of every act that is under way."""
    running = BulkAct.objects.filter(state=BulkAct.State.RUNNING).order_by("id")
    return sum(advance(act) for act in running)


@transaction.atomic
def _do_next(act_id: UUID) -> bool:
    act = BulkAct.objects.select_related("actor").get(pk=act_id)
    if act.state != BulkAct.State.RUNNING:
        return False
    waiting = BulkTarget.objects.filter(bulk_act=act, outcome=Outcome.WAITING).order_by("id")
    target = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if target is None:
        return False
    outcome, rule = _do(act, target)
    BulkTarget.objects.filter(pk=target.pk).update(outcome=outcome, rule=rule)
    return True


def _do(act: BulkAct, target: BulkTarget) -> tuple[str, str]:
    """Change one judgment, unless somebody changed it meanwhile; what became of it, and why not."""
    judgment = target.ranking or target.demonstration
    assert judgment is not None  # one of the two, by constraint
    if act.undoes_id is not None and not _is_untouched(act.undoes_id, judgment):
        return Outcome.LEFT, "changed_since"
    try:
        return (_withdraw if act.act == Act.WITHDRAW else _restore)(act, judgment), ""
    except Conflict as conflict:
        return Outcome.LEFT, conflict.code


def _withdraw(act: BulkAct, judgment: Judged) -> str:
    if isinstance(judgment, Ranking):
        withdraw_ranking(actor=act.actor, ranking=judgment, reason=act.reason, act=act.pk)
    else:
        withdraw_demonstration(
            actor=act.actor, demonstration=judgment, reason=act.reason, act=act.pk
        )
    return Outcome.WITHDRAWN


def _restore(act: BulkAct, judgment: Judged) -> str:
    if isinstance(judgment, Ranking):
        return restore_ranking(actor=act.actor, ranking=judgment, reason=act.reason, act=act.pk)
    return restore_demonstration(
        actor=act.actor, demonstration=judgment, reason=act.reason, act=act.pk
    )


def _is_untouched(original: UUID, judgment: Judged) -> bool:
    """Whether the judgment still is what the act that is being undone made of it."""
    which = withdrawals.of(judgment)
    made = BulkTarget.objects.get(bulk_act=original, **which)
    if judgment.state != made.outcome:
        return False
    if made.outcome != Outcome.WITHDRAWN:
        return True
    return Withdrawal.objects.filter(**which, restored_at=None, act=original).exists()


def left_because(act: BulkAct) -> dict[str, int]:
    """Why targets were left as they were, with how many."""
    left = BulkTarget.objects.filter(bulk_act=act, outcome=Outcome.LEFT)
    return dict(left.order_by("rule").values_list("rule").annotate(n=Count("id")))


def acts(project: Project) -> QuerySet[BulkAct]:
    """Acts with the counts of their outcomes, newest first."""
    counted = {
        f"n_{name}": Count("targets", filter=Q(targets__outcome=value))
        for name, value in (
            ("waiting", Outcome.WAITING),
            ("withdrawn", Outcome.WITHDRAWN),
            ("counted", Outcome.COUNTED),
            ("surplus", Outcome.SURPLUS),
            ("left", Outcome.LEFT),
        )
    }
    found = BulkAct.objects.filter(project=project).annotate(**counted)
    return found.annotate(undone=F("undone_by")).select_related("actor")
