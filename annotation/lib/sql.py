"""SQL of migrations: guards that make the database refuse what must never be, and written scripts.

All of it is safe to run again. What is longer than a guard stands in `annotation/<app>/sql/*.sql`, always as
it is now: to change a function, change it there and let a new migration run the script once more.
"""

from pathlib import Path

from django.db.migrations import RunSQL

APPS = Path(__file__).parent.parent


def script(app: str, *names: str) -> RunSQL:
    """Run these scripts of an app. They replace what they wrote before; taken back, it stays."""
    folder = APPS / app / "sql"
    sql = "\n".join((folder / f"{name}.sql").read_text() for name in names)
    return RunSQL(sql, RunSQL.noop)


def append_only(table: str, *, mutable: tuple[str, ...] = ()) -> RunSQL:
    """Rows of `table` are never deleted and only `mutable` columns change."""
    name = f"{table}_append_only"
    if mutable:
        strip = " - ".join(["to_jsonb({row})", *(f"'{column}'" for column in mutable)])
        update = (
            f"IF ({strip.format(row='NEW')}) IS DISTINCT FROM ({strip.format(row='OLD')}) THEN "
            f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; "
            "END IF; RETURN NEW;"
        )
    else:
        update = (
            f"RAISE EXCEPTION '{table} is append-only' "
            "USING ERRCODE = 'integrity_constraint_violation';"
        )
    body = f"""
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  {update}"""
    return _guard(name, table, "UPDATE OR DELETE", body)


def allowed_moves(table: str, column: str, moves: dict[str, tuple[str, ...]]) -> RunSQL:
    """`column` may change only along `moves` (from -> to, …)."""
    pairs = " OR ".join(
        f"(OLD.{column} = '{old}' AND NEW.{column} = '{new}')"
        for old, news in moves.items()
        for new in news
    )
    body = f"""
  IF NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT ({pairs}) THEN
    RAISE EXCEPTION '{table}.{column} cannot move from % to %', OLD.{column}, NEW.{column}
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;"""
    return _guard(f"{table}_{column}_moves", table, f"UPDATE OF {column}", body)


def frozen(table: str, columns: tuple[str, ...]) -> RunSQL:
    """`columns` keep the value they were created with."""
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    body = f"""
  IF {changed} THEN
    RAISE EXCEPTION 'frozen columns of {table} cannot change'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;"""
    return _guard(f"{table}_frozen", table, "UPDATE", body)


def _guard(name: str, table: str, when: str, body: str) -> RunSQL:
    """A trigger before every such change of a row, and its function."""
    return RunSQL(
        f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN{body}
END $$;
CREATE OR REPLACE TRIGGER {name} BEFORE {when} ON {table}
FOR EACH ROW EXECUTE FUNCTION {name}();
""",
        f"DROP TRIGGER IF EXISTS {name} ON {table}; DROP FUNCTION IF EXISTS {name}();",
    )
