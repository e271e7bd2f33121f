"""Settings of pretraining."""

from __future__ import annotations

from typing import ClassVar

from rewardmodel.config.base import TrainingConfig, setting
from rewardmodel.config.rules import Rule


class PretrainConfig(TrainingConfig):
    """A small policy from random weights and plain text: for demonstrations and tests."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("heads", "divides", "hidden_size", "rotary positions turn pairs of values", times=2),
        Rule("block_tokens", "at_most", "context_tokens"),
    )

    vocabulary_size: int = setting(
        2048,
        "Size of the byte-level BPE vocabulary learnt from the texts (less if they are few).",
        unit="tokens",
        why="bytes carry Chinese, and a small vocabulary leaves the weights to the layers",
        ge=300,
        le=200_000,
    )
    hidden_size: int = setting(
        128,
        "Width of the network.",
        why="about 1M weights with 4 layers: a minute on two cores",
        ge=16,
        le=8192,
    )
    layers: int = setting(4, "Number of layers.", why="see hidden_size", ge=1, le=128)
    heads: int = setting(
        4, "Attention heads; must divide hidden_size.", why="32 values a head", ge=1, le=128
    )
    context_tokens: int = setting(
        512,
        "Longest sequence the network can read.",
        unit="tokens",
        why="room for a short dialogue and its answer",
        ge=16,
        le=131_072,
    )
    block_tokens: int = setting(
        128,
        "Length of a training sequence; texts are joined end to end and cut into these. Positions "
        "beyond it are reached by extrapolation, so raise it with the length of your texts.",
        unit="tokens",
        why="short blocks see more updates in the same time",
        ge=8,
        le=131_072,
    )
    batch_size: int = setting(
        16,
        "Sequences in one update.",
        unit="sequences",
        why="2,048 tokens an update",
        ge=1,
        le=65536,
    )
    steps: int = setting(
        400, "Number of updates.", unit="updates", why="about a minute on two cores", ge=1, le=10**8
    )
    learning_rate: float = setting(
        3e-3,
        "Peak learning rate of AdamW; it falls to a tenth along a cosine.",
        why="usual for one million weights from random initialisation",
        gt=0,
        le=1.0,
    )
    weight_decay: float = setting(
        0.1, "AdamW weight decay.", why="usual for pretraining", ge=0, le=1
    )
