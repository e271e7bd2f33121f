"""The pieces of a text by which it is found, for a search that also finds two Chinese characters.

A trigram index (pg_trgm) has nothing to look up for a pattern of two characters, and most Chinese
words have two. So the pieces are: of scripts that set no spaces every character and every pair; of
others every three neighbouring characters, and the first one and two of every word. Each piece is
hashed to 31 bits. Two pieces with one hash cost a look at one text more and never a wrong answer:
whoever searches compares the text itself, too. `fingerprints` takes the pieces of whole texts.
"""

WIDE_FROM = 0x2E80  # CJK radicals, kana, ideographs, Hangul: what comes after is written unspaced
ONE, PAIR, THREE, START = 1, 2, 3, 4
MASK = 2**64 - 1
FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)


def wanted_grams(search: str) -> list[int]:
    """Pieces that every text has in which `search` stands; [] where there is nothing to look up."""
    text = search.lower()
    points = [ord(one) for one in text]
    wide = [point >= WIDE_FROM for point in points]
    if is_short(text):
        return [hash_of_gram(START, *points)] if text.isalnum() else []
    if len(points) == 1:
        return [hash_of_gram(ONE, points[0])]
    pairs = [
        hash_of_gram(PAIR, *points[i : i + 2])
        for i in range(len(points) - 1)
        if any(wide[i : i + 2])
    ]
    threes = [
        hash_of_gram(THREE, *points[i : i + 3])
        for i in range(len(points) - 2)
        if not any(wide[i : i + 3])
    ]
    return sorted({*pairs, *threes})


def is_short(search: str) -> bool:
    """One or two letters of a script with spaces: looked for at the beginnings of words."""
    return len(search) < 3 and all(ord(one) < WIDE_FROM for one in search)


def hash_of_gram(kind: int, *points: int) -> int:
    """31 bits for a piece of up to three code points."""
    mixed = kind * FACTORS[3] & MASK
    for factor, point in zip(FACTORS[:3], (*points, 0, 0)[:3], strict=True):
        mixed ^= point * factor & MASK
        mixed ^= mixed >> 29
        mixed = mixed * FACTORS[1] & MASK
    return mixed >> 33
