"""Advisory locks: one writer at a time for a thing that has no row of its own to lock."""

from django.db import connection


def hold(*names: object) -> None:
    """Wait for the lock of this name; it is let go at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_key(names)])


def try_hold(*names: object) -> bool:
    """Take the lock of this name until the end of the transaction, or say that it is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_key(names)])
        return bool(cursor.fetchone()[0])


def _key(names: tuple[object, ...]) -> str:
    return ":".join(str(name) for name in names)
