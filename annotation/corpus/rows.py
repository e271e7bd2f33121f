"""One line of an import file as a checked value. Knows the row format, not the database.

Every parser takes the line's bytes and returns a dataclass or raises RowError, which names the field
and the rule. Fields that a row has beside the known ones are kept in `extras`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from annotation.corpus.texts import (
    ROLES,
    TAG,
    TAG_LENGTH,
    Message,
    hash_of,
    messages_of,
    prompt_hash,
)
from annotation.lib import json

MAX_DEPTH = 16
MAX_MESSAGES = 1000
MAX_ID = 200
MAX_NAME = 200
MAX_SOURCE = 120
MAX_LANG = 20
MAX_TAGS = 20
MAX_COMPLETIONS = 256
SPLITS = ("train", "validation")
PER_COMPLETION = ("grades", "flags", "notes", "spans", "reading")
SAYS_NOTHING: tuple[Any, ...] = (None, [], "")

Row = dict[str, Any]


class RowError(ValueError):
    """A line is refused. `rule` is a stable code, `field` a path like completions[2] ("" = line)."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field[:120]
        self.rule = rule
        self.message = message


@dataclass(frozen=True, slots=True)
class Issue:
    """Why a line was not taken."""

    line: int
    field: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPrompt:
    """The chat of a row, and whether it was spelled as one string."""

    messages: list[Message]
    is_plain: bool
    hash: str


@dataclass(slots=True, kw_only=True)
class BaseRow:
    """What all kinds of rows share. `content_hash` covers all that the row says.

    `tags` (in order, each once) and `split` ("": not said) are the prompt's; a prompt that is there
    already keeps its own.
    """

    line: int
    id: str
    source: str
    lang: str
    tags: list[str]
    split: str
    content_hash: str
    extras: Row = field(default_factory=dict)

    @property
    def identity(self) -> list[str]:
        """What the row is told apart by: its id within its source, else its content."""
        return [self.source, self.id] if self.id else [self.content_hash]


@dataclass(slots=True, kw_only=True)
class PromptRow(BaseRow):
    """A prompt, perhaps with a reference answer of any form."""

    prompt: ParsedPrompt
    reference: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCompletion:
    """A completion in a row; `identity` is what it is told apart by, under its prompt."""

    id: str
    identity: list[str]
    text: str
    system: str


@dataclass(slots=True, kw_only=True)
class CompletionRow(BaseRow):
    """Completions of a prompt, which is given in full or by the id it came with."""

    prompt: ParsedPrompt | None
    prompt_id: str
    completions: list[GivenCompletion]


@dataclass(slots=True, kw_only=True)
class DemonstrationRow(BaseRow):
    """The ideal answer to a prompt, by an author."""

    prompt: ParsedPrompt
    text: str
    author: str


def load(data: bytes | Row | None) -> Row:
    """The JSON object of a line, read strictly, or a row that was read already; raises RowError."""
    if data is None:
        raise RowError("", "too_long", "the line is longer than 1 MiB")
    try:
        if isinstance(data, dict):
            json.check(data, max_depth=MAX_DEPTH)
            return data
        row = json.loads(data, max_depth=MAX_DEPTH)
    except json.StrictJSONError as error:
        raise RowError("", error.rule, str(error)) from None
    if not isinstance(row, dict):
        raise RowError("", "wrong_type", "a row is a JSON object")
    return row


def parse_prompt_row(number: int, data: bytes | Row | None) -> PromptRow:
    """`{prompt, reference?, id?, source?, lang?, tags?, split?, …}`."""
    row = load(data)
    return PromptRow(
        **base_fields(number, row),
        prompt=prompt_of(row),
        reference=row.get("reference"),
        extras=extras_of(row, {"id", "source", "lang", "tags", "split", "prompt", "reference"}),
    )


def parse_completion_row(number: int, data: bytes | Row | None) -> CompletionRow:
    """`{prompt | prompt_id, completion | text | completions, system?, systems?, id?, source?, …}`."""
    row = load(data)
    if ("prompt" in row) == ("prompt_id" in row):
        raise RowError("prompt", "missing", "give either prompt or prompt_id")
    given = [name for name in ("completion", "text", "completions") if name in row]
    if len(given) != 1:
        message = "give one of completion, text and completions, a list"
        raise RowError("completion", "missing", message)
    base = base_fields(number, row)
    own = {"id", "prompt", "prompt_id", given[0], "system"}
    own |= {"systems"} if given[0] == "completions" else set()
    return CompletionRow(
        **base,
        prompt=prompt_of(row) if "prompt" in row else None,
        prompt_id=text_of(row, "prompt_id", max_length=MAX_ID),
        completions=_completions_of(row, given[0], base),
        extras=extras_of(row, own),
    )


