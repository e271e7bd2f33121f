"""The formats, in the order in which they are tried on the first rows."""

from annotation.corpus.incoming.formats.alpaca import ALPACA
from annotation.corpus.incoming.formats.base import Columns, Format
from annotation.corpus.incoming.formats.columns import COLUMNS
from annotation.corpus.incoming.formats.conversations import MESSAGES, SHAREGPT
from annotation.corpus.incoming.formats.pairs import HH, PAIRS
from annotation.corpus.incoming.formats.ranked import RANKED
from annotation.corpus.incoming.formats.rows import ROWS

# Rows with a field `prompt` are ours unless they are pairs, or say an order otherwise than we do.
ORDER = (HH, SHAREGPT, MESSAGES, ALPACA, PAIRS, RANKED, ROWS, COLUMNS)
FORMATS: dict[str, Format] = {one.name: one for one in ORDER}

__all__ = ["COLUMNS", "FORMATS", "ORDER", "ROWS", "Columns", "Format"]
