"""Taking out of a program's output what people who watch a run need not see: secrets and paths. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

HIDDEN = "[hidden]"
SECRET_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|_URL$|DSN", re.IGNORECASE)
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
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]"
)
_PATH = re.compile(r"(?<![\w./:])/(?:[^\s/:'\"()<>,]+/)+([^\s/:'\"()<>,]+)")


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """The text without terminal codes, values of secret-looking variables, tokens and folders.

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
    """Values that nobody should read: of variables called like a secret; of files, their paths are."""
    found = {value for name, value in environment.items() if SECRET_NAMES.search(name)}
    return {value for value in found if len(value) >= SHORTEST and not Path(value).is_dir()}
