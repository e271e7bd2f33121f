"""Which side of the split a prompt is on: one rule for all that is made to learn from.

By the prompt's hash alone, so that what is made later, or of another set, never moves it.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from annotation.corpus.models import Prompt, Split


def marked_for_validation(project_id: UUID) -> set[str]:
    """Hashes of the project's prompts that are kept for validation whatever the fraction."""
    marked = Prompt.objects.filter(prompt_set__project=project_id, split=Split.VALIDATION)
    return set(marked.values_list("text_hash", flat=True))


def is_held_out(text_hash: str, fraction: float) -> bool:
    """Whether a prompt falls to validation where that is to have this fraction of all."""
    digest = hashlib.sha256(f"split:{text_hash}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < fraction
