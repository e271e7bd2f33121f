"""Numbers that stand for a sample when it is asked which samples are unlike: hidden states and words.

Knows reward models, token ids and texts; nothing of what the numbers are used for.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from rewardmodel.batches import pad_right, split_by_tokens
from rewardmodel.models import RewardModel

Array = NDArray[np.float64]
LARGEST_WIDTH = 256  # a wider layer is projected onto so many directions
TEXT_WIDTH = 256
# a word; or a single character of a script that sets no spaces between words
_WORD = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]|[^\W_぀-ヿ㐀-鿿豈-﫿]+")


@torch.no_grad()
def last_hidden(
    reward_model: RewardModel, rows: Sequence[Sequence[int]], microbatch_tokens: int
) -> Array:
    """(N, D) what the head reads of N prompt+completion rows: the hidden state at their last token.

    More than LARGEST_WIDTH numbers are projected at random, which keeps distances (Johnson and
    Lindenstrauss 1984); the directions depend on the width alone.
    """
    found: list[tuple[int, torch.Tensor]] = []
    for chunk in split_by_tokens([len(row) for row in rows], microbatch_tokens):
        batch = pad_right([rows[n] for n in chunk], reward_model.codec.fill_id, reward_model.device)
        hidden = reward_model.decoder(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state
        ends = hidden[torch.arange(len(chunk)), batch.last_token().to(hidden.device)]
        found += zip(chunk, ends.double().cpu(), strict=True)
    table: Array = torch.stack(
        [state for _, state in sorted(found, key=lambda one: one[0])]
    ).numpy()
    width = table.shape[1]
    if width <= LARGEST_WIDTH:
        return table
    directions = np.random.default_rng(width).standard_normal((width, LARGEST_WIDTH))
    projected: Array = table @ directions / math.sqrt(LARGEST_WIDTH)
    return projected


def text_features(texts: Sequence[str], width: int = TEXT_WIDTH) -> Array:
    """(N, width) how often words occur, each hashed to a place and a sign (Weinberger et al. 2009).

    Square roots of the counts, so that a word said ten times does not drown the others.
    """
    table = np.zeros((len(texts), width))
    for row, text in zip(table, texts, strict=True):
        for word in _WORD.findall(text.lower()):
            digest = zlib.crc32(word.encode())
            row[(digest >> 1) % width] += 1 if digest & 1 else -1
    signed: Array = np.sign(table) * np.sqrt(np.abs(table))
    return signed
