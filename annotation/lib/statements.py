"""Prepared statements for the few paths that are walked hundreds of times a second.

The ORM builds its SQL anew at every call and Django binds parameters in the client; here the server
keeps the plan. Errors become Django's, transactions are those of the connection.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection
from django.db.models import Model
from psycopg import errors

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Params = Sequence[Any] | Mapping[str, Any]
RETRIES = 4
_WORTH_A_RETRY = (errors.DeadlockDetected, errors.SerializationFailure)


def fetch_one(query: str, params: Params) -> tuple[Any, ...] | None:
    """The first row of a prepared statement, or None. Parameters are bound by the server."""
    rows = fetch_all(query, params)
    return rows[0] if rows else None


def fetch_all(query: str, params: Params) -> list[tuple[Any, ...]]:
    """All rows of a prepared statement."""
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor[tuple[Any, ...]](connection.connection) as cursor,
    ):
        return cursor.execute(query, params, prepare=True).fetchall()


def columns_of(model: type[Model], alias: str) -> str:
    """The columns of a model as SQL, in the order in which `built` takes their values."""
    names = (field.column for field in model._meta.concrete_fields)
    return ", ".join(f'{alias}."{name}"' for name in names)


def built(model: type[M], values: Sequence[Any]) -> M:
    """An instance from the values of `columns_of`. Only for models without JSON columns."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(DEFAULT_DB_ALIAS, names, values)


def retrying(act: Callable[[], T]) -> T:
    """Run `act`, a whole transaction; again after a deadlock or a serialization failure.

    Inside a transaction it runs once: what failed there can only be repeated from the outside.
    """
    for attempt in range(RETRIES):
        try:
            return act()
        except OperationalError as error:
            again = isinstance(error.__cause__, _WORTH_A_RETRY) and not connection.in_atomic_block
            if not again or attempt == RETRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")
