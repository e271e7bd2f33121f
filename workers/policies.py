"""The policy that this process keeps loaded for live chat: one at a time, found by digest.

Loading takes seconds, a turn of a chat should not. A policy is verified byte by byte when it is loaded;
another one takes its place only after the memory of the first is free.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from annotation.registry import store
from annotation.registry.models import Artifact
from rewardmodel.models import Policy, load_policy

logger = logging.getLogger(__name__)


class Shelf:
    """Room for one policy."""

    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._digest = ""
        self._policy: Policy | None = None

    @contextmanager
    def policy(self, artifact: Artifact) -> Iterator[Policy]:
        """The loaded policy, ours alone inside the context. Raises ArtifactDamaged or Refused."""
        with self._busy:
            if self._policy is None or self._digest != artifact.digest:
                self._clear()
                self._load(artifact)
            assert self._policy is not None
            yield self._policy

    def prepare(self, artifact: Artifact) -> None:
        """Load a policy that will be wanted soon, where there is room; never in another's place."""
        with self._busy:
            if self._policy is None:
                self._load(artifact)

    def _load(self, artifact: Artifact) -> None:
        directory = store.verified(artifact)
        self._policy = load_policy(directory, _device())
        self._digest = artifact.digest
        logger.info("policy %s loaded", artifact.digest[:12])

    def _clear(self) -> None:
        self._policy, self._digest = None, ""
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


SHELF = Shelf()
