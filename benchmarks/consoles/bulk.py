"""Rows by the million, written by the database itself."""

from typing import Any, cast

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED


def fill(model: type[models.Model], source: str, /, **columns: str) -> int:
    """Insert one row per row of `source` (what follows FROM); `columns` are SQL expressions.

    Columns that are not named get what Django would give them, so that a new column with a default
    needs no word here. Returns how many rows there are now.
    """
    names, values, params = [], [], []
    for field in model._meta.local_concrete_fields:
        column = cast("str", field.column)  # a concrete field has one
        if column in columns:
            names.append(connection.ops.quote_name(column))
            values.append(columns.pop(column))
        elif not _database_fills(field):
            names.append(connection.ops.quote_name(column))
            values.append("%s")
            default = field.get_db_prep_save(field.get_default(), connection)
            params.append(default)
    if columns:
        raise ValueError(f"{model.__name__} has no column {', '.join(columns)}")
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {source}",
            params,
        )
        return int(cursor.rowcount)


def unguard(*tables: type[models.Model]) -> None:
    """Take triggers and foreign keys off these tables: checking them row by row would take an hour."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for model in tables:
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
                [model._meta.db_table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(
                    f"ALTER TABLE {table} DROP CONSTRAINT {connection.ops.quote_name(name)}"
                )


def _database_fills(field: Any) -> bool:
    return bool(
        isinstance(field, models.AutoField | models.BigAutoField)
        or field.db_default is not NOT_PROVIDED
        or getattr(field, "generated", False)
        or (field.null and not field.has_default())
    )


def key(kind: int, number: str) -> str:
    """SQL of a UUIDv7-like key: `kind` tells the table, `number` (SQL) the row."""
    return f"('0190{kind:04x}-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"
