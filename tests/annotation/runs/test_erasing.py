"""Deleting a person: no trace of the name, what they judged kept or withdrawn, and what used it marked."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from annotation.accounts.erasing import without
from annotation.accounts.models import AuditEvent, AuditRedaction, User
from annotation.accounts.services import issue_token
from annotation.accounts.words import words_of
from annotation.delivery import audit
from annotation.delivery.models import WebhookEndpoint, WebhookMessage
from annotation.labeling.exports import pseudonym
from annotation.labeling.models import Demonstration, Item, Ranking
from annotation.labeling.services import withdraw_ranking
from annotation.projects.services import imported_labelers
from annotation.registry.models import Artifact, ModelVersion
from annotation.runs.ensembles import further_reward_versions
from annotation.runs.kinds import FURTHER
from annotation.runs.lineage import inherit_marks
from annotation.runs.models import DatasetSnapshot, Erasure, ErasureMark, Run
from annotation.runs.services import erasing
from tests.annotation.accounts.test_sessions import is_in, signed_in
from tests.annotation.labeling.work import Labeling, demonstration_item, drift, ranking_item
from tests.annotation.quality.review.orders import twice
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
PLANTED = "Zephyrine"


def planted(cast: Cast) -> User:
    """A labeler with a name that stands nowhere else, known in as many places as there are."""
    admin = client_for(cast.admin)
    address = f"/api/v1/projects/{cast.project.id}"
    person = {
        "username": PLANTED.lower(),
        "display_name": f"{PLANTED} Q",
        "email": f"{PLANTED}@example.com",
        "password": "seven tall herons",
        "roles": ["labeler"],
    }
    assert admin.post(f"{address}/members", person, format="json").status_code == 201
    found = User.objects.get(username=PLANTED.lower())
    invite = {"roles": ["reviewer"], "days": 3, "email": found.email, "label": f"for {PLANTED}"}
    token = admin.post(f"{address}/invitations", invite, format="json").json()["token"]
    mine = client_for(found)
    mine.post("/api/v1/invitations/accept", {"token": token}, format="json")
    mine.patch("/api/v1/me", {"display_name": PLANTED}, format="json")
    issue_token(user=found, name=f"{PLANTED}'s", scopes=["read"], days=1)
    content = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=cast.admin,
        content_type=content,
        object_id=found.pk,
        object_repr=PLANTED,
        action_flag=2,
    )
    found.refresh_from_db()
    return found


def mentions() -> list[str]:
    """Every column of text or JSON in the database that holds the planted name, in whatever case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND "
            "(data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY'))"
        )
        columns = cursor.fetchall()
        found = []
        for table, column in columns:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{PLANTED}%"]
            )
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    assert len(columns) > 100
    return found


def erase(actor: User, person: User, judgments: str, **more: Any) -> Any:
    body = {"judgments": judgments, "confirm": person.username} | more
    return client_for(actor).post(f"/api/v1/people/{person.pk}/erasure", body, format="json")


def judged(cast: Cast, person: User) -> None:
    """Two rankings and a demonstration."""
    at_work = Labeling(person, cast.project)
    for _ in range(2):
        ranking_item(cast.project)
        assert at_work.submit(at_work.work()).json()["state"] == "counted"
    demonstration_item(cast.project)
    assert at_work.write(at_work.work(), "The ideal answer.").status_code == 201


def version(cast: Cast, number: int, kind: str = "policy", **more: Any) -> ModelVersion:
    digest = f"{kind[0].encode().hex()}{number:02x}" * 16  # identical reward models are heard once
    artifact = Artifact.objects.get_or_create(digest=digest, defaults={"bytes": 1, "files": {}})
    stage = "reward" if kind == "reward" else "rl"
    return ModelVersion.objects.create(
        project=cast.project, kind=kind, number=number, name="v", stage=stage,
        artifact=artifact[0], **more,
    )  # fmt: skip


def snapshot(
    cast: Cast, number: int, cut_off: Any, query: dict[str, Any] | None = None
) -> DatasetSnapshot:
    artifact = Artifact.objects.get_or_create(digest="cd" * 32, defaults={"bytes": 1, "files": {}})
    return DatasetSnapshot.objects.create(
        project=cast.project, number=number, query=query or {"prompt_set": None}, cut_off=cut_off,
        counts={}, sha256="cd" * 32, artifact=artifact[0],
    )  # fmt: skip


