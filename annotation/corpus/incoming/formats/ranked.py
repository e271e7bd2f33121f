"""Several answers with ranks, scores or an order: lists of texts, or of objects (UltraFeedback, Nectar).

Without any of these they are answers to be ranked.

ranks: 1 is best, equal ranks are tied. scores: higher is better, equal scores are tied; null: not
judged. A `ranking` of positions, best first, is an order without ties.
"""

from typing import Any

from annotation.corpus.incoming.chats import (
    chat_in_text,
    is_chat,
    messages_of_chat,
    prompt_value,
    with_system,
)
from annotation.corpus.incoming.formats.base import Columns, Format, about, as_json, first_of
from annotation.corpus.incoming.formats.rows import in_tiers
from annotation.corpus.rows import Row, RowError, check_text

PROMPTS = ("prompt", "question", "query", "instruction", "messages")
LISTS = ("completions", "responses", "answers", "candidates", "outputs", "generations")
TEXT = ("text", "response", "answer", "completion", "content", "output", "value")
SCORES = ("scores", "rewards", "ratings", "score", "overall_score", "rating", "reward")
RANKS = ("ranks", "rank", "rankings", "ranking")
WHO = ("systems", "models", "system", "model")
_SYSTEMS = ("system_prompt",)


def matches(row: Row) -> tuple[str, ...]:
    prompt, several = first_of(row, PROMPTS), first_of(row, LISTS)
    if not (prompt and several) or in_tiers(row):
        return ()
    entries = _list(row.get(several))
    if len(entries) < 2:
        return ()
    name = _order_of(row, several, entries)
    if name:
        return (prompt, several, name)
    # Texts beside `prompt`, both by our names, are rows of ours.
    is_ours = (prompt, several) == ("prompt", "completions") and isinstance(entries[0], str)
    return () if is_ours or not _is_answer(entries[0]) else (prompt, several)


def _order_of(row: Row, several: str, entries: list[Any]) -> str:
    """The field that tells the order, if any."""
    if isinstance(entries[0], dict):
        name = first_of(entries[0], SCORES) or first_of(entries[0], RANKS)
        return f"{several}[].{name}" if name else ""
    return first_of(row, RANKS) or first_of(row, SCORES)


def _is_answer(entry: Any) -> bool:
    return isinstance(entry, str) or (
        isinstance(entry, dict) and any(isinstance(entry.get(name), str) for name in TEXT)
    )


def kinds_of(row: Row) -> tuple[str, ...]:
    several = first_of(row, LISTS)
    entries = _list(row.get(several))
    if entries and not _order_of(row, several, entries):
        return ("completions", "prompts")
    return ("rankings", "prompts", "demonstrations")


def _list(value: Any) -> list[Any]:
    try:
        found = as_json(value, "")
    except RowError:
        return []
    return found if isinstance(found, list) else []


def convert(row: Row, _columns: Columns) -> Row:
    name, several = first_of(row, PROMPTS), first_of(row, LISTS)
    for given, wanted in ((name, "prompt"), (several, "completions")):
        if not given:
            raise RowError(wanted, "missing", f"{wanted} is missing")
    entries = as_json(row[several], several)
    if not isinstance(entries, list):
        raise RowError(several, "wrong_type", f"{several} must be a list")
    texts = [_text(entry, f"{several}[{n}]") for n, entry in enumerate(entries)]
    order, used = _order(row, several, entries)
    found: Row = {
        "prompt": prompt_of_any(chat_in_text(row[name]), name, row.get("system_prompt")),
        "completions": texts,
        **order,
    }
    who = [_field(entry, WHO) for entry in entries]
    if all(isinstance(one, str) for one in who):
        found["systems"] = who
    used |= {name, several, *_SYSTEMS}
    return found | about(row, used)


def prompt_of_any(value: Any, path: str, system: Any = None) -> Any:
    """A prompt given as a text or as a chat."""
    if is_chat(value):
        messages = messages_of_chat(value, path)
    else:
        messages = [{"role": "user", "content": check_text(value, path)}]
    return prompt_value(with_system(system, messages), path)


def _text(entry: Any, path: str) -> str:
    if isinstance(entry, dict):
        name = next((each for each in TEXT if each in entry), "")
        if not name:
            raise RowError(path, "missing", f"{path} has no text ({', '.join(TEXT)})")
        return check_text(entry[name], f"{path}.{name}")
    return check_text(entry, path)


def _field(entry: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(entry, dict):
        return None
    return next((entry[each] for each in names if each in entry), None)


def _order(row: Row, several: str, entries: list[Any]) -> tuple[Row, set[str]]:
    ranks = [_field(entry, RANKS) for entry in entries]
    if any(rank is not None for rank in ranks):
        return by_rank(ranks, f"{several}[].rank"), set()
    scores = [_field(entry, SCORES) for entry in entries]
    if any(score is not None for score in scores):
        return by_score(scores, f"{several}[].score"), set()
    for name in RANKS:
        if name in row:
            values = as_json(row[name], name)
            if name in ("ranking", "rankings"):
                return by_position(values, name), {name}
            return by_rank(_exactly(values, name, len(entries)), name), {name}
    for name in SCORES:
        if name in row:
            values = _exactly(as_json(row[name], name), name, len(entries))
            return by_score(values, name), {name}
    return {}, set()


def _exactly(values: Any, name: str, k: int) -> list[Any]:
    if not isinstance(values, list):
        raise RowError(name, "wrong_type", f"{name} must be a list")
    if len(values) != k:
        raise RowError(name, "wrong_length", f"{name} needs one entry per completion, {k}")
    return values


def by_position(values: Any, path: str) -> Row:
    """An order of positions, best first; tiers as they are."""
    if not isinstance(values, list):
        raise RowError(path, "wrong_type", f"{path} must be a list")
    return {"ranking": [one if isinstance(one, list) else [one] for one in values]}


def by_rank(values: list[Any], path: str) -> Row:
    """Tiers from ranks, 1 the best."""
    return _tiers([_number(value, f"{path}[{n}]") for n, value in enumerate(values)], sign=1)


def by_score(values: list[Any], path: str) -> Row:
    """Tiers from scores, the highest the best; the scores are kept."""
    numbers = [_number(value, f"{path}[{n}]") for n, value in enumerate(values)]
    return {**_tiers(numbers, sign=-1), "scores": numbers}


def _number(value: Any, path: str) -> float | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise RowError(path, "wrong_type", f"{path} must be a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise RowError(path, "wrong_type", f"{path} must be a number")
    return int(value) if value == int(value) else value


def _tiers(values: list[float | int | None], *, sign: int) -> Row:
    tiers: dict[float, list[int]] = {}
    for index, value in enumerate(values):
        if value is not None:
            tiers.setdefault(value * sign, []).append(index)
    found: Row = {"ranking": [tiers[key] for key in sorted(tiers)]}
    blanks = [index for index, value in enumerate(values) if value is None]
    if blanks:
        found["unranked"] = blanks
    return found


RANKED = Format(
    "ranked", ("rankings", "completions", "prompts", "demonstrations"), matches, convert, kinds_of
)
