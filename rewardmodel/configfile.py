"""Reading config.json, and refusing what is wrong with it in words.

A refusal names the field, the value and what is allowed, before anything heavy is loaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from rewardmodel.config import STAGES, StageConfig
from rewardmodel.errors import Refused

CONFIG = "config.json"
TEXT_INPUTS = ("reward_function", "reward_url")  # names and addresses, not files
LIST_INPUTS = ("reward_models",)
Input = Path | str | list[Path]
Settings = TypeVar("Settings", bound=StageConfig)


def parse(stage: str, values: object) -> StageConfig:
    """Validated settings of a stage. Raises Refused naming field, value and what is allowed."""
    return validated(STAGES[stage], stage, values)


def validated(config: type[Settings], name: str, values: object) -> Settings:
    """Settings of that kind; `name` says whose they are. Raises Refused as `parse` does."""
    try:
        return config.model_validate(values)
    except ValidationError as error:
        properties = config.model_json_schema().get("properties", {})
        problems = [_in_words(problem, properties) for problem in error.errors(include_url=False)]
        raise Refused("config_refused", f"{name} settings: " + "; ".join(problems)) from error


def _in_words(problem: Any, properties: dict[str, Any]) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not field:
        return message
    value = problem.get("input")
    if problem["type"] == "extra_forbidden":
        return f"{field}: there is no such setting (known: {', '.join(sorted(properties))})"
    allowed = allowed_in_words(properties.get(problem["loc"][0], {}))
    return f"{field}: {value!r} is not allowed ({message}); allowed: {allowed}"


def allowed_in_words(schema: dict[str, Any]) -> str:
    """The range of one field in words, from its JSON schema."""
    options = schema.get("anyOf", [schema])
    words = []
    for option in options:
        if "enum" in option:
            words.append("one of " + ", ".join(map(repr, option["enum"])))
            continue
        if option.get("type") == "null":
            words.append("empty")
            continue
        kind = {
            "integer": "a whole number",
            "number": "a number",
            "boolean": "true or false",
            "object": "an object of numbers",
        }.get(option.get("type"), "a text")
        bounds = [
            f"{sign} {option[key]}"
            for key, sign in (
                ("minimum", ">="),
                ("exclusiveMinimum", ">"),
                ("maximum", "<="),
                ("exclusiveMaximum", "<"),
            )
            if key in option
        ]
        words.append(" ".join([kind, " and ".join(bounds)]).strip())
    return " or ".join(words)


def read_config(directory: Path, stage: str) -> tuple[StageConfig, dict[str, Input]]:
    """Validated settings and resolved inputs of a run. Raises Refused."""
    path = directory / CONFIG
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except OSError as error:
        raise Refused("config_refused", f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise Refused("config_refused", f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Refused("config_refused", f"{path}: must be an object")
    if unknown := set(document) - {"stage", "inputs", "config"}:
        raise Refused("config_refused", f"{CONFIG}: there is no field {sorted(unknown)[0]!r}")
    if document.get("stage") != stage:
        raise Refused(
            "config_refused",
            f"{CONFIG}: stage {document.get('stage')!r} is not {stage!r}, which was asked for "
            f"(known: {', '.join(STAGES)})",
        )
    inputs = document.get("inputs", {})
    if not isinstance(inputs, dict):
        raise Refused("config_refused", f"{CONFIG}: inputs must map names to paths")
    resolved = {name: _resolved(directory, name, value) for name, value in inputs.items()}
    return parse(stage, document.get("config", {})), resolved


def _resolved(directory: Path, name: str, value: object) -> Input:
    """A path, a text or a list of paths, as the input of this name wants it."""
    if name in LIST_INPUTS:
        if isinstance(value, list) and value and all(isinstance(path, str) for path in value):
            return [directory / path for path in value]
        raise Refused("config_refused", f"inputs.{name}: must be a list of paths")
    if not isinstance(value, str):
        raise Refused("config_refused", f"inputs.{name}: must be a path")
    # An absolute path replaces the directory it is joined to.
    return value if name in TEXT_INPUTS else directory / value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
