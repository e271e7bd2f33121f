"""What is a secret, and taking out of a program's output what who watches a run need not see. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr

from annotation.lib.env import Environment

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|_URL(_FILE)?$|DSN", re.IGNORECASE)
SHORTEST = 6  # shorter values are words of the language, not secrets
_PATTERNS = (
    # user:password@ in an address
    (re.compile(r"(?<=://)[^/\s@]+@"), HIDDEN + "@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(?:hf_|sk-|ghp_|gho_|github_pat_|xox[abp]-|AKIA|eyJ)[\w.-]{8,}"), HIDDEN),
    (
        re.compile(r"(?i)\b((?:api[_-]?key|token|secret|password|passwd)\s*[=:]\s*)[^\s,;&]+"),
        rf"\1{HIDDEN}",
    ),
)
# Colours and cursor moves, and what else a terminal would obey.
_TERMINAL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*\x07|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]"
)
_PATH = re.compile(r"(?<![\w./:])/(?:[^\s/:'\"()<>,]+/)+([^\s/:'\"()<>,]+)")


def is_secret(name: str, settings: type[BaseModel] = Environment) -> bool:
    """Whether nobody should read this variable: it is called like a secret, or the settings have it as one.

    They do where a field is a SecretStr, and where it may come from a file (`NAME_FILE`), as secrets do.
    """
    return SECRET_NAMES.search(name) is not None or _is_marked(name.lower(), settings)


def _is_marked(name: str, settings: type[BaseModel]) -> bool:
    plain = name.removesuffix("_file")
    field = settings.model_fields.get(plain)
    if field is None:
        return False
    a_secret = SecretStr in (field.annotation, *get_args(field.annotation))
    return a_secret or f"{plain}_file" in settings.model_fields


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """The text without terminal codes, values of secret variables, tokens and folders.

    Of an absolute path its last part stays: enough to find the file, nothing of the machine.
    """
    lines = (line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n"))
    text = _TERMINAL.sub("", "\n".join(lines))
    for secret in sorted(secrets_of(environment), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _PATH.sub(r"…/\1", text)


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """Values that nobody should read; of secrets in files, the paths."""
    found = {value for name, value in environment.items() if is_secret(name)}
    return {value for value in found if len(value) >= SHORTEST and not Path(value).is_dir()}
