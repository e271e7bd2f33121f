"""The database refuses what must never be, whatever the code above it does."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from annotation.accounts.models import AuditEvent, User
from annotation.projects.models import GuidelineVersion, Project

pytestmark = pytest.mark.django_db


def test_the_audit_trail_cannot_be_rewritten_or_erased() -> None:
    event = AuditEvent.objects.create(action="item.voided", object_type="Item", object_id="z")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(id=event.id).update(action="forged")
    with pytest.raises(IntegrityError), transaction.atomic():
        event.delete()


def test_guidelines_are_immutable() -> None:
    project = Project.objects.create(name="P", language="en")
    version = GuidelineVersion.objects.create(project=project, number=1, text="Be fair.")
    with pytest.raises(IntegrityError), transaction.atomic():
        GuidelineVersion.objects.filter(id=version.id).update(text="Be quick.")


def test_a_pseudonymous_person_can_never_be_made_able_to_sign_in() -> None:
    user = User.objects.create(username="import:1", is_active=False, is_pseudonymous=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=user.id).update(is_active=True)


def test_the_comparison_view_exists() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM comparison")
        assert cursor.fetchone() == (0,)


def test_every_constraint_and_index_that_a_model_declares_stands_in_the_database() -> None:
    """An AlterField once dropped two unique constraints along with the index of a foreign key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class UNION SELECT conname FROM pg_constraint")
        standing = {name for (name,) in cursor.fetchall()}
    declared = {
        part.name
        for model in apps.get_models()
        for part in (*model._meta.constraints, *model._meta.indexes)
    }
    assert len(declared) > 150
    assert declared - standing == set()
