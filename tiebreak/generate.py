"""Writes what the client takes from the API document: `schema.py`, `operations.py`.

    python -m tiebreak.generate            write both
    python -m tiebreak.generate --check    exit 1 where they are stale

One TypedDict for each shape, one method for each operation. For work in this repository only: it needs
PyYAML and ruff, which the client itself does not.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "frontend" / "src" / "api" / "schema.yml"
PREFIX = "/api/v1"
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
METHODS = ("get", "post", "put", "patch", "delete")
NOTE = '"""{}\n\nWritten by `python -m tiebreak.generate` from the API document; do not edit."""'
INHERITED = ("The base of every endpoint", "A serializer that refuses")
"""Docstrings of the server's base classes: they say nothing of what is described."""
PAGES = frozenset({"cursor", "page_size"})
Json = dict[str, Any]


def shape(schema: Json) -> str:
    """The Python type of a schema."""
    found = _shape(schema)
    return f"{found} | None" if schema.get("nullable") and found != "Any" else found


def _shape(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for key in ("allOf", "oneOf"):
        if key in schema:
            parts = [_shape(part) for part in schema[key]]
            return " | ".join(dict.fromkeys(parts))
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    kind = schema.get("type")
    if kind == "array":
        return f"list[{shape(schema['items'])}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {shape(values) if isinstance(values, dict) and values else 'Any'}]"
    return SCALARS.get(str(kind), "Any")


def words(text: str, indent: str) -> str:
    """A docstring."""
    lines = [line.strip() for line in text.strip().split("\n\n")]
    paragraphs = [textwrap.fill(" ".join(line.split()), 96 - len(indent)) for line in lines]
    body = "\n\n".join(paragraphs).replace("\\", "\\\\").replace('"""', "'''")
    end = "\n" if "\n" in body or body.endswith('"') else ""
    return textwrap.indent(f'"""{body}{end}"""', indent)


def schema_module(document: Json) -> str:
    """Every component: records first, then the names that stand for several of them."""
    records, names = [], []
    for name, schema in document["components"]["schemas"].items():
        if "properties" in schema:
            records.append(_record(name, schema))
        else:
            names.append(f"{name} = {shape(schema)}")
    head = NOTE.format("The shapes of what is sent and answered.")
    imports = "from __future__ import annotations\n\nfrom typing import Any, Literal, NotRequired, TypedDict"
    return "\n\n".join([head, imports, *records, "\n".join(names)]) + "\n"


def _record(name: str, schema: Json) -> str:
    needed = set(schema.get("required", []))
    fields = {
        field: shape(kind) if field in needed else f"NotRequired[{shape(kind)}]"
        for field, kind in schema["properties"].items()
    }
    if any(not field.isidentifier() or keyword.iskeyword(field) for field in fields):
        inside = ", ".join(f"{field!r}: {kind!r}" for field, kind in fields.items())
        return f"{name} = TypedDict({name!r}, {{{inside}}})"
    lines = [f"class {name}(TypedDict):"]
    text = schema.get("description", "")
    if text and not text.startswith(INHERITED):
        lines += [words(text, "    "), ""]
    return "\n".join([*lines, *(f"    {field}: {kind}" for field, kind in fields.items())])


def operations_module(document: Json) -> str:
    """One class with a method for every operation, in the order of their names."""
    found = {
        entry["operationId"]: _method(path.removeprefix(PREFIX), verb, entry, document)
        for path, verbs in document["paths"].items()
        for verb, entry in verbs.items()
        if verb in METHODS
    }
    body = "\n\n".join(found[name] for name in sorted(found))
    used = set(re.findall(r"\b[A-Z]\w+\b", re.sub(r'"[^"]*"', "", body)))
    shapes = ", ".join(sorted(used & set(document["components"]["schemas"])))
    head = NOTE.format("Every operation of the API as a method.")
    literal = "Literal, " if "Literal" in used else ""
    return f"""{head}

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, {literal}cast

from tiebreak.http import Download, Transport
from tiebreak.schema import {shapes}

class Operations:
    \"\"\"What the server offers, by the names of the API document. Lists that come in pages are iterators.\"\"\"

    http: Transport

{body}
"""


def _method(path: str, verb: str, entry: Json, document: Json) -> str:
    parameters = entry.get("parameters", [])
    own = [one for one in parameters if one["in"] == "path"]
    order = re.findall(r"{(\w+)}", path)
    own.sort(key=lambda one: order.index(one["name"]))
    places = [f"{one['name']}: {_argument(one)}" for one in own]
    body = entry.get("requestBody")
    content = (body or {}).get("content", {})
    sent, raw = "", ""
    if "application/json" in content:
        needed = body is not None and body.get("required")
        kind = shape(content["application/json"]["schema"])
        places.append(f"body: {kind}" if needed else f"body: {kind} | None = None")
        sent = ", body=body"
    elif content:
        places.append("data: bytes")
        raw = "application/octet-stream"
        sent = f", data=data, content_type={raw!r}"
    answer = _answer(entry)
    row = _row(answer, document)
    queries = [one for one in parameters if one["in"] == "query"]
    if row:
        queries = [one for one in queries if one["name"] not in PAGES]
    named = sorted(queries, key=lambda one: not one.get("required"))
    options = [
        f"{one['name']}: {_argument(one)}" + ("" if one.get("required") else " | None = None")
        for one in named
    ]
    if has_key := any(one["name"] == "Idempotency-Key" for one in parameters):
        options.append("idempotency_key: str | None = None")
    arguments = ", ".join(["self", *places, *(["*", *options] if options else [])])
    query = ", ".join(f"{one['name']!r}: {one['name']}" for one in queries)
    sent += f", query={{{query}}}" if query else ""
    sent += ", key=idempotency_key, has_key=True" if has_key else ""
    address = f'f"{path}"' if own else f'"{path}"'
    call = f'"{verb.upper()}", {address}{sent}'
    text = entry.get("description") or entry["operationId"].replace("_", " ")
    if text.startswith(INHERITED):
        text = f"{verb.upper()} {path}"
    if row:
        result, line = f"Iterator[{row}]", f"return cast(Iterator[{row}], self.http.pages({call}))"
    elif answer == "bytes":
        result, line = "Download", f"return self.http.download({call})"
    elif answer == "None":
        result, line = "None", f"self.http.send({call})"
    else:
        result, line = answer, f"return cast({answer}, self.http.send({call}))"
    head = f"    def {entry['operationId']}({arguments}) -> {result}:"
    return "\n".join([head, words(text, " " * 8), f"        {line}"])


def _argument(parameter: Json) -> str:
    """How an argument is typed: dates and ids are texts."""
    found = shape({**parameter["schema"], "nullable": False})
    return "str" if found == "Any" else found


def _answer(entry: Json) -> str:
    for status, answer in sorted(entry["responses"].items()):
        if status == "default":
            continue
        content = answer.get("content", {})
        if not content:
            return "None"
        if "application/json" in content:
            return shape(content["application/json"]["schema"])
        return "bytes"
    return "None"


def _row(answer: str, document: Json) -> str:
    """The rows of a cursor page; empty where the answer is none."""
    fields = document["components"]["schemas"].get(answer, {}).get("properties", {})
    if set(fields) == {"next", "previous", "results"}:
        return shape(fields["results"]["items"])
    return ""


def formatted(text: str) -> str:
    """As ruff lays it out, so that the check of the format has nothing to say."""
    for command in (["check", "--quiet", "--fix", "--select", "I"], ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(HERE / "x.py"), "-"],
            input=text, capture_output=True, text=True, check=True, cwd=HERE.parent,
        )  # fmt: skip
        text = done.stdout
    return text


def main() -> int:
    """Write both files, or say which are stale."""
    document = yaml.load(DOCUMENT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    stale = []
    for name, text in (
        ("schema.py", schema_module(document)),
        ("operations.py", operations_module(document)),
    ):
        path, wanted = HERE / name, formatted(text)
        if not path.is_file() or path.read_text(encoding="utf-8") != wanted:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(wanted, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"stale: tiebreak/{', tiebreak/'.join(stale)}; run make schema")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