def _completions_of(row: Row, name: str, base: Row) -> list[GivenCompletion]:
    """The completion of the row, or those of its list, which are as many rows with one each."""
    system = text_of(row, "system", max_length=MAX_NAME)
    identity = [base["source"], base["id"]] if base["id"] else [base["content_hash"]]
    if name != "completions":
        text = text_of(row, name, required=True)
        return [GivenCompletion(id=base["id"], identity=identity, text=text, system=system)]
    rest = extras_of(row, {"completions", "systems", "system"})
    found = []
    for place, (text, own) in enumerate(_listed(row, system), start=1):
        key = f"{base['id']}/{place}" if base["id"] else ""
        alone = rest | {"completion": text, "system": own}
        identity = [base["source"], key] if key else [hash_of(meaningful(alone))]
        found.append(GivenCompletion(id=key, identity=identity, text=text, system=own))
    return found


def _listed(row: Row, system: str) -> list[tuple[str, str]]:
    """Texts and who wrote each: as the entry says, else `systems`, else `system`."""
    entries = list_of(row["completions"], "completions", _completion, low=1, high=MAX_COMPLETIONS)
    systems = [system] * len(entries)
    if row.get("systems") is not None:
        check = partial(check_text, max_length=MAX_NAME)
        systems = list_of(row["systems"], "systems", check, high=MAX_COMPLETIONS)
        if len(systems) != len(entries):
            message = f"systems needs one entry per completion, {len(entries)}"
            raise RowError("systems", "wrong_length", message)
    return [(text, own or other) for (text, own), other in zip(entries, systems, strict=True)]


def _completion(value: Any, path: str) -> tuple[str, str]:
    """Text and system of one entry: a text, or an object with `text` (or `completion`) and `system`."""
    if not isinstance(value, dict):
        return check_text(value, path), ""
    for key in value:
        if key not in ("text", "completion", "system"):
            message = f"a completion has text and system, not {key[:60]!r}"
            raise RowError(path, "unknown_field", message)
    if ("text" in value) == ("completion" in value):
        raise RowError(path, "missing", f"{path} has no text")
    text = check_text(value.get("text", value.get("completion")), f"{path}.text")
    return text, text_of(value, "system", max_length=MAX_NAME)


def parse_demonstration_row(number: int, data: bytes | Row | None) -> DemonstrationRow:
    """`{prompt, completion, author?, id?, source?, lang?, …}`."""
    row = load(data)
    text = text_of(row, "completion", required=True)
    if not text:
        raise RowError("completion", "empty", "a demonstration has a text")
    return DemonstrationRow(
        **base_fields(number, row),
        prompt=prompt_of(row),
        text=text,
        author=text_of(row, "author", max_length=MAX_NAME),
        extras=extras_of(row, {"id", "prompt", "completion"}),
    )


# --- parts ------------------------------------------------------------------------------------
def base_fields(number: int, row: Row) -> Row:
    """The fields of BaseRow but `extras`."""
    return {
        "line": number,
        "id": text_of(row, "id", max_length=MAX_ID),
        "source": text_of(row, "source", max_length=MAX_SOURCE),
        "lang": text_of(row, "lang", max_length=MAX_LANG),
        "tags": tags_of(row),
        "split": split_of(row),
        "content_hash": hash_of(meaningful(row)),
    }


def tags_of(row: Row) -> list[str]:
    """The field `tags`, in order and each once."""
    if row.get("tags") is None:
        return []
    return sorted(set(list_of(row["tags"], "tags", _tag, high=MAX_TAGS)))


def _tag(value: Any, path: str) -> str:
    tag = check_text(value, path, TAG_LENGTH)
    if not TAG.match(tag):
        raise RowError(
            path, "bad_tag", f"{path}: a tag is of letters, digits, spaces and . : / + - _"
        )
    return tag


def split_of(row: Row) -> str:
    """The field `split`: train, validation, or "" where nothing is said."""
    split = "" if row.get("split") is None else check_text(row["split"], "split")
    if split and split not in SPLITS:
        raise RowError("split", "unknown_split", f"split is {' or '.join(SPLITS)}")
    return split