def run(cast: Cast, number: int, kind: str, **more: Any) -> Run:
    return Run.objects.create(
        project=cast.project,
        number=number,
        kind=kind,
        idempotency_key=uuid4(),
        **{"config": {}, **more},
    )


def test_no_trace_of_the_name_is_left_anywhere(cast: Cast) -> None:
    person = planted(cast)
    judged(cast, person)
    held = Labeling(person, cast.project)
    ranking_item(cast.project)
    held.draft(held.work(), 0, {"note": PLANTED})
    assert len(mentions()) >= 8
    audit.lay_chain()
    heads = {chain: audit.verify(chain).head for chain in audit.chains()}
    answer = erase(person, person, "keep")
    assert answer.status_code == 200, answer.content
    assert mentions() == []
    person.refresh_from_db()
    assert answer.json()["pseudonym"] == person.display_name
    assert person.display_name.startswith("Former labeler ")
    assert Ranking.objects.filter(labeler=person, state="counted").count() == 2
    assert AuditEvent.objects.get(action="person.deleted").after["judgments"] == "keep"
    added = AuditEvent.objects.get(action="member.added")
    assert added.after == {"username": person.username, "roles": ["labeler"]}
    assert (added.actor, added.object_id) == (cast.admin, str(person.pk))
    # the links that were laid before stand as they were, and the deletion is linked after them
    assert AuditRedaction.objects.count() == AuditEvent.objects.filter(salt=None).count() > 2
    found = {chain: audit.verify(chain) for chain in audit.chains()}
    assert {each.broken_at for each in found.values()} == {None}
    assert {chain: each.head for chain, each in found.items()} == heads
    audit.lay_chain()
    assert {audit.verify(chain).broken_at for chain in audit.chains()} == {None}
    assert drift() == []


def test_sign_in_sessions_and_memberships_are_gone(cast: Cast) -> None:
    session = signed_in("labeler")
    assert erase(cast.labeler, cast.labeler, "keep").status_code == 200
    assert not is_in(session)
    assert not cast.labeler.memberships.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=cast.labeler.pk).update(is_active=True)


def test_withdrawing_reopens_items_and_marks_what_was_made_down_the_lineage(cast: Cast) -> None:
    judged(cast, cast.labeler)
    now = timezone.now()
    used, before = snapshot(cast, 1, now), snapshot(cast, 2, now - timedelta(days=1))
    reward = version(cast, 1, "reward")
    policy = version(cast, 1)
    child = version(cast, 2, parent=policy)
    apart = version(cast, 3)
    heard = version(cast, 4)
    first = run(cast, 1, "reward", snapshot=used, output_version=reward)
    second = run(cast, 2, "ppo", reward_version=reward, output_version=policy)
    run(cast, 3, "reward", snapshot=before, output_version=apart)
    # made by another reward model, with this one heard beside it
    third = run(cast, 4, "ppo", output_version=heard, config={FURTHER: [str(reward.pk)]})
    beside = run(cast, 5, "evaluate", config={"baseline_reward_version": str(reward.pk)})
    staff = cast.outsider
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    staff.refresh_from_db()
    seen = client_for(staff).get(f"/api/v1/people/{cast.labeler.pk}/erasure").json()
    expected = {"rankings": 2, "demonstrations": 1, "items_reopened": 3, "snapshots": 1,
                "versions": 4, "runs": 4}  # fmt: skip
    assert {name: seen[name] for name in expected} == expected
    answer = erase(staff, cast.labeler, "withdraw").json()
    assert (answer["withdrawn"], answer["finished"]) == (3, True)
    assert not Ranking.objects.exclude(state="withdrawn").exists()
    assert not Demonstration.objects.exclude(state="withdrawn").exists()
    assert set(Item.objects.values_list("state", flat=True)) == {"open"}
    marked = {
        str(mark.snapshot or mark.version or mark.run): mark.judgments
        for mark in ErasureMark.objects.all()
    }
    assert marked == {
        str(one): 3 for one in (used, reward, policy, child, heard, first, second, third, beside)
    }
    notices = f"/api/v1/projects/{cast.project.pk}/erasure-marks"
    for thing in (used, child, second):
        answer = client_for(cast.ml).get(notices, {"about": str(thing.pk)})
        assert answer.status_code == 200, answer.content
        (notice,) = answer.json()["results"]
        assert (notice["judgments"], notice["at"][:4]) == (3, str(now.year))
    assert client_for(cast.ml).get(notices, {"about": apart.pk}).json()["results"] == []
    assert len(client_for(cast.ml).get(notices).json()["results"]) == 9
    assert drift() == []


