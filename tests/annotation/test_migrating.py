"""Migrations of an installation that grew for a year."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        found: str = cursor.fetchone()[0]
    return found


@pytest.mark.django_db
def test_a_migration_may_take_long_but_nobody_waits_long_for_its_locks() -> None:
    found: list[tuple[str, str]] = []

    def look(**_: Any) -> None:
        found.append((shown("statement_timeout"), shown("lock_timeout")))

    last = list(apps.get_app_configs())[-1]  # asked right before the first migration
    pre_migrate.connect(look, sender=last)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look, sender=last)
    assert found == [("0", "3s")]
    assert shown("statement_timeout") == "15s"