def meaningful(row: Row) -> Row:
    """The row without fields that say nothing, so that leaving them out changes no identity.

    `text` is another spelling of `completion`.
    """
    said = {key: value for key, value in row.items() if not _says_nothing(key, value)}
    if "text" in said and "completion" not in said:
        said["completion"] = said.pop("text")
    return said


def _says_nothing(key: str, value: Any) -> bool:
    if key in PER_COMPLETION and isinstance(value, list):
        return all(entry in SAYS_NOTHING for entry in value)
    if key == "unread_accepted":
        return value is False
    return value in SAYS_NOTHING


def extras_of(row: Row, known: set[str]) -> Row:
    """The fields beside the known ones, as they came."""
    return {key: value for key, value in row.items() if key not in known}


def text_of(row: Row, name: str, *, max_length: int | None = None, required: bool = False) -> str:
    """A text field; "" when it is absent and not required."""
    if name not in row:
        if required:
            raise RowError(name, "missing", f"{name} is missing")
        return ""
    return check_text(row[name], name, max_length)


def check_text(value: Any, path: str, max_length: int | None = None) -> str:
    """`value` if it is a text of at most `max_length` characters."""
    if not isinstance(value, str):
        raise RowError(path, "wrong_type", f"{path} must be a text")
    if max_length is not None and len(value) > max_length:
        raise RowError(path, "too_long", f"{path} has more than {max_length} characters")
    return value


def list_of(
    value: Any, path: str, check: Callable[[Any, str], Any], *, low: int = 0, high: int
) -> list[Any]:
    """`value` as a list of checked elements, `low` to `high` of them."""
    if not isinstance(value, list):
        raise RowError(path, "wrong_type", f"{path} must be a list")
    if len(value) < low:
        raise RowError(path, "too_few", f"{path} needs at least {low} entries")
    if len(value) > high:
        raise RowError(path, "too_many", f"{path} has more than {high} entries")
    return [check(element, f"{path}[{index}]") for index, element in enumerate(value)]


def texts_of(value: Any, path: str, *, low: int = 0, high: int) -> list[str]:
    """`value` as a list of texts."""
    if isinstance(value, list) and low <= len(value) <= high and set(map(type, value)) == {str}:
        return value
    return list_of(value, path, check_text, low=low, high=high)


def indices_of(value: Any, path: str, k: int) -> list[int]:
    """`value` as a list of at most `k` positions below `k`."""
    if isinstance(value, list) and len(value) <= k:
        for index in value:
            if type(index) is not int or not 0 <= index < k:
                break
        else:
            return value
    return list_of(value, path, partial(_index, k=k), high=k)


def _index(value: Any, path: str, *, k: int) -> int:
    return whole_number(value, path, low=0, high=k - 1, rule="index_out_of_range")


def whole_number(value: Any, path: str, *, low: int, high: int, rule: str = "out_of_range") -> int:
    """`value` if it is an integer (not true or false) from `low` to `high`."""
    if type(value) is not int:
        raise RowError(path, "wrong_type", f"{path} must be a whole number")
    if not low <= value <= high:
        raise RowError(path, rule, f"{path} must be from {low} to {high}")
    return value


def prompt_of(row: Row) -> ParsedPrompt:
    """The field `prompt`: a text, or a list of `{role, content}`."""
    if "prompt" not in row:
        raise RowError("prompt", "missing", "prompt is missing")
    value = row["prompt"]
    if isinstance(value, str):
        if not value:
            raise RowError("prompt", "empty", "the prompt is empty")
        messages = messages_of(value)
    elif not isinstance(value, list):
        raise RowError("prompt", "wrong_type", "prompt must be a text or a list of messages")
    else:
        messages = list_of(value, "prompt", _message, low=1, high=MAX_MESSAGES)
    return ParsedPrompt(
        messages=messages, is_plain=isinstance(value, str), hash=prompt_hash(messages)
    )


def _message(value: Any, path: str) -> Message:
    if not isinstance(value, dict):
        raise RowError(path, "wrong_type", f"{path} must be an object with role and content")
    for key in value:
        if key not in ("role", "content"):
            raise RowError(
                path, "unknown_field", f"a message has role and content, not {key[:60]!r}"
            )
    for key in ("role", "content"):
        if key not in value:
            raise RowError(f"{path}.{key}", "missing", f"{key} is missing")
    role = check_text(value["role"], f"{path}.role")
    if role not in ROLES:
        raise RowError(f"{path}.role", "unknown_role", f"roles are {', '.join(ROLES)}")
    return {"role": role, "content": check_text(value["content"], f"{path}.content")}