def test_what_a_reward_model_chose_is_marked_as_the_model_is_and_not_by_when_it_was_made(
    cast: Cast,
) -> None:
    judged(cast, cast.labeler)
    used = snapshot(cast, 1, timezone.now())
    reward, other, learnt = version(cast, 1, "reward"), version(cast, 2, "reward"), version(cast, 1)
    run(cast, 1, "reward", snapshot=used, output_version=reward)
    chosen, apart = (snapshot(cast, n, timezone.now(), query={"best_of_n": n}) for n in (2, 3))
    run(cast, 2, "best_of_n", reward_version=reward, output_snapshot=chosen)
    run(cast, 3, "best_of_n", reward_version=other, output_snapshot=apart)
    run(cast, 4, "sft", snapshot=chosen, output_version=learnt)
    erase(cast.labeler, cast.labeler, "withdraw")
    for made in (used, reward, chosen, learnt):
        assert made.erasure_marks.count() == 1
    for made in (apart, other):
        assert not made.erasure_marks.exists()


def test_what_is_made_after_a_deletion_holds_the_marks_of_what_it_was_made_of(cast: Cast) -> None:
    judged(cast, cast.labeler)
    used = snapshot(cast, 1, timezone.now())
    begun = run(cast, 1, "reward", snapshot=used)  # still in progress at the deletion
    reward = version(cast, 1, "reward")
    older = version(cast, 2, "reward")
    run(cast, 2, "reward", snapshot=used, output_version=reward)
    erase(cast.labeler, cast.labeler, "withdraw")
    late = version(cast, 3, "reward")
    inherit_marks(begun, late)
    assert sorted(late.erasure_marks.values_list("judgments", flat=True)) == [3]
    policy, apart = version(cast, 1), version(cast, 2)
    inherit_marks(run(cast, 3, "ppo", reward_version=reward), policy)
    inherit_marks(run(cast, 4, "ppo", reward_version=older), apart)
    assert policy.erasure_marks.count() == 1
    assert not apart.erasure_marks.exists()
    chosen = snapshot(cast, 2, timezone.now(), query={"best_of_n": 5})
    inherit_marks(run(cast, 5, "best_of_n", reward_version=reward), chosen)
    assert chosen.erasure_marks.count() == 1
    newest = version(cast, 4, "reward")
    # whoever asks for several reward models is given none of these unasked
    found = further_reward_versions(cast.project.pk, {"reward_models": 4}, newest)
    assert found == [older]


def test_nobody_puts_back_what_a_deletion_withdrew(cast: Cast) -> None:
    """Neither one judgment, nor many at once, nor code that forgets to ask."""
    _, one, two = twice(cast, "a|b|c", "c|b|a")
    staff = cast.outsider
    staff.is_staff = True
    staff.save()
    # what review had taken out before is not put back either
    withdraw_ranking(actor=cast.reviewer, ranking=one, reason="odd")
    withdraw_ranking(actor=cast.reviewer, ranking=two, reason="odd")
    assert erase(staff, cast.labeler, "withdraw").status_code == 200
    answer = client_for(cast.reviewer).post(
        f"/api/v1/rankings/{one.pk}/restore", {"reason": "after all"}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "person_deleted")
    body = {"act": "restore", "filter": {"judgments": [str(one.pk), str(two.pk)]}}
    project = f"/api/v1/projects/{cast.project.pk}"
    told = client_for(cast.admin).post(f"{project}/bulk-effects", body, format="json").json()
    assert (told["judgments"], told["would_stay_out"]) == (2, 1)
    body |= {"client_uuid": str(uuid4()), "reason": "after all"}
    done = client_for(cast.admin).post(f"{project}/bulk-acts", body, format="json").json()
    assert (done["counted"], done["left_because"]) == (1, {"person_deleted": 1})
    judgments = client_for(cast.admin).get(f"/api/v1/items/{one.item_id}").json()["rankings"]
    assert not any(each["can_restore"] for each in judgments)
    with pytest.raises(IntegrityError, match="deleted with all"), transaction.atomic():
        Ranking.objects.filter(pk=one.pk).update(state="counted", withdrawn_at=None)
    assert drift() == []


