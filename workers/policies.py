"""The models that this process keeps loaded for people who wait: one policy and one reward model, by digest.

Loading takes seconds, a turn of a chat should not. A model is verified byte by byte when it is loaded;
another one takes its place only after the memory of the first is free.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import torch

from annotation.registry import store
from annotation.registry.cache import Hold
from annotation.registry.models import Artifact
from rewardmodel.models import Policy, RewardModel, load_policy, load_reward_model

logger = logging.getLogger(__name__)
M = TypeVar("M", Policy, RewardModel)


class Shelf(Generic[M]):
    """Room for one model."""

    def __init__(self, name: str, load: Callable[[Path, torch.device], M]) -> None:
        self._name = name
        self._read: Callable[[Path, torch.device], M] = load
        self._busy = threading.Lock()
        self._digest = ""
        self._model: M | None = None

    @contextmanager
    def model(self, artifact: Artifact) -> Iterator[M]:
        """The loaded model, ours alone inside the context. Raises ArtifactDamaged or Refused."""
        with self._busy:
            if self._model is None or self._digest != artifact.digest:
                self._clear()
                self._load(artifact)
            assert self._model is not None
            yield self._model

    def prepare(self, artifact: Artifact) -> None:
        """Load a model that will be wanted soon, where there is room; never in another's place."""
        with self._busy:
            if self._model is None:
                self._load(artifact)

    def _load(self, artifact: Artifact) -> None:
        with Hold() as hold:
            self._model = self._read(store.verified(artifact, hold), _device())
        self._digest = artifact.digest
        logger.info("%s %s loaded", self._name, artifact.digest[:12])

    def _clear(self) -> None:
        self._model, self._digest = None, ""
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


SHELF: Shelf[Policy] = Shelf("policy", load_policy)
REWARD_SHELF: Shelf[RewardModel] = Shelf("reward model", load_reward_model)
