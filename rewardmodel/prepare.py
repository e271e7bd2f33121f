"""`new` and `explain`: run directories without hand-written JSON, settings in words. No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rewardmodel.config import STAGES
from rewardmodel.configfile import CONFIG, Input, allowed_in_words, parse
from rewardmodel.errors import Refused
from rewardmodel.guide import guide_of
from rewardmodel.input_kinds import check_kind
from rewardmodel.rankings import read_jsonl

EVENTS = "events.jsonl"


def parse_assignment(text: str) -> tuple[str, Any]:
    """name=value: the value as JSON (0.1, true, null), else as text. Raises Refused."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Refused("config_refused", f"--set {text!r}: must look like name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def write_config(
    stage: str, directory: Path, inputs: Mapping[str, Input], assignments: Sequence[str]
) -> Path:
    """A config.json that the stage will accept, with absolute paths. Raises Refused in words."""
    guide = guide_of(stage)
    for name in inputs:
        if name not in guide.known():
            raise Refused(
                "config_refused",
                f"inputs.{name}: the {stage} stage has no such input "
                f"(known: {', '.join(guide.known())})",
            )
    for one in guide.inputs:
        if one.needed and one.name not in inputs:
            raise Refused(
                "config_refused",
                f"inputs.{one.name}: the {stage} stage needs it (--{one.name.replace('_', '-')}): "
                f"{one.meaning}",
            )
    named = [one.name for one in guide.one_of if one.name in inputs]
    if guide.one_of and len(named) != 1:
        raise Refused(
            "config_refused",
            f"inputs: the {stage} stage needs exactly one of "
            f"{', '.join(one.name for one in guide.one_of)}, found {' and '.join(named) or 'none'}",
        )
    found = [
        (name, path)
        for name, value in inputs.items()
        for path in (value if isinstance(value, list) else [value])
        if isinstance(path, Path)
    ]
    for name, path in found:
        if not path.exists():
            raise Refused("config_refused", f"inputs.{name}: {path} does not exist")
    settings = dict(map(parse_assignment, assignments))
    parse(stage, settings)
    for name, path in found:
        check_kind(name, path)
    path = directory / CONFIG
    if path.exists() and not _never_began(directory):
        raise Refused("config_refused", f"{path} exists already; a run's settings do not change")
    directory.mkdir(parents=True, exist_ok=True)
    document = {
        "stage": stage,
        "inputs": {name: _absolute(value) for name, value in inputs.items()},
        "config": settings,
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _never_began(directory: Path) -> bool:
    """Whether all that happened here is that a start was refused, so that other settings spoil nothing."""
    events = directory / EVENTS
    if {path.name for path in directory.iterdir()} != {CONFIG, EVENTS}:
        return False
    kinds = {row.get("type") for _, row in read_jsonl(events)}
    return "failed" in kinds and "started" not in kinds


def _absolute(value: Input) -> str | list[str]:
    """Paths from the root, so that the run directory may be moved; names and addresses as given."""
    if isinstance(value, list):
        return [str(path.resolve()) for path in value]
    return str(value.resolve()) if isinstance(value, Path) else value


def setting_lines(stage: str, wanted: str | None = None) -> Iterator[tuple[str, str, str, str]]:
    """(name and default, unit and range, meaning, why) of each setting. Raises Refused."""
    properties: dict[str, Any] = STAGES[stage].model_json_schema()["properties"]
    if wanted is not None and wanted not in properties:
        raise Refused(
            "config_refused",
            f"{wanted}: {stage} has no such setting (known: {', '.join(sorted(properties))})",
        )
    for name, field in properties.items():
        if wanted in (None, name):
            default = field.get("default")
            shown = "empty" if default is None else json.dumps(default, ensure_ascii=False)
            unit = f"{field['unit']}; " if field["unit"] else ""
            yield (
                f"{name} = {shown}",
                f"{unit}{allowed_in_words(field)}",
                field["description"],
                field["why_default"],
            )
