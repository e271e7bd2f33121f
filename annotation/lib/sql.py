"""SQL shared by migrations: guards that make the database refuse what must never be."""


def append_only(table: str, *, mutable: tuple[str, ...] = ()) -> tuple[str, str]:
    """Forward and reverse SQL: rows of `table` are never deleted and only `mutable` columns change."""
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
    forward = f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  {update}
END $$;
CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {name}();
"""
    reverse = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    return forward, reverse


def allowed_moves(table: str, column: str, moves: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """Forward and reverse SQL: `column` may change only along `moves` (from -> to, …)."""
    name = f"{table}_{column}_moves"
    pairs = " OR ".join(
        f"(OLD.{column} = '{old}' AND NEW.{column} = '{new}')"
        for old, news in moves.items()
        for new in news
    )
    forward = f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT ({pairs}) THEN
    RAISE EXCEPTION '{table}.{column} cannot move from % to %', OLD.{column}, NEW.{column}
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON {table}
FOR EACH ROW EXECUTE FUNCTION {name}();
"""
    reverse = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    return forward, reverse


def frozen(table: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """Forward and reverse SQL: `columns` keep the value they were created with."""
    name = f"{table}_frozen"
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    forward = f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {changed} THEN
    RAISE EXCEPTION 'frozen columns of {table} cannot change'
      USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {name} BEFORE UPDATE ON {table}
FOR EACH ROW EXECUTE FUNCTION {name}();
"""
    reverse = f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();"
    return forward, reverse
