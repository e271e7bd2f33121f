"""What is computed from the texts of many prompts at once: pieces for searching, bands for likeness.

Texts are laid end to end as code points with a gap between them, so that every step is one operation
on an array, whatever the number of texts. Only workers load this; a request never does.

MinHash (Broder 1997, "On the resemblance and containment of documents", section 3): the least hash of
a set under a random function agrees for two sets with the probability of their Jaccard similarity.
HASHES of them lie in BANDS bands of ROWS (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets",
section 3.4.2): two texts of similarity s meet in some band with probability 1 - (1 - s^ROWS)^BANDS,
which is .988 at .7, .9998 at .8 and .12 at .3. So nobody compares all pairs.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from annotation.corpus.grams import FACTORS, MASK, ONE, PAIR, START, THREE, WIDE_FROM

BANDS, ROWS = 16, 4
HASHES = BANDS * ROWS
MOST_COMPARED = 20_000  # characters of one text; a longer one is told by its beginning

Codes = NDArray[np.uint64]
Hashes = NDArray[np.uint64]
A = TypeVar("A", bound=NDArray[Any])

_NOISE = re.compile(r"[\W_]+")
_seeds = np.random.default_rng(20_260_101)
_MULTIPLIERS = _seeds.integers(1, 2**62, HASHES, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _seeds.integers(0, 2**63, HASHES, dtype=np.uint64)
_BAND = _seeds.integers(1, 2**62, (BANDS, ROWS), dtype=np.uint64) * np.uint64(2) + np.uint64(1)


# --- pieces for searching ---------------------------------------------------------------------
def grams_of(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """For each text its hashed pieces (see corpus.grams), each once, in order."""
    codes, owner = _end_to_end([text.lower() for text in texts], gap=3)
    wide, empty = codes >= WIDE_FROM, np.zeros_like(codes)
    second, third = _shifted(codes, 1), _shifted(codes, 2)
    inside = owner >= 0
    two = inside & (_shifted(owner, 1) == owner)
    three = two & (_shifted(owner, 2) == owner)
    narrow = ~(wide | (second >= WIDE_FROM) | (third >= WIDE_FROM))
    start = _word_starts(codes) & ~wide & inside
    kinds = (
        (ONE, inside & wide, empty, empty),
        (PAIR, two & (wide | (second >= WIDE_FROM)), second, empty),
        (THREE, three & narrow, second, third),
        (START, start, empty, empty),
        (START, start & two, second, empty),
    )
    keys = np.concatenate(
        [
            (owner[at].astype(np.uint64) << np.uint64(31)) | _hash(kind, codes[at], b[at], c[at])
            for kind, at, b, c in kinds
        ]
    )
    return _by_owner(np.unique(keys), 31, len(texts))


def _word_starts(codes: Codes) -> NDArray[np.bool_]:
    letters, index = np.unique(codes, return_inverse=True)
    table = np.fromiter((chr(int(one)).isalnum() or one == 95 for one in letters), dtype=np.bool_)
    word: NDArray[np.bool_] = table[index]
    starts = word.copy()
    starts[1:] &= ~word[:-1]
    return starts


def _hash(kind: int, *parts: Codes) -> Hashes:
    """The same as grams.hash_of_gram, for many pieces."""
    mixed = np.full_like(parts[0], kind * FACTORS[3] & MASK)
    for factor, part in zip(FACTORS[:3], parts, strict=True):
        mixed ^= part * np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(FACTORS[1])
    return mixed >> np.uint64(33)


# --- likeness ---------------------------------------------------------------------------------
def shingles_of(texts: Sequence[str]) -> list[Hashes]:
    """For each text its shingles as 40-bit numbers, each once, in order; at least one.

    Letters and digits in lower case, all else one space; pieces of two characters where most are of
    scripts written without spaces (Chinese), of four elsewhere.
    """
    plain = [_plain(text) for text in texts]
    codes, owner = _end_to_end(plain, gap=4)
    counts = np.bincount(owner[owner >= 0], minlength=len(texts))
    wides = np.bincount(owner[(owner >= 0) & (codes >= WIDE_FROM)], minlength=len(texts))
    width = np.minimum(np.where(wides * 2 > counts, 2, 4), counts)[owner]
    mixed = np.zeros_like(codes)
    for place in range(4):
        part = np.where(place < width, _shifted(codes, place), np.uint64(0))
        mixed = (mixed ^ part) * np.uint64(FACTORS[0])
        mixed ^= mixed >> np.uint64(32)
    whole = owner >= 0
    for place in range(1, 4):
        whole &= (_shifted(owner, place) == owner) | (place >= width)
    keys = (owner[whole].astype(np.uint64) << np.uint64(40)) | (mixed[whole] >> np.uint64(24))
    return [found.astype(np.uint64) for found in _by_owner(np.unique(keys), 40, len(texts))]


def _plain(text: str) -> str:
    text = text[:MOST_COMPARED]
    return _NOISE.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip() or text or " "


def bands_of(projects: Sequence[UUID], shingles: Sequence[Hashes]) -> NDArray[np.int64]:
    """(texts, BANDS) keys; texts of different projects never meet in one."""
    starts = np.cumsum([0, *(len(one) for one in shingles[:-1])])
    every = np.concatenate(shingles)
    signature = np.empty((len(shingles), HASHES), dtype=np.uint64)
    for number in range(HASHES):
        hashed = (every * _MULTIPLIERS[number] + _OFFSETS[number]) >> np.uint64(24)
        signature[:, number] = np.minimum.reduceat(hashed, starts)
    keys = (signature.reshape(-1, BANDS, ROWS) * _BAND).sum(axis=2, dtype=np.uint64)
    own = np.array([project.int & MASK for project in projects], dtype=np.uint64)
    keys ^= own[:, None] ^ np.arange(BANDS, dtype=np.uint64)
    keys *= np.uint64(FACTORS[1])
    signed: NDArray[np.int64] = keys.view(np.int64)
    return signed


def similarity(one: Hashes, other: Hashes) -> float:
    """Jaccard similarity of two sets of shingles, 0 to 1."""
    common = int(np.intersect1d(one, other, assume_unique=True).size)
    return common / (one.size + other.size - common)


# --- arrays -----------------------------------------------------------------------------------
def _end_to_end(texts: Sequence[str], gap: int) -> tuple[Codes, NDArray[np.int64]]:
    """Code points of all texts, `gap` zeros after each, and whose they are (-1: of the gap)."""
    joined = ("\x00" * gap).join([*texts, ""])
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    lengths = np.array([n for text in texts for n in (len(text), gap)], dtype=np.int64)
    numbers = np.array([n for i in range(len(texts)) for n in (i, -1)], dtype=np.int64)
    return codes, np.repeat(numbers, lengths)


def _shifted(values: A, by: int) -> A:
    """What stands `by` places further on, 0 at the end."""
    moved: A = np.zeros_like(values)
    moved[: len(values) - by] = values[by:]
    return moved


def _by_owner(keys: Hashes, bits: int, count: int) -> list[NDArray[np.int64]]:
    """Sorted (owner, value) keys as one list of values per owner."""
    owners = (keys >> np.uint64(bits)).astype(np.int64)
    values = (keys & np.uint64(2**bits - 1)).astype(np.int64)
    return np.split(values, np.searchsorted(owners, np.arange(1, count)))
