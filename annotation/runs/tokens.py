"""Whether two versions read the same tokens, by the tokenizers in their files; no library is loaded.

The trainers' own rule (`require_same_tokens` in `rewardmodel/text.py`): every token of the one has the
same id in the other, and both write a conversation with the same tokens. Files that differ may still agree:
a tokenizer is written anew with every version, and two chat templates may write alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from annotation.lib.storage import NotStored, StorageFailed
from annotation.registry import store
from annotation.registry.models import Artifact, ModelVersion

TOKENIZER, SETTINGS = "tokenizer.json", "tokenizer_config.json"
TEMPLATE = "chat_template.jinja"
PAIRS = 512  # whose comparison is remembered; artifacts never change


def same_tokens(ours: ModelVersion, theirs: ModelVersion) -> bool | None:
    """Whether `theirs` reads the tokens of `ours` as they were meant; None: their files do not say."""
    names = (ours.artifact.files.get(TOKENIZER), theirs.artifact.files.get(TOKENIZER))
    if None in names:
        return None
    try:
        if names[0] != names[1] and not _agree(ours.artifact, theirs.artifact):
            return False
        return True if _written_alike(ours.artifact, theirs.artifact) else None
    except (OSError, NotStored, StorageFailed, ValueError, KeyError, TypeError, AttributeError):
        return None


@lru_cache(maxsize=PAIRS)
def _agree(ours: Artifact, theirs: Artifact) -> bool:
    known = _vocabulary(theirs)
    return all(known.get(token) == index for token, index in _vocabulary(ours).items())


@lru_cache(maxsize=PAIRS)
def _written_alike(ours: Artifact, theirs: Artifact) -> bool:
    """Whether their files have one chat template and one begin token."""
    if all(ours.files.get(name) == theirs.files.get(name) for name in (TEMPLATE, SETTINGS)):
        return True
    return _form(ours) == _form(theirs)


def _form(artifact: Artifact) -> tuple[Any, Any]:
    """Chat template and begin token. Raises where they cannot be read."""
    settings = (
        json.loads(store.beginning_of(artifact, SETTINGS)) if SETTINGS in artifact.files else {}
    )
    template, begin = settings.get("chat_template"), settings.get("bos_token")
    if TEMPLATE in artifact.files:
        template = store.beginning_of(artifact, TEMPLATE).decode()
    return template, begin["content"] if isinstance(begin, dict) else begin


def _vocabulary(artifact: Artifact) -> dict[str, int]:
    """Ids by token. Raises where they cannot be read."""
    tokenizer = json.loads(store.beginning_of(artifact, TOKENIZER))
    listed = tokenizer["model"]["vocab"]
    found = _numbered(listed)
    found |= {one["content"]: int(one["id"]) for one in tokenizer.get("added_tokens") or []}
    if SETTINGS in artifact.files:
        settings = json.loads(store.beginning_of(artifact, SETTINGS))
        more = settings.get("added_tokens_decoder") or {}
        found |= {one["content"]: int(index) for index, one in more.items()}
    if not found:
        raise ValueError("an empty vocabulary")
    return found


def _numbered(listed: Mapping[str, int] | list[Any]) -> dict[str, int]:
    """A vocabulary as its file lists it: ids by token, or, of a unigram model, tokens with scores in order."""
    if isinstance(listed, Mapping):
        return dict(listed)
    return {token: index for index, (token, _) in enumerate(listed)}