def test_who_holds_data_of_a_project_is_told_by_pseudonym(cast: Cast) -> None:
    judged(cast, cast.labeler)
    for project in (cast.project, cast.other_project):
        WebhookEndpoint.objects.create(
            project=project, url="https://example.com/", events=["person.deleted"]
        )
    assert erase(cast.labeler, cast.labeler, "keep").status_code == 200
    message = WebhookMessage.objects.get()
    assert (message.event, message.endpoint.project) == ("person.deleted", cast.project)
    assert message.data == {
        "person": str(cast.labeler.pk),
        "labeler": pseudonym(cast.project.pk, cast.labeler.pk),
        "judgments": "keep",
    }


def test_it_goes_on_where_it_stopped_and_is_safe_to_repeat(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(cast, cast.labeler)
    name = cast.labeler.username
    original = erasing.withdraw_some
    monkeypatch.setattr(erasing, "withdraw_some", lambda erasure: original(erasure, most=1))
    staff = cast.outsider
    staff.is_staff = True
    staff.save()
    first = erase(staff, cast.labeler, "withdraw").json()
    assert (first["withdrawn"], first["finished"]) == (1, False)
    monkeypatch.setattr(erasing, "withdraw_some", original)
    erasing.go_on()
    again = erase(staff, cast.labeler, "withdraw", confirm=name).json()
    assert (again["withdrawn"], again["finished"]) == (3, True)
    assert Erasure.objects.count() == 1
    other = erase(staff, cast.labeler, "keep")
    assert other.json()["code"] == "erased_otherwise"


def test_a_labeler_of_imported_data_is_deleted_too(cast: Cast) -> None:
    people = imported_labelers(project=cast.project, wanted={("file", PLANTED)})
    person = people[("file", PLANTED)]
    cast.outsider.is_staff = True
    cast.outsider.save()
    assert sorted(mentions()) == ["accounts_user.display_name", "projects_importedlabeler.name"]
    assert erase(cast.outsider, person, "keep").status_code == 200
    assert mentions() == []


def test_who_may_delete_and_what_is_refused(cast: Cast) -> None:
    address = f"/api/v1/people/{cast.labeler.pk}/erasure"
    assert client_for(cast.admin).get(address).status_code == 404
    assert erase(cast.admin, cast.labeler, "keep").status_code == 404
    wrong = erase(cast.labeler, cast.labeler, "keep", confirm="Labeler")
    assert wrong.json()["code"] == "not_confirmed"
    last = erase(cast.admin, cast.admin, "keep").json()
    assert (last["code"], last["projects"]) == ("last_admin", ["Answers"])
    cast.outsider.is_staff = True
    cast.outsider.save()
    with override_settings(REQUIRE_MFA_FOR=frozenset({"staff"})):
        assert erase(cast.outsider, cast.labeler, "keep").json()["code"] == "second_factor_needed"
    assert not Erasure.objects.exists()


def test_a_rewriting_that_no_deletion_vouches_for_breaks_the_chain(cast: Cast) -> None:
    person = planted(cast)
    audit.lay_chain()
    erase(person, person, "keep")
    audit.lay_chain()
    chain = str(cast.project.pk)
    assert audit.verify(chain).broken_at is None
    deletion = AuditEvent.objects.get(action="person.deleted")
    victim = AuditEvent.objects.filter(project_id=cast.project.pk, salt=None).earliest("id")
    victim.after = {"roles": []}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT set_config('tiebreak.erasing', 'on', true)")
    victim.save(update_fields=["after"])
    assert audit.verify(chain).broken_at == victim.pk
    # nor with a redaction slipped in afterwards
    other = AuditEvent.objects.create(
        actor=cast.admin, action="person.deleted", object_type="User", object_id="x", after={}
    )
    AuditRedaction.objects.create(event=victim, deletion=other, words_sha256=words_of(victim))
    assert audit.verify(chain).broken_at == victim.pk
    assert deletion.after["redacted"] == deletion.redacted.count()


def test_words_of_closed_lists_are_no_names() -> None:
    said = {"roles": ["labeler"], "username": "labeler", "reason": "The Labeler relabeled"}
    assert without(said, ["labeler"], "former-1") == {
        "roles": ["labeler"], "username": "former-1", "reason": "The former-1 relabeled",
    }  # fmt: skip
    assert without({"reason": "请王小明再看"}, ["王小明"], "former-1") == {
        "reason": "请former-1再看"
    }


def test_the_audit_trail_stays_closed_for_everything_else(cast: Cast) -> None:
    planted(cast)
    event = AuditEvent.objects.earliest("id")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(after={})
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tiebreak.erasing', 'on', true)")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(action="something.else")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        event.delete()
