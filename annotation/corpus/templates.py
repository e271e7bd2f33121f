"""Prompt templates: a text with {{variables}}, few-shot examples and a system message, in versions.

A template is filled with rows of values, one prompt a row. Every prompt remembers the version and the
values it was made of. Values are put in as they are: what looks like a variable in a value stays text.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from annotation.accounts.models import User
from annotation.accounts.services import record
from annotation.corpus.bulk import copy_rows, json_text
from annotation.corpus.imports import known_prompts, taken_by_other_side
from annotation.corpus.models import Prompt, PromptSet, PromptTemplate, TemplateVersion
from annotation.corpus.services import SIDE_WORDS, lock_corpus, refuse_retired
from annotation.corpus.texts import Message, prompt_hash
from annotation.lib import json
from annotation.lib.errors import Conflict, Invalid
from annotation.lib.ids import new_id
from annotation.projects.models import Project

MAX_ROWS = 20_000
MAX_PROMPT = 200_000  # characters of one message
MAX_EXAMPLES = 50
NAME = r"[^\W\d]\w{0,59}"  # letters of any script, digits, _
# A backslash before the braces leaves them as they are.
_SIGNS = re.compile(r"\\\{\{|\{\{\s*(" + NAME + r")\s*\}\}|\{\{")
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Issue:
    """Why a row makes no prompt; rows are counted from 1, without the heading."""

    row: int
    variable: str
    rule: str
    message: str


@dataclass
class Filling:
    """What the rows make: prompts by hash with the row and values they come from, and what is wrong."""

    rows: int = 0
    prompts: dict[str, tuple[int, list[Message], dict[str, str]]] = field(default_factory=dict)
    repeated: int = 0
    already: int = 0
    issues: list[Issue] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


# --- templates --------------------------------------------------------------------------------
@transaction.atomic
def save_template(
    *,
    actor: User,
    project: Project,
    name: str,
    body: str,
    system: str = "",
    examples: Sequence[dict[str, str]] = (),
) -> TemplateVersion:
    """A template of this name, or its next version; the wording it has already makes none."""
    check_template(system, examples, body)
    lock_corpus(project.pk)
    template, is_new = PromptTemplate.objects.get_or_create(project=project, name=name)
    last = template.versions.order_by("-number").first()
    wording = {"system": system, "examples": list(examples), "body": body}
    if last is not None and all(getattr(last, part) == text for part, text in wording.items()):
        return last
    made = TemplateVersion.objects.create(
        template=template, number=last.number + 1 if last else 1, created_by=actor, **wording
    )
    record(
        actor=actor,
        action="prompt_template.created" if is_new else "prompt_template.changed",
        thing=template,
        after={"version": made.number},
    )
    return made


def check_template(system: str, examples: Sequence[Mapping[str, str]], body: str) -> None:
    """Raise Invalid, naming the part, where braces open that name no variable."""
    parts = [("system", system), ("body", body)]
    for number, example in enumerate(examples):
        parts += [(f"examples[{number}].{name}", example[name]) for name in ("input", "output")]
    wrong = [part for part, text in parts if any(m[0] == "{{" for m in _SIGNS.finditer(text))]
    if wrong:
        words = "{{ must be followed by a name and }}, like {{city}}; write \\{{ for the braces."
        raise Invalid(*((part, "bad_variable", words) for part in wrong))


def variables(version: TemplateVersion) -> list[str]:
    """The names that a row must have, in the order in which they first come."""
    texts = [version.system]
    for example in version.examples:
        texts += [example["input"], example["output"]]
    found = (match[1] for text in (*texts, version.body) for match in _SIGNS.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def filled(version: TemplateVersion, values: Mapping[str, str]) -> list[Message]:
    """The chat that these values make: system message, examples as turns, the question."""

    def put(text: str) -> str:
        return _SIGNS.sub(lambda m: values[m[1]] if m[1] else m[0].removeprefix("\\"), text)

    messages = [{"role": "system", "content": put(version.system)}] if version.system else []
    for example in version.examples:
        messages.append({"role": "user", "content": put(example["input"])})
        messages.append({"role": "assistant", "content": put(example["output"])})
    return [*messages, {"role": "user", "content": put(version.body)}]


# --- rows of values ---------------------------------------------------------------------------
def table_rows(text: str, form: str) -> list[Values]:
    """The rows of a pasted or uploaded table: `form` is csv, tsv or jsonl. Raises Invalid."""
    text = text.removeprefix("\ufeff")
    rows = list(_json_rows(text)) if form == "jsonl" else _sheet_rows(text, form)
    if not rows:
        raise Invalid(("table", "empty", "The table has no rows."))
    if len(rows) > MAX_ROWS:
        raise Invalid(("table", "too_many", f"A table has at most {MAX_ROWS} rows."))
    return rows


def _json_rows(text: str) -> Iterator[Values]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.StrictJSONError as error:
            raise Invalid(("table", error.rule, f"line {number}: {error}")) from None
        if not isinstance(row, dict):
            raise Invalid(("table", "wrong_type", f"line {number}: a row is a JSON object"))
        yield row


def _sheet_rows(text: str, form: str) -> list[Values]:
    delimiter = "\t" if form == "tsv" else ","
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Invalid(("table", "bad_csv", f"The table cannot be read: {error}")) from None
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if not lines:
        return []
    names = [name.strip() for name in lines[0]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Invalid(("table", "column_twice", f"Column {twice[0]!r} is there twice."))
    for number, line in enumerate(lines[1:], 1):
        if len(line) > len(names):
            words = f"row {number} has {len(line)} cells, the heading {len(names)}"
            raise Invalid(("table", "too_many_cells", words))
    return [dict(zip(names, line, strict=False)) for line in lines[1:]]


def set_rows(prompt_set: PromptSet) -> list[Values]:
    """The prompts of a set as rows: prompt, reference, language, source, id, and the plain fields of meta."""
    standing = Prompt.objects.filter(prompt_set=prompt_set, retired_at=None).order_by("id")
    return [
        {
            **{name: value for name, value in prompt.meta.items() if isinstance(value, str | int)},
            "prompt": prompt.messages[-1]["content"],
            "reference": prompt.reference,
            "language": prompt.language,
            "source": prompt.source,
            "id": prompt.source_id,
        }
        for prompt in standing[: MAX_ROWS + 1]
    ]


# --- filling ----------------------------------------------------------------------------------
def fill(version: TemplateVersion, rows: Sequence[Values], target: PromptSet) -> Filling:
    """What the rows make of the template in the target set; stores nothing."""
    names = variables(version)
    made = Filling(rows=len(rows))
    made.unused = sorted({str(name) for row in rows for name in row} - set(names))[:50]
    for number, row in enumerate(rows, 1):
        values, issues = _values(number, row, names)
        messages = [] if issues else filled(version, values)
        if any(len(one["content"]) > MAX_PROMPT for one in messages):
            words = f"row {number}: the prompt has more than {MAX_PROMPT} characters"
            issues.append(Issue(number, "", "too_long", words))
        made.issues += issues
        if not issues:
            key = prompt_hash(messages)
            made.repeated += key in made.prompts
            made.prompts.setdefault(key, (number, messages, values))
    _leave_out(made, target)
    return made


def _values(number: int, row: Values, names: Sequence[str]) -> tuple[dict[str, str], list[Issue]]:
    values: dict[str, str] = {}
    issues = []
    for name in names:
        value = row.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            issues.append(Issue(number, name, "missing", f"row {number}: {name} is missing"))
        elif not isinstance(value, str):
            words = f"row {number}: {name} must be a text or a number"
            issues.append(Issue(number, name, "wrong_type", words))
        elif "\x00" in value or any("\ud800" <= one <= "\udfff" for one in value):
            words = f"row {number}: {name} holds a character that cannot be stored"
            issues.append(Issue(number, name, "bad_character", words))
        else:
            values[name] = value
    return values, issues


def _leave_out(made: Filling, target: PromptSet) -> None:
    """What the set holds already, and what the other side of the loop uses."""
    known = known_prompts(target, made.prompts)
    taken = taken_by_other_side(target, made.prompts.keys() - known.keys())
    made.already = len(known)
    side = next((SIDE_WORDS[side] for side in SIDE_WORDS if side != target.purpose), "")
    for key in taken:
        number = made.prompts[key][0]
        words = f"row {number}: the project uses this prompt for {side} already"
        made.issues.append(Issue(number, "", "prompt_on_one_side_only", words))
    made.issues.sort(key=lambda issue: issue.row)
    made.prompts = {k: v for k, v in made.prompts.items() if k not in known and k not in taken}


@transaction.atomic
def create_prompts(
    *, actor: User, version: TemplateVersion, rows: Sequence[Values], target: PromptSet
) -> Filling:
    """Store what the rows make; doing it again adds nothing. Rows with faults are left out and told."""
    if target.project_id != version.template.project_id:
        raise Conflict("other_project", "The set belongs to another project.")
    lock_corpus(target.project_id)
    refuse_retired(target)
    made = fill(version, rows, target)
    origin = {"id": str(version.template_id), "name": version.template.name}
    copy_rows(
        Prompt,
        ("id", "prompt_set_id", "messages", "is_plain", "text_hash", "language", "meta"),
        (
            (
                new_id(),
                target.pk,
                json_text(messages),
                len(messages) == 1,
                key,
                target.language,
                json_text({"template": {**origin, "version": version.number, "values": values}}),
            )
            for key, (_, messages, values) in made.prompts.items()
        ),
    )
    if made.prompts:
        record(
            actor=actor,
            action="prompt_template.filled",
            thing=version.template,
            after={
                "version": version.number,
                "prompt_set": str(target.pk),
                "prompts": len(made.prompts),
            },
        )
    return made
