"""Empty the database after a test that committed.

Django truncates all tables and makes every permission anew: a second or two each time, because a
table costs the same whether it was used or not. Here only what has rows loses them. Triggers that
refuse deletion are passed over by a setting that a throw-away server allows (annotation/local/postgres.py);
on a server that does not, Django's way is gone.
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

ALLOWED = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
# written by migrations and the same for every test
KEPT = {"auth_permission", "django_content_type", "django_site"}
PASSES = 10

_djangos_way = TransactionTestCase._fixture_teardown


def after_a_test(case: TransactionTestCase) -> None:
    """In place of TransactionTestCase._fixture_teardown."""
    for alias in case._databases_names(include_mirrors=False):
        with connections[alias].cursor() as cursor:
            cursor.execute(ALLOWED)
            (allowed,) = cursor.fetchone()
        if not allowed:
            return _djangos_way(case)
        empty(connections[alias])


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete all rows. A process that outlives its test may commit one more meanwhile: look again."""
    for _ in range(PASSES):
        used = _tables_with_rows(connection)
        if not used:
            return
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in used:
                cursor.execute(f'DELETE FROM "{table}"')
    raise AssertionError(f"somebody goes on writing to {', '.join(used)}")


def _tables_with_rows(connection: Any) -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in set(names) - KEPT)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return [name for (name,) in cursor.fetchall()]
