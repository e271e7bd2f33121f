"""A table of any shape, by a mapping that a person made or checked: our field ← their columns.

`completions`, `ranks` and `scores` take several columns, in the order of the completions; so does
`meta`, whose columns are kept under their names. Columns that are not mapped are left out.
"""

from typing import Any

from annotation.corpus.incoming.chats import chat_in_text
from annotation.corpus.incoming.formats.base import (
    Columns,
    Format,
    as_json,
    as_split,
    as_tags,
    as_text,
    said,
)
from annotation.corpus.incoming.formats.ranked import (
    by_position,
    by_rank,
    by_score,
    prompt_of_any,
)
from annotation.corpus.rows import Row, RowError, check_text

SEVERAL = ("completions", "ranks", "scores", "meta")
FIELDS = (
    *("prompt", "system", "completion", "reference", "completions", "chosen", "rejected"),
    *("ranking", "ranks", "scores", "id", "source", "lang", "labeler", "author", "criterion"),
    *("tags", "split", "meta"),
)
# What columns are usually called, in English and Chinese; the first that fits is guessed.
NAMES: dict[str, tuple[str, ...]] = {
    "prompt": (
        *("prompt", "question", "query", "instruction", "input", "user", "text", "title"),
        *("提示词", "提示", "问题", "指令", "题目", "输入", "用户", "提问", "文本", "内容"),
    ),
    "system": ("system", "system_prompt", "系统提示词", "系统"),
    "completion": (
        *("completion", "output", "response", "answer"),
        *("回答", "答案", "回复", "输出"),
    ),
    "reference": ("reference", "target", "summary", "参考答案", "标准答案", "参考"),
    "chosen": ("chosen", "better", "preferred", "优选", "较好回答", "更好的回答", "好回答"),
    "rejected": ("rejected", "worse", "劣选", "较差回答", "更差的回答", "差回答"),
    "id": ("id", "uid", "编号", "序号"),
    "source": ("source", "来源"),
    "lang": ("lang", "language", "语言"),
    "labeler": ("labeler", "annotator", "worker", "标注员", "标注人"),
    "tags": ("tags", "标签"),
    "split": ("split", "划分"),
}


def guess(names: list[str]) -> Columns:
    """A mapping from what the columns are called; what is not understood goes to `meta`."""
    plain = {name.strip().lower(): name for name in reversed(names)}
    found: Columns = {}
    for field, usual in NAMES.items():
        name = next((plain[each] for each in usual if each in plain), None)
        if name is not None and [name] not in found.values():
            found[field] = [name]
    several = [name for name in names if _is_numbered(name)]
    if len(several) >= 2 and "chosen" not in found:
        found["completions"] = several
        found.pop("completion", None)
    used = {name for given in found.values() for name in given}
    rest = [name for name in names if name not in used]
    if rest:
        found["meta"] = rest
    return found


def _is_numbered(name: str) -> bool:
    """answer_1, Response B, 回答2: one of several answers."""
    word = name.strip().lower().rstrip("0123456789abcdefgh").rstrip(" _-.#")
    stems = ("answer", "response", "completion", "output", "回答", "答案", "回复", "模型")
    return word in stems and name.strip().lower() != word


def kinds_of_mapping(columns: Columns) -> tuple[str, ...]:
    """What rows with this mapping can become, the likeliest first."""
    kinds = []
    is_pair = "chosen" in columns and "rejected" in columns
    if is_pair or ("completions" in columns and _says_order(columns)):
        kinds.append("rankings")
    if "completions" in columns and not is_pair:
        kinds.append("completions")
    elif "completion" in columns:
        kinds += ["demonstrations", "completions"]
    return (*kinds, "prompts")


def _says_order(columns: Columns) -> bool:
    return any(columns.get(field) for field in ("ranking", "ranks", "scores"))


def convert(row: Row, columns: Columns) -> Row:
    found: Row = {}
    for field in ("id", "source", "lang", "labeler", "author", "criterion", "split"):
        value = _value(row, columns, field)
        if said(value):
            text = as_text(value)
            if text is None:
                raise RowError(columns[field][0], "wrong_type", f"{field} must be a short text")
            found[field] = (as_split(text) or text) if field == "split" else text
    found["prompt"] = _prompt(row, columns)
    for field in ("completion", "reference"):
        value = _value(row, columns, field)
        if said(value):
            found[field] = value if field == "reference" else check_text(value, columns[field][0])
    tags = _value(row, columns, "tags")
    if said(tags):
        found["tags"] = as_tags(tags)
    meta = {name: row[name] for name in columns.get("meta", ()) if said(row.get(name))}
    if meta:
        found["meta"] = meta
    return found | _order(row, columns)


def _value(row: Row, columns: Columns, field: str) -> Any:
    names = columns.get(field)
    return row.get(names[0]) if names else None


def _prompt(row: Row, columns: Columns) -> Any:
    if not columns.get("prompt"):
        raise RowError("prompt", "missing", "no column is mapped to prompt")
    name = columns["prompt"][0]
    if not said(row.get(name)):
        raise RowError(name, "missing", f"{name} is empty: there is no prompt")
    value = chat_in_text(row[name])
    system = _value(row, columns, "system")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return prompt_of_any(value, name, None if not said(system) else check_text(system, "system"))


def _order(row: Row, columns: Columns) -> Row:
    if columns.get("chosen") and columns.get("rejected"):
        names = [columns["chosen"][0], columns["rejected"][0]]
        return {
            "completions": [check_text(row.get(name, ""), name) for name in names],
            "ranking": [[0], [1]],
        }
    if not columns.get("completions"):
        return {}
    names = columns["completions"]
    if len(names) == 1:
        texts = as_json(row.get(names[0]), names[0])
    elif _says_order(columns):
        texts = [check_text(row.get(name, ""), name) for name in names]
    else:  # where no place counts, an empty cell is no answer
        texts = [check_text(row[name], name) for name in names if said(row.get(name))]
    found: Row = {"completions": texts}
    for field, read in (("ranking", by_position), ("ranks", by_rank), ("scores", by_score)):
        given = columns.get(field)
        if not given:
            continue
        values = [row.get(name) for name in given]
        if len(given) == 1:
            values = as_json(values[0], given[0])
            if field != "ranking" and not isinstance(values, list):
                raise RowError(given[0], "wrong_type", f"{given[0]} must be a list of numbers")
        return found | read(values, given[0])
    return found


def matches(row: Row) -> tuple[str, ...]:
    return tuple(row)[:8]


COLUMNS = Format(
    "columns", ("prompts", "rankings", "demonstrations", "completions"), matches, convert
)
