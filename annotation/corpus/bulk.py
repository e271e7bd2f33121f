"""Reading and writing many rows at once.

Constraints and triggers hold as for any insert. No model instances are made, no signals sent.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import NotSupportedError, connection, models

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)

_EMPTY: dict[type[Any], str] = {dict: "{}", list: "[]"}  # what most cells of most files hold


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY `rows`, whose values stand in the order of `columns` (attribute names like item_id).

    Columns that are not named get their defaults. JSON columns take text made by `json_text`. Raises IntegrityError or DataError; all or nothing
    within the caller's transaction.
    """
    known = {field.attname: field for field in model._meta.concrete_fields}
    constants = [
        (field.column, _default(field))
        for name, field in known.items()
        if name not in columns and not field.null and _needs_default(field)
    ]
    names = [known[name].column for name in columns] + [name for name, _ in constants]
    rest = tuple(value for _, value in constants)
    quoted = ", ".join(f'"{name}"' for name in names)
    statement = f'COPY "{model._meta.db_table}" ({quoted}) FROM STDIN'
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row((*row, *rest))


def read_rows(query: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query with lists as parameters, so that its text is constant.

    Planned anew each time, unlike lib.statements. Where a list of keys is looked up, write
    `unnest(%s) AS wanted(key) CROSS JOIN LATERAL (SELECT … WHERE t.key = wanted.key OFFSET 0)`: one
    index look-up per key, whatever the planner believes about a table that grows by the minute.
    """
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def json_text(value: Any) -> str:
    """The text of a JSON column."""
    return _EMPTY[type(value)] if not value and type(value) in _EMPTY else _ENCODER.encode(value)


def _needs_default(field: Any) -> bool:
    return not (field.db_default is not models.NOT_PROVIDED or isinstance(field, models.AutoField))


def _default(field: Any) -> Any:
    if not field.has_default() and not field.empty_strings_allowed:
        raise NotSupportedError(f"{field.model.__name__}.{field.attname} needs a value")
    value = field.get_default()
    return json_text(value) if isinstance(field, models.JSONField) else value
