"""From a file and what a person chose to a plan; the same for the browser and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.corpus.incoming.detection import Detected, Match, detect
from annotation.corpus.incoming.formats import COLUMNS, FORMATS
from annotation.corpus.incoming.plan import Plan, checked_columns, source_of
from annotation.corpus.lines import BrokenFile
from annotation.lib.errors import Invalid, Refused


@dataclass
class Choice:
    """The plan, what it rests on, and the kinds it could give, the usual one first."""

    plan: Plan
    detected: Detected
    kinds: list[str]


def choose(path: Path, filename: str, chosen: dict[str, Any]) -> Choice:
    """What was detected, but for what was chosen: format, kind, columns, encoding, delimiter, language.

    Raises Invalid naming what does not fit, Refused for a file that cannot be read.
    """
    try:
        detected = detect(
            path, encoding=chosen.get("encoding", ""), delimiter=chosen.get("delimiter", "")
        )
    except BrokenFile as error:
        raise Refused(error.rule, f"This file cannot be imported: {error.message}.") from None
    columns = chosen.get("columns")
    name = chosen.get("format") or (COLUMNS.name if columns else detected.best.format)
    mapping = {}
    if name == COLUMNS.name:
        mapping = checked_columns(detected.guessed if columns is None else columns)
        kinds = list(detected.kinds_of_columns(mapping))
    else:
        kinds = _kinds(detected.formats, name)
    kind = chosen.get("kind") or kinds[0]
    if kind not in FORMATS[name].kinds:
        raise Invalid(("kind", "invalid", f"Rows in this format cannot become {kind}."))
    source, language = source_of(filename), chosen.get("language", "")
    return Choice(Plan(detected.file, name, kind, mapping, source, language), detected, kinds)


def _kinds(found: list[Match], name: str) -> list[str]:
    return next((match.kinds for match in found if match.format == name), list(FORMATS[name].kinds))
